"""`/edit`: files in, through the checks, to every provider; and every file that is refused."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from playground.attachments import Upload
from playground.messages import Message
from playground.people import Asking, Person
from tests.standins import AimlapiStandIn, BflStandIn, VtrixStandIn
from tests.support import photographs
from tests.support.bot import RunningBot, running_bot


async def edit(home: RunningBot, prompt: str = "make it snow", **options: Any) -> Message:
    alice = home.discord.person(home.discord.alice)
    asking = await alice.command("edit", prompt=prompt, **options)
    return await home.finished(await asking.reply())


async def told_alone(home: RunningBot, **options: Any) -> str:
    """What somebody reads whose file turned out useless: alone, for the message for everybody has gone."""
    asking = await home.discord.person(home.discord.alice).command("edit", prompt="make it snow", **options)
    placeholder = await asking.reply()
    private = await asking.private()
    await home.discord.until(lambda: placeholder.deleted)
    await home.at_rest()
    assert await home.count("ledger", "kind='settle'") == 0
    assert await home.books() == []
    assert "> make it snow" in private.text
    assert "Nothing was charged" in private.text
    return private.text


async def refused(home: RunningBot, file: Upload) -> str:
    alice = home.discord.person(home.discord.alice)
    asking = await alice.command("edit", image=file, prompt="make it snow")
    message = await asking.reply()
    assert asking.ephemeral
    assert await home.count("jobs") == 0
    assert await home.count("ledger") == 0
    return message.text


async def test_a_picture_is_edited_and_keeps_its_ratio(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await edit(home, image=photographs.png())
        assert len(message.pictures) == 1
        picture = message.pictures[0]
        assert picture.width is not None
        assert picture.height is not None
        assert picture.width / picture.height == pytest.approx(4 / 3, rel=0.03)
        assert "edited" in message.text


async def test_a_ratio_that_was_asked_for_wins(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        picture = (await edit(home, image=photographs.png(), aspect_ratio="9:16")).pictures[0]
        assert picture.width is not None
        assert picture.height is not None
        assert picture.width < picture.height


@pytest.mark.parametrize("make", photographs.EVERY_KIND)
async def test_every_kind_of_picture_is_taken(tmp_path: Path, make: Callable[[], Upload]) -> None:
    async with running_bot(tmp_path) as home:
        assert (await edit(home, image=make())).pictures


def sent(vendor: BflStandIn, key: str = "input_image") -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(vendor.submits[0].body[key])))


async def test_bfl_gets_the_pictures_in_their_order_upright_and_without_metadata(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor:
        options = {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url}
        async with running_bot(tmp_path, **options) as home:
            await edit(home, image=photographs.jpeg_with_gps(6), image2=photographs.png(), image3=photographs.heic())
        body = vendor.submits[0].body
        assert {"input_image", "input_image_2", "input_image_3"} <= body.keys()
        assert "input_image_4" not in body
        assert body["safety_tolerance"] <= 2
        assert body["aspect_ratio"] == "3:4"
        first = sent(vendor)
        assert first.size == (240, 320)
        assert not first.getexif()
        assert photographs.NORTH.encode() not in base64.b64decode(body["input_image"])


async def test_vtrix_gets_base64(tmp_path: Path) -> None:
    async with VtrixStandIn(seconds=0.05) as vendor:
        options = {"providers": "vtrix", "vtrix_api_key": vendor.key, "vtrix_api_url": vendor.url}
        async with running_bot(tmp_path, **options) as home:
            assert (await edit(home, image=photographs.jpeg_with_gps())).pictures
        assert "input_image" in str(vendor.submits[0].body)


async def test_aimlapi_gets_an_address_for_a_clean_picture_and_clean_bytes_for_another(tmp_path: Path) -> None:
    async with AimlapiStandIn(seconds=0.05) as vendor:
        options = {"providers": "aimlapi", "aimlapi_key": vendor.key, "aimlapi_url": vendor.url}
        async with running_bot(tmp_path, **options) as home:
            await edit(home, image=photographs.png(), image2=photographs.jpeg_with_gps())
            own = home.discord.url
        clean, cleaned = vendor.submits[0].body["image_url"]
        assert clean.startswith(own)
        assert cleaned.startswith("data:image/jpeg;base64,")
        assert photographs.NORTH.encode() not in base64.b64decode(cleaned.partition(",")[2])


async def test_four_pictures_of_one_request_are_fetched_once(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor:
        options = {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url}
        async with running_bot(tmp_path, **options) as home:
            message = await edit(home, image=photographs.png(), count=4)
        assert len(message.pictures) == 4
        assert len({request.body["input_image"] for request in vendor.submits}) == 1
        assert len({request.body["seed"] for request in vendor.submits}) == 4


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (photographs.text(), "not a picture that I can start from"),
        (Upload("empty.png", b"", "image/png"), "not a picture that I can start from"),
        (Upload("film.mp4", bytes(200), "video/mp4"), "not a picture that I can start from"),
        (photographs.text_that_claims_to_be_a_picture(), "broken, or not a picture"),
        (photographs.bomb(), "400"),
    ],
)
async def test_what_the_metadata_tells_is_refused_at_once(tmp_path: Path, file: Upload, words: str) -> None:
    async with running_bot(tmp_path) as home:
        if "broken" in words:  # its name and its type lie: only decoding shows it
            assert words in await told_alone(home, image=file)
        elif words == "400":
            assert "pixels" in await refused(home, file)
        else:
            assert words in await refused(home, file)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (photographs.moving("GIF"), "is animated"),
        (photographs.moving("WEBP"), "is animated"),
        (photographs.moving("PNG"), "is animated"),
        (photographs.truncated(), "broken"),
    ],
)
async def test_what_decoding_tells_costs_nothing_and_reaches_no_provider(
    tmp_path: Path, file: Upload, words: str
) -> None:
    async with BflStandIn(seconds=0.05) as vendor:
        options = {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url}
        async with running_bot(tmp_path, **options) as home:
            assert words in await told_alone(home, image=file, count=2)
        assert not vendor.submits


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (photographs.moving("GIF"), "Picture 2 (`moving.gif`) is animated. Please use a still picture."),
        (photographs.truncated(), "Picture 2 (`cut.jpg`) is broken, or not a picture. I can use PNG"),
        (photographs.text_that_claims_to_be_a_picture(), "Picture 2 (`notes.png`) is broken, or not a picture."),
    ],
)
async def test_of_several_files_it_is_said_which_is_of_no_use(tmp_path: Path, file: Upload, words: str) -> None:
    async with running_bot(tmp_path) as home:
        text = await told_alone(home, image=photographs.png(), image2=file, image3=photographs.png(), count=2)
        assert words in text
        assert "Picture" not in await told_alone(home, image=file)


async def test_of_several_files_each_that_is_refused_at_once_is_named(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        files = {"image": photographs.text(), "image2": photographs.png(), "image3": photographs.bomb()}
        asking = await home.discord.person(home.discord.alice).command("edit", prompt="make it snow", **files)
        first, second = (await asking.reply()).text.splitlines()
        assert asking.ephemeral
        assert first.startswith("- **Picture 1**: `notes.txt` is not a picture that I can start from.")
        assert second.startswith("- **Picture 3**: `bomb.png` has 20,000 × 20,000 pixels")
        assert await home.count("jobs") == 0
        files = {"image": photographs.png(), "image2": photographs.text()}
        asking = await home.discord.person(home.discord.alice).command("edit", prompt="make it snow", **files)
        assert (await asking.reply()).text.startswith("**Picture 2**: `notes.txt` is not a picture")


async def filled_in(who: Person, posted: Message, **values: Any) -> Asking:
    """The form behind *Edit image*, sent."""
    form = await who.context_menu("Edit image", posted)
    await form.acknowledged()
    return await who.submit_modal(form, prompt="in snow", **values)


async def test_a_file_that_a_form_brought_beside_a_picture_is_named(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        posted = server.person(server.alice).say("look", files=[photographs.png()])
        sent = await filled_in(bob, posted, extra=[photographs.truncated()])
        placeholder = await sent.reply()
        assert "Picture 2 (`cut.jpg`) is broken" in (await sent.private()).text
        await server.until(lambda: placeholder.deleted)


async def test_a_blend_of_four_is_made_and_five_are_not_offered(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        files = {f"image{number}": photographs.png() for number in ("", 2, 3, 4)}
        assert (await edit(home, **files)).pictures
        options = {one["name"] for one in home.discord.commands.find(home.discord.guild.id, "edit")["options"]}
        assert "image5" not in options


async def test_a_useless_file_that_a_form_brought_is_told_of_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        posted = server.person(server.alice).say("look", files=[photographs.truncated()])
        sent = await filled_in(bob, posted)
        placeholder = await sent.reply()
        assert "broken" in (await sent.private()).text
        await server.until(lambda: placeholder.deleted)


async def test_a_useless_file_that_a_mention_means_is_told_of_by_direct_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        posted = server.person(server.alice).say("look", files=[photographs.truncated()])
        said = bob.say(f"<@{server.bot_id}> in snow", reply_to=posted)
        answer: Message = await server.until(
            lambda: next((one for one in server.world.messages.values() if one.reply_to is said), None)
        )
        await server.until(lambda: any("broken" in one.text for one in server.messages(server.dm(server.bob))))
        await server.until(lambda: answer.deleted)


async def test_where_nobody_can_be_told_alone_the_message_says_little(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        posted = server.person(server.alice).say("look", files=[photographs.truncated()])
        server.bob.accepts_dms = False
        said = bob.say(f"<@{server.bot_id}> in snow", reply_to=posted)
        answer: Message = await server.until(
            lambda: next((one for one in server.world.messages.values() if one.reply_to is said), None)
        )
        await home.finished(answer)
        await home.at_rest()
        assert "cannot be used" in answer.text
        assert "broken" not in answer.text
        assert answer.buttons == ["Delete"]
