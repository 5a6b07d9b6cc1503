"""The bot's settings for the vendors' stand-ins."""

from __future__ import annotations

from typing import Any

from tests.standins import AimlapiStandIn, BflStandIn, VtrixStandIn

STAND_INS: dict[str, Any] = {"bfl": BflStandIn, "aimlapi": AimlapiStandIn, "vtrix": VtrixStandIn}
KEYS = {
    "bfl": ("bfl_api_key", "bfl_api_url"),
    "aimlapi": ("aimlapi_key", "aimlapi_url"),
    "vtrix": ("vtrix_api_key", "vtrix_api_url"),
}


def using(*names_and_vendors: Any) -> dict[str, Any]:
    """Settings that name these vendors, in this order."""
    pairs = list(zip(names_and_vendors[::2], names_and_vendors[1::2], strict=True))
    changes: dict[str, Any] = {"providers": ",".join(name for name, _ in pairs)}
    for name, vendor in pairs:
        changes |= {KEYS[name][0]: vendor.key, KEYS[name][1]: vendor.url}
    return changes
