"""The buttons under a picture, the private card behind `More`, and the buttons of older messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground.components import walk
from playground.messages import Message
from playground.wire import Json
from tests.support import photographs
from tests.support.bot import RunningBot, restarted, running_bot
from tests.support.remixing import by_form, by_more, card_of, code_of, finished, imagine, parents, remix, thread_under
from tests.support.rules import setting

PLACES = {
    1: [],
    2: ["left", "right"],
    3: ["left", "top right", "bottom right"],
    4: ["top left", "top right", "bottom left", "bottom right"],
}


def rows(message: Message) -> list[list[str]]:
    """The labels of a message's buttons, row by row."""
    inner = message.components[0]["components"]
    found = [[button.get("label", "") for button in one["components"]] for one in inner if one["type"] == 1]
    return [row for row in found if any(row)]


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (1, [["Remix", "Vary", "Reroll", "More"]]),
        (2, [["Remix", "V1", "V2", "Reroll", "More"]]),
        (3, [["Remix", "V1", "V2", "V3"], ["Reroll", "More"]]),
        (4, [["Remix", "V1", "V2", "V3", "V4"], ["Reroll", "More"]]),
    ],
)
async def test_a_finished_message_has_few_buttons_and_says_where_each_picture_is(
    tmp_path: Path, count: int, wanted: list[list[str]]
) -> None:
    async with running_bot(tmp_path) as home:
        message = await imagine(home, count=count)
        assert rows(message) == wanted
        places = " · ".join(f"**{number}**\u00a0{place}" for number, place in enumerate(PLACES[count], start=1))
        assert places in message.text
        assert ("left" in message.text) is (count > 1)


async def test_the_card_is_private_and_has_all_that_is_wanted_less_often(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        bob = home.discord.person(home.discord.bob)
        asking = await bob.click(await imagine(home), "More")
        card = await asking.reply()
        assert asking.ephemeral
        assert rows(card) == [["Max", "Details", "Thread"]]  # Bob may not delete it, and nobody takes reports
        await setting(home, "log-channel", channel=home.discord.other_channel)
        theirs = await card_of(bob, await remix(home, home.discord.bob, model="max"))
        assert rows(theirs) == [["Details", "Compare", "Thread", "Report"], ["Delete"]]


async def test_a_comparison_is_offered_only_to_who_may_see_the_source(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        made = await finished(home, await alice.command("edit", image=photographs.png(), prompt="in snow"))
        assert "Compare" in (await card_of(alice, made)).buttons
        assert "Compare" not in (await card_of(bob, made)).buttons


async def test_which_picture_and_how_far_is_chosen_on_the_card(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        bob = home.discord.person(home.discord.bob)
        first = await imagine(home, count=4)
        card = await card_of(bob, first)
        options = next(one["options"] for one in walk(card.components) if one["type"] == 3)
        assert [one["label"] for one in options[4:6]] == ["Picture 3 – bottom left"] * 2
        made = await finished(home, await bob.choose(card, "Make a variation …", "3:subtle"))
        assert await parents(home, code_of(made)) == [code_of(first, 3)]
        assert not made.ephemeral


async def test_the_card_works_after_a_restart(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home, count=2)
        card = await card_of(home.discord.person(home.discord.bob), first)
        async with restarted(home) as later:
            later.discord.expire_addresses()
            bob = later.discord.person(later.discord.bob)
            made = await finished(later, await bob.choose(card, "Make a variation …", "2:strong"))
            assert await parents(later, code_of(made)) == [code_of(first, 2)]
            question = await (await bob.click(await card_of(bob, made), "Delete")).reply()
            await bob.click(question, "Delete")
            await later.discord.until(lambda: made.deleted)


async def test_delete_asks_first_and_then_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        message = await imagine(home, count=2)
        card = await card_of(alice, message)
        asking = await alice.click(card, "Delete")
        question = await asking.reply()
        assert asking.ephemeral
        assert "Delete this message and its 2 pictures?" in question.text
        assert not message.deleted
        await alice.click(question, "Delete")
        await home.discord.until(lambda: "Deleted" in question.text and not question.buttons)
        await home.discord.until(lambda: "Deleted" in card.text and not card.buttons)
        assert message.deleted


async def test_a_question_that_is_answered_by_somebody_else_deletes_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await imagine(home)
        question = await (await by_more(server.person(server.alice), message, "Delete")).reply()
        asking = await server.person(server.bob).click(question, "Delete")
        assert "and the moderators can delete" in (await asking.reply()).text
        assert not message.deleted


async def test_report_on_the_card_opens_the_form_of_the_menu(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "log-channel", channel=server.other_channel)
        bob = server.person(server.bob)
        first = await imagine(home)
        pressed, chosen = await by_more(bob, first, "Report"), await bob.context_menu("Report image", first)
        for one in (pressed, chosen):
            await one.acknowledged()
        assert pressed.interaction.modal == chosen.interaction.modal
        sent = await bob.submit(pressed, reason="a rude kite")
        await server.until(lambda: "Thank you" in "".join(one.text for one in server.messages() if one.ephemeral))
        assert sent.ephemeral
        assert "a rude kite" in server.messages(server.other_channel)[-1].text


async def test_report_says_where_nobody_takes_reports(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        bob = home.discord.person(home.discord.bob)
        answer = await (await bob.context_menu("Report image", await imagine(home))).reply()
        assert "take no reports here" in answer.text


async def test_nobody_reports_a_picture_of_their_own(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "log-channel", channel=home.discord.other_channel)
        alice = home.discord.person(home.discord.alice)
        answer = await (await by_more(alice, await imagine(home), "Report")).reply()
        assert "This picture is yours" in answer.text


async def test_in_a_thread_no_other_thread_is_offered_but_its_pictures_can_be_used(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        several = await remix(home, server.bob, count=2, channel=thread)
        assert rows(several) == [["Remix", "V1", "V2", "Reroll", "More"], ["Use 1", "Use 2"]]
        assert "Thread" not in (await card_of(server.person(server.bob), several)).buttons


# Messages of older versions


def as_of_old(message: Message) -> None:
    """What versions up to 0.3 put under a picture: all their buttons, and the menu of variations."""
    code, count = code_of(message).partition("-")[0], len(message.pictures)
    first = [("Reroll", f"reroll:{code}"), *((f"V{one}", f"vary:{code}:{one}") for one in range(1, count + 1))]
    names = ("Remix", "Thread", "Max", "Details", "Delete")
    second = [(name, f"{name.lower()}:{code}") for name in names]
    menu = {
        "type": 3,
        "id": 90,
        "custom_id": f"atelier:varied:{code}",
        "placeholder": "Make a variation …",
        "options": [{"label": f"Picture {one}", "value": f"{one}:subtle"} for one in range(1, count + 1)],
    }
    kept = [one for one in message.components[0]["components"] if one["type"] != 1]
    old: list[Json] = [row(first, 50), row(second, 70), {"type": 1, "id": 89, "components": [menu]}]
    message.components[0]["components"] = kept + old


def row(buttons: list[tuple[str, str]], start: int) -> Json:
    made = [
        {"type": 2, "style": 2, "label": label, "custom_id": f"atelier:{rest}", "id": start + at}
        for at, (label, rest) in enumerate(buttons, start=1)
    ]
    return {"type": 1, "id": start, "components": made}


async def old_picture(home: RunningBot, **options: Any) -> Message:
    message = await imagine(home, **options)
    as_of_old(message)
    return message


async def test_every_button_of_an_older_message_works(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        message = await old_picture(home, count=2)
        for label in ("Reroll", "V2"):
            assert (await finished(home, await bob.click(message, label))).pictures
        varied = await finished(home, await bob.choose(message, "Make a variation …", "2:subtle"))
        assert await parents(home, code_of(varied)) == [code_of(message, 2)]
        assert (await by_form(home, await bob.click(message, "Remix"), server.bob, prompt="x")).pictures
        which = await (await bob.click(message, "Max")).reply()
        assert (await finished(home, await bob.click(which, "Max 1"))).pictures
        assert "How this was made" in (await (await bob.click(message, "Details")).reply()).text
        await bob.click(message, "Thread")
        await server.until(lambda: message.thread)
        question = await (await alice.click(message, "Delete")).reply()
        await alice.click(question, "Delete")
        await server.until(lambda: message.deleted)


async def test_an_older_message_is_deleted_where_only_the_member_has_the_bot(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        message = await old_picture(home, channel=home.discord.elsewhere_channel)
        question = await (await alice.click(message, "Delete")).private()
        await alice.click(question, "Delete")
        await home.discord.until(lambda: message.deleted)
        await home.discord.until(lambda: "Deleted" in question.text)


async def test_where_the_click_is_forgotten_it_is_asked_for_again(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await imagine(home, channel=home.discord.elsewhere_channel)
        question = await (await by_more(home.discord.person(home.discord.alice), message, "Delete")).reply()
        async with restarted(home) as later:
            answer = await later.discord.person(later.discord.alice).click(question, "Delete")
            assert "press `Delete` again" in (await answer.reply()).text
            assert not message.deleted
