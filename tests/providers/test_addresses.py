"""What counts as outside, in every disguise of IPv6; and a name that means something else a moment later."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import MalformedAnswer, Unavailable
from bot.providers.addresses import Address, is_public, literal
from bot.providers.download import Downloader, Limits

PRIVATE = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12")
PRIVATE += ("192.168.0.0/16", "192.0.2.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4")
MAPPED, NAT64 = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")
PUBLIC = "93.184.215.14"


def within(network: IPv4Network) -> st.SearchStrategy[IPv4Address]:
    return st.integers(int(network[0]), int(network[-1])).map(IPv4Address)


inside = st.sampled_from(PRIVATE).flatmap(lambda one: within(IPv4Network(one)))
anything = st.ip_addresses(v=4)
rest = st.integers(0, 2**64 - 1)


@given(inside)
def test_no_private_address_is_outside(address: Address) -> None:
    assert not is_public(address)


@given(anything)
def test_what_only_dresses_an_address_up_is_judged_by_it(address: IPv4Address) -> None:
    for dress in (MAPPED, NAT64):
        assert is_public(IPv6Address(int(dress[0]) | int(address))) == is_public(address)


@given(anything, rest)
def test_what_tunnels_to_an_address_is_never_outside(address: IPv4Address, rest: int) -> None:
    number = int(address)
    assert not is_public(IPv6Address(number))  # ::127.0.0.1
    assert not is_public(IPv6Address(0x2002 << 112 | number << 80 | rest))  # 6to4
    assert not is_public(IPv6Address(0x20010000 << 96 | rest << 32 | number ^ 0xFFFFFFFF))  # Teredo
    assert not is_public(IPv6Address(0x0064FF9B0001 << 80 | rest))  # NAT64 of one's own


@given(st.ip_addresses(v=6))
def test_of_ipv6_only_what_is_given_out_is_outside(address: IPv6Address) -> None:
    if address not in MAPPED and address not in NAT64 and int(address) >> 125 != 1:
        assert not is_public(address)


@pytest.mark.parametrize(
    "host", ["::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "ff02::1", "2001:db8::1"]
)
def test_local_addresses_are_not_outside(host: str) -> None:
    address = literal(host)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("host", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_outside(host: str) -> None:
    address = literal(host)
    assert address is not None
    assert is_public(address)


@asynccontextmanager
async def service_inside() -> AsyncGenerator[tuple[int, list[object]]]:
    """Something that listens on this machine; notes who connects."""
    visitors: list[object] = []

    def visit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], visitors


def resolving_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let the system's resolver give these addresses in turn, the last for ever; gives the names it was asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        address = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    return asked


@pytest.mark.parametrize("answers", [(PUBLIC, "127.0.0.1"), ("127.0.0.1",)], ids=["rebound", "private"])
async def test_a_name_that_means_this_machine_is_never_visited(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...]
) -> None:
    asked = resolving_to(monkeypatch, *answers)
    async with service_inside() as (port, visitors):
        downloader = Downloader(client, "https://vendor.example", Limits(seconds=0.3))
        for _ in range(2):
            with pytest.raises((MalformedAnswer, Unavailable)):
                await downloader.fetch(f"https://pictures.example:{port}/1.png")
    assert set(asked) == {"pictures.example"}
    assert visitors == []


async def test_a_private_answer_ends_the_picture(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, "10.0.0.7")
    with pytest.raises(MalformedAnswer, match="private address"):
        await Downloader(client, "https://vendor.example").fetch("https://pictures.example/1.png")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"])
async def test_a_proxy_of_the_environment_is_not_asked(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    async with service_inside() as (proxy, asked), service_inside() as (port, visitors):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy}")
        with pytest.raises(httpx.HTTPError):
            await client.get(f"http://127.0.0.1:{port}/")
    assert len(visitors) == 1
    assert asked == []
