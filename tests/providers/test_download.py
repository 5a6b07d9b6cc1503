"""Fetching pictures: limits of size, time and place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.errors import MalformedAnswer, SourceGone, Unavailable
from bot.providers.download import Downloader, Limits, fetch_reference
from tests.standins import PRIVATE_ADDRESS, Fault
from tests.standins.pictures import PictureServer
from tests.support.providers import PATIENCE, PICTURE

LIMITS = Limits(bytes=64 * 1024)
IMPATIENT = Limits(bytes=64 * 1024, seconds=PATIENCE)


@pytest.fixture
async def server() -> AsyncIterator[PictureServer]:
    async with PictureServer() as server:
        yield server


@pytest.fixture
def downloader(client: httpx.AsyncClient) -> Downloader:
    """Of a vendor on another port of this machine."""
    return Downloader(client, "http://127.0.0.1:9", LIMITS)


async def test_a_picture_arrives_byte_for_byte(server: PictureServer, downloader: Downloader) -> None:
    assert await downloader.fetch(server.publish(PICTURE, "jpeg")) == PICTURE


@pytest.mark.parametrize(
    "fault",
    [
        Fault.expired(403),
        Fault.expired(404),
        Fault.html(),
        Fault.raw(b"", "image/jpeg"),
        Fault.oversized(65 * 1024),
        Fault.oversized(65 * 1024, announced=True),
        Fault.redirect_inside(),
        Fault.redirect("http://10.0.0.1/"),
        Fault.redirect("https://localhost/"),
        Fault.redirect("https://[::1]/"),
        Fault.redirect("https://[::ffff:127.0.0.1]/"),
        Fault.redirect("https://100.64.0.1/"),
        Fault.redirect("file:///etc/passwd"),
        Fault.redirect("https://user:pass@pictures.example/"),
    ],
    ids=lambda fault: f"{fault.kind.name.lower()} {fault.text or fault.code}",
)
async def test_what_will_never_become_a_picture_is_malformed(
    server: PictureServer, downloader: Downloader, fault: Fault
) -> None:
    server.script("download", fault)
    with pytest.raises(MalformedAnswer):
        await downloader.fetch(server.publish(PICTURE, "jpeg"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(500),
        Fault.status(503),
        Fault.status(429),
        Fault.close(),
        Fault.cut(),
    ],
    ids=lambda fault: f"{fault.kind.name.lower()} {fault.code}",
)
async def test_what_may_pass_can_be_tried_again(server: PictureServer, downloader: Downloader, fault: Fault) -> None:
    server.script("download", fault)
    url = server.publish(PICTURE, "jpeg")
    with pytest.raises(Unavailable):
        await downloader.fetch(url)
    assert await downloader.fetch(url) == PICTURE


@pytest.mark.parametrize("fault", [Fault.silence(), Fault.drip()], ids=lambda fault: fault.kind.name.lower())
async def test_a_download_has_a_deadline(server: PictureServer, client: httpx.AsyncClient, fault: Fault) -> None:
    server.script("download", fault)
    with pytest.raises(Unavailable):
        await Downloader(client, server.url, IMPATIENT).fetch(server.publish(PICTURE, "jpeg"))


async def test_truncated_and_wrong_pictures_are_left_to_the_decoder(
    server: PictureServer, downloader: Downloader
) -> None:
    server.script("download", Fault.truncated())
    assert PICTURE.startswith(await downloader.fetch(server.publish(PICTURE, "jpeg")))
    server.script("download", Fault.wrong_content())
    assert await downloader.fetch(server.publish(PICTURE, "jpeg")) == b'{"message": "no picture here"}'


async def test_three_redirects_are_followed_and_a_fourth_is_not(server: PictureServer, downloader: Downloader) -> None:
    url = server.publish(PICTURE, "jpeg")
    server.script("download", Fault.redirect(), times=3)
    assert await downloader.fetch(url) == PICTURE
    server.script("download", Fault.redirect(), times=4)
    with pytest.raises(MalformedAnswer):
        await downloader.fetch(url)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "sample.jpg",
        "http://pictures.example/1.jpg",
        "ftp://127.0.0.1/1.jpg",
        "http://user@127.0.0.1/1.jpg",
        "https://",
        "http://[::1",
        "https://192.168.1.1/1.jpg",
        "https://127.0.0.2/1.jpg",
        "https://0.0.0.0/1.jpg",
        "https://224.0.0.1/1.jpg",
        PRIVATE_ADDRESS,
    ],
)
async def test_an_address_that_leads_inside_is_never_visited(downloader: Downloader, address: str) -> None:
    with pytest.raises(MalformedAnswer):
        await downloader.fetch(address)


async def test_plain_http_is_refused_where_the_vendor_speaks_https(
    server: PictureServer, client: httpx.AsyncClient
) -> None:
    with pytest.raises(MalformedAnswer):
        await Downloader(client, "https://127.0.0.1", LIMITS).fetch(server.publish(PICTURE, "jpeg"))
    assert server.requests == []


async def test_a_name_that_does_not_resolve_may_be_tried_again(downloader: Downloader) -> None:
    with pytest.raises(Unavailable):
        await downloader.fetch("https://pictures.invalid/1.jpg")


async def test_a_reference_is_read_from_a_listed_host(server: PictureServer, client: httpx.AsyncClient) -> None:
    url = server.publish(PICTURE, "jpeg")
    assert await fetch_reference(client, url, {"127.0.0.1"}) == PICTURE
    assert await fetch_reference(client, url, {server.url.removeprefix("http://")}) == PICTURE


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/1.jpg",
        "https://cdn.discordapp.com.evil.example/1.jpg",
        "https://cdn.discordapp.com@evil.example/1.jpg",
        "https://evil.example/cdn.discordapp.com/1.jpg",
        "http://cdn.discordapp.com/1.jpg",
        "file:///etc/passwd",
        "http://[::1",
        "",
    ],
)
async def test_a_reference_is_read_from_nowhere_else(client: httpx.AsyncClient, address: str) -> None:
    with pytest.raises(SourceGone):
        await fetch_reference(client, address)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.expired(404),
        Fault.html(),
        Fault.oversized(65 * 1024),
        Fault.redirect_inside(),
        Fault.redirect(),
        Fault.silence(),
        Fault.drip(),
    ],
    ids=lambda fault: fault.kind.name.lower(),
)
async def test_a_reference_that_cannot_be_read_is_gone(
    server: PictureServer, client: httpx.AsyncClient, fault: Fault
) -> None:
    server.script("download", fault, times=2)
    with pytest.raises(SourceGone):
        await fetch_reference(client, server.publish(PICTURE, "jpeg"), {"127.0.0.1"}, IMPATIENT)


@pytest.mark.parametrize("fault", [Fault.status(503), Fault.close(), Fault.cut()], ids=lambda fault: fault.kind.name)
async def test_a_reference_is_asked_for_once_more_when_the_host_stumbles(
    server: PictureServer, client: httpx.AsyncClient, fault: Fault
) -> None:
    url = server.publish(PICTURE, "jpeg")
    server.script("download", fault)
    assert await fetch_reference(client, url, {"127.0.0.1"}, LIMITS) == PICTURE
    server.script("download", fault, times=2)
    with pytest.raises(SourceGone):
        await fetch_reference(client, url, {"127.0.0.1"}, LIMITS)
