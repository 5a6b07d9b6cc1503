"""Forms through the unmodified discord.py: files and choices in them, and how a form is answered."""

from __future__ import annotations

from typing import Any

import discord as library
import pytest
from discord import ui

from playground import LoopbackDiscord
from playground.attachments import Upload
from playground.commands import CommandError
from playground.people import Asking
from tests.support.tiny_bot import PIXEL, TinyBot, words

PICTURE = Upload("pixel.png", PIXEL)


class Form(ui.Modal, title="A form"):
    """One of each field that holds more than words."""

    hint = ui.TextDisplay("Fill this in")
    prompt: ui.Label[Form] = ui.Label(text="Prompt", component=ui.TextInput(custom_id="prompt", max_length=20))
    images: ui.Label[Form] = ui.Label(
        text="Pictures", component=ui.FileUpload(custom_id="images", min_values=2, max_values=3, required=False)
    )
    shape: ui.Label[Form] = ui.Label(
        text="Shape",
        component=ui.Select(custom_id="shape", options=[library.SelectOption(label=one) for one in ("square", "wide")]),
    )

    def __init__(self, answer: str) -> None:
        super().__init__(timeout=None)
        self.answer = answer
        self.got: dict[str, Any] = {}
        self.interaction: library.Interaction | None = None

    async def on_submit(self, interaction: library.Interaction) -> None:
        self.interaction = interaction
        self.got = {
            "prompt": self.prompt.component.value,
            "images": self.images.component.values,
            "shape": self.shape.component.values,
        }
        match self.answer:
            case "message":
                await interaction.response.send_message("answered")
            case "update":
                await interaction.response.edit_message(view=words("updated"))
            case "form":
                await interaction.response.send_modal(Form("message"))
            case _:
                await interaction.response.defer()


@pytest.fixture
def form(bot: TinyBot, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Form:
    """The form that a click on the tiny bot's button, or its command `mull`, opens."""
    made = Form(getattr(request, "param", "message"))

    async def opening(interaction: library.Interaction) -> None:
        if interaction.type is library.InteractionType.component:
            await interaction.response.send_modal(made)

    monkeypatch.setattr(bot, "on_interaction", opening)
    bot.tree.remove_command("mull")

    async def mull(interaction: library.Interaction) -> None:
        await interaction.response.send_modal(made)

    bot.tree.command(name="mull", description="Opens a form")(mull)
    return made


async def opened(discord: LoopbackDiscord) -> Asking:
    """A form that a button opened."""
    alice = discord.person(discord.alice)
    message = await (await alice.command("paint", prompt="a cat")).reply()
    asking = await alice.click(message, "Cancel")
    await asking.acknowledged()
    return asking


async def test_files_in_a_form_reach_the_bot_with_their_bytes(discord: LoopbackDiscord, form: Form) -> None:
    alice, asking = discord.person(discord.alice), await opened(discord)
    sent = await alice.submit_modal(asking, prompt="a cat", images=[PICTURE, PICTURE], shape="wide")
    reply = await sent.reply()
    assert (reply.text, form.got["prompt"], form.got["shape"]) == ("answered", "a cat", ["wide"])
    first, second = form.got["images"]
    assert isinstance(first, library.Attachment)
    assert first.ephemeral
    assert first.id != second.id
    assert await first.read() == PIXEL
    resolved = sent.interaction.data["resolved"]["attachments"]
    assert list(resolved) == [str(first.id), str(second.id)]


@pytest.mark.parametrize("images", [PICTURE, [PICTURE] * 4], ids=["too-few", "too-many"])
async def test_a_form_takes_as_many_files_as_it_says(discord: LoopbackDiscord, form: Form, images: Any) -> None:
    asking = await opened(discord)
    with pytest.raises(CommandError, match="from 2 to 3 files"):
        await discord.person(discord.alice).submit_modal(asking, prompt="x", images=images, shape="wide")


async def test_files_that_are_not_required_may_be_left_out(discord: LoopbackDiscord, form: Form) -> None:
    sent = await discord.person(discord.alice).submit_modal(await opened(discord), prompt="x", shape="square")
    await sent.reply()
    assert form.got["images"] == []
    assert "resolved" not in sent.interaction.data


async def test_what_is_no_file_is_refused_in_a_form(discord: LoopbackDiscord, form: Form) -> None:
    asking = await opened(discord)
    with pytest.raises(CommandError, match="a file is needed"):
        await discord.person(discord.alice).submit_modal(asking, prompt="x", images=["a", "b"], shape="wide")


async def test_words_and_names_that_the_form_does_not_take_are_refused(discord: LoopbackDiscord, form: Form) -> None:
    alice, asking = discord.person(discord.alice), await opened(discord)
    with pytest.raises(CommandError, match="from 1 to 20 characters"):
        await alice.submit_modal(asking, prompt="x" * 21, shape="wide")
    with pytest.raises(CommandError, match="no field size"):
        await alice.submit_modal(asking, prompt="x", size="large")


@pytest.mark.parametrize(("form", "kind"), [("update", 7), ("defer", 6), ("message", 4)], indirect=["form"])
async def test_a_form_of_a_button_keeps_the_message_and_may_change_it(
    discord: LoopbackDiscord, form: Form, kind: int
) -> None:
    asking = await opened(discord)
    assert asking.interaction.message is not None
    sent = await discord.person(discord.alice).submit_modal(asking, prompt="x", shape="wide")
    assert await sent.acknowledged() == kind
    assert form.interaction is not None
    assert form.interaction.message is not None
    assert form.interaction.message.id == asking.interaction.message.id
    assert (asking.interaction.message.text == "updated") == (kind == 7)


@pytest.mark.parametrize("form", ["defer", "update"], indirect=True)
async def test_a_form_of_a_command_has_no_message_to_change(discord: LoopbackDiscord, form: Form, bot: TinyBot) -> None:
    alice = discord.person(discord.alice)
    await bot.tree.sync()
    asking = await alice.command("mull")
    await asking.acknowledged()
    sent = await alice.submit_modal(asking, prompt="x", shape="wide")
    if form.answer == "defer":
        assert await sent.acknowledged() == 6
        assert form.interaction is not None
        await form.interaction.followup.send("later")
        assert discord.messages()[-1].text == "later"
    else:
        await discord.until(lambda: form.interaction is not None)
        assert form.interaction is not None
        assert form.interaction.message is None
        assert sent.interaction.acknowledged is None


@pytest.mark.parametrize("form", ["form"], indirect=True)
async def test_a_form_is_not_answered_with_another_form(
    discord: LoopbackDiscord, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[library.HTTPException] = []

    async def caught(interaction: library.Interaction, error: Exception) -> None:
        assert isinstance(error, library.HTTPException)
        refused.append(error)
        discord.touch()

    monkeypatch.setattr(form, "on_error", caught)
    await discord.person(discord.alice).submit_modal(await opened(discord), prompt="x", shape="wide")
    await discord.until(lambda: refused)
    assert (refused[0].status, refused[0].code) == (400, 50035)
