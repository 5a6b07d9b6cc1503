"""The ledger's meaning: what a request costs, how it is reserved, settled and released, and what is left."""
