"""A member's rights over their own data: consent, export, erasure."""
