"""Bookings of credits, as the ledger gives them."""

from __future__ import annotations

Booked = tuple[int, int]
"""A time in epoch milliseconds and an amount of credits."""
