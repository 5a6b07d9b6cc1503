"""Which addresses are outside: what a vendor names is fetched from the public internet alone.

The answer of the resolver is checked where the connection takes it, so a name cannot mean another address afterwards.
"""

from __future__ import annotations

import ipaddress
import socket

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Behind a network of IPv6 alone every IPv4 address has one of these (RFC 6052)."""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is given out (IANA); not in it are ``::127.0.0.1``, ``fec0::/10``, ``64:ff9b:1::/48`` and all local ones."""
_TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
"""Teredo and 6to4: they end at an IPv4 address that may be any; nobody serves pictures there."""


class PrivateAddress(OSError):
    """A name leads to an address that is not public."""


class AddressRefused(httpx.ConnectError):
    """Nothing was sent, because the address is not a public one."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, through whatever it is reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and address.is_global and not any(address in one for one in _TUNNELS)


def literal(host: str) -> Address | None:
    """The address that a host is, None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses; raises ``PrivateAddress`` for one that has another among them."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The system's answer, checked."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(ipaddress.ip_address(one["host"])) for one in found):
            raise PrivateAddress(f"{host} has an address that is not public")
        return found

    async def close(self) -> None:
        """Let go of the system's resolver."""
        await self._resolver.close()
