"""The providers at the wire: real httpx against the stand-ins."""
