"""Talk on the page: replies, mentions, threads, files, what is unread, who is typing, and a long history."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route, WebSocketRoute, expect

from tests.support.bot import RunningBot
from tests.support.browsing import Visit
from tests.support.tiny_bot import PIXEL


async def test_a_reply_says_whom_it_answers_and_whether_they_hear_of_it(home: RunningBot, visit: Visit) -> None:
    first = home.discord.person(home.discord.bob).say("Who is there?")
    page = await visit()
    await page.locator("#messages > [data-message-id]").click(button="right")
    await page.get_by_role("menuitem", name="Reply").click()
    await expect(page.locator(".replying")).to_contain_text("Replying to Bob")
    await page.locator(".ping").click()
    await expect(page.locator(".ping")).to_have_text("@ mention off")
    await page.keyboard.press("Tab")
    await page.locator("#composer textarea").fill("Me")
    await page.keyboard.press("Enter")
    answer = await home.discord.until(lambda: next((one for one in home.discord.messages() if one.reply_to), None))
    assert (answer.reply_to, answer.pings.users) == (first, ())


async def test_a_name_is_completed_and_mentions_them(home: RunningBot, visit: Visit) -> None:
    page = await visit()
    await page.locator("#composer textarea").press_sequentially("hello @bo")
    await expect(page.locator(".menu [role=option]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    message = await home.discord.until(lambda: next(iter(home.discord.messages()), None))
    assert message.pings.users == (home.discord.bob,)


async def test_what_is_new_elsewhere_is_marked_until_it_is_read(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    page = await visit()
    lounge = page.locator(f"#channels [data-channel='{discord.other_channel.id}']")
    discord.person(discord.bob).say(f"look, {discord.alice.mention}", channel=discord.other_channel)
    await expect(lounge.locator(".badge")).to_have_text("1")
    await expect(lounge).to_have_class("text fresh")
    await lounge.click()
    await expect(page.locator("#messages .pinged")).to_have_count(1)
    await expect(lounge).to_have_class("text")


async def test_a_line_stands_where_what_is_new_begins_until_one_has_answered(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    bob = discord.person(discord.bob)
    bob.say("old", channel=discord.other_channel)
    page = await visit()
    line = page.locator("#messages > .divide.fresh + [data-message-id]")
    bob.say("before her eyes")
    await expect(page.locator("#messages")).to_contain_text("before her eyes")
    await expect(line).to_have_count(0)
    for text in ("new", "newer"):
        bob.say(text, channel=discord.other_channel)
    await page.locator(f"#channels [data-channel='{discord.other_channel.id}'].fresh").click()
    await expect(line).to_contain_text("new")
    await page.locator("#composer textarea").fill("thank you")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("thank you")
    await expect(line).to_have_count(0)


async def test_a_thread_opens_beside_its_channel(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    first = discord.person(discord.bob).say("a kite")
    thread = discord.world.add_thread(discord.channel, "kites", discord.bob, from_message=first)
    discord.person(discord.bob).say("higher!", channel=thread)
    page = await visit()
    await page.locator(f"#channels .threads [data-channel='{thread.id}']").click()
    await expect(page.locator("#thread-messages")).to_contain_text("higher!")
    await expect(page.locator("#messages")).to_contain_text("a kite")
    await page.locator("#thread-composer textarea").fill("and higher")
    await page.keyboard.press("Enter")
    await expect(page.locator("#thread-messages > [data-message-id]")).to_have_count(2)
    assert [one.content for one in discord.messages(thread)] == ["higher!", "and higher"]
    await page.locator("#thread-close").click()
    await expect(page.locator("#thread")).to_be_hidden()


async def test_a_file_that_is_dropped_fills_the_option_of_a_command(home: RunningBot, visit: Visit) -> None:
    page = await visit()
    await page.keyboard.press("/")
    await page.keyboard.type("edit")
    await page.keyboard.press("Enter")
    data = await page.evaluate_handle(
        "bytes => { const data = new DataTransfer();"
        " data.items.add(new File([new Uint8Array(bytes)], 'dot.png', { type: 'image/png' })); return data; }",
        list(PIXEL),
    )
    await page.dispatch_event("#main", "drop", {"dataTransfer": data})
    await expect(page.locator("[data-pill=image] .filename")).to_have_text("dot.png")


async def test_others_see_who_is_typing(home: RunningBot, visit: Visit) -> None:
    bob, alice = await visit("bob"), await visit("alice")
    await alice.locator("#composer textarea").press_sequentially("hm")
    await expect(bob.locator("#main .typing")).to_have_text("Alice is typing …")


async def test_the_page_keeps_a_bounded_number_of_messages_and_brings_older_ones_back(
    home: RunningBot, visit: Visit
) -> None:
    bob = home.discord.person(home.discord.bob)
    for number in range(120):
        bob.say(f"word {number}")
    page = await visit()
    messages = page.locator("#messages > [data-message-id]")
    await expect(messages).to_have_count(50)
    for number in range(120, 300):
        bob.say(f"word {number}")
    await expect(messages.last).to_contain_text("word 299")
    await expect(messages).to_have_count(200)
    await page.locator("#scroll").evaluate("box => { box.scrollTop = 0; }")
    await expect(page.locator("#messages")).to_contain_text("word 75")
    await expect(messages).to_have_count(200)
    await page.locator("#newer").click()
    await expect(messages.last).to_contain_text("word 299")


async def test_pictures_wait_until_they_are_near_and_keep_their_room(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    asking = await discord.person(discord.alice).command("imagine", prompt="a red kite")
    await home.finished(await asking.reply())
    page, come = await visit(), asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route("**/attachments/**", late)
    await page.reload()
    image = page.locator("#messages .picture img")
    assert await image.get_attribute("loading") == "lazy"
    before = await image.bounding_box()
    assert before is not None
    assert (before["width"], before["height"]) == (400, 400)
    come.set()
    await expect(image).to_have_js_property("complete", True)
    assert await image.bounding_box() == before


async def test_the_page_says_that_the_bot_is_thinking_and_then_that_it_did_not_answer(
    home: RunningBot, visit: Visit
) -> None:
    page = await visit()
    await home.end()
    home.discord.context.interactions.acknowledge_seconds = 2
    await page.keyboard.press("/")
    await page.keyboard.type("help")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator("#main .typing")).to_have_text("Atelier is thinking …")
    await expect(page.locator("#composer .note")).to_have_text("The application did not respond")
    await expect(page.locator("#main .typing")).to_be_empty()


async def test_what_others_say_is_announced_once(home: RunningBot, visit: Visit) -> None:
    page = await visit()
    home.discord.person(home.discord.bob).say("**Fine** weather")
    log = page.get_by_role("log")
    await expect(log).to_have_text("Bob: Fine weather")


async def test_times_are_in_the_readers_own_zone(home: RunningBot, visit: Visit) -> None:
    home.discord.person(home.discord.bob).say("since <t:0:f>")
    page = await visit(zone="Asia/Tokyo")
    await expect(page.locator("#messages .text")).to_have_text("since January 1, 1970 at 9:00 AM")


async def test_a_long_press_opens_the_menu_of_a_message(home: RunningBot, visit: Visit) -> None:
    message = home.discord.person(home.discord.bob).say("a kite")
    page = await visit(width=390, touch=True)
    where = {"pointerType": "touch", "clientX": 120, "clientY": 400, "bubbles": True}
    await page.dispatch_event(f"[data-message-id='{message.id}'] .text", "pointerdown", where)
    await page.get_by_role("menuitem", name="Reply").click()
    await expect(page.locator(".replying")).to_contain_text("Replying to Bob")


async def test_who_one_is_can_be_changed_and_nothing_of_the_other_stays(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    await (await discord.person(discord.alice).command("quota")).reply()
    page = await visit("alice")
    await expect(page.locator("#messages .private")).to_have_count(1)
    for name in ("bob", "mod", "alice", "bob"):
        await page.locator(f"#people [data-person={name}]").click()
    await expect(page.locator("#people [data-person=bob]")).to_have_attribute("aria-checked", "true")
    await expect(page.locator("#messages .private")).to_have_count(0)


async def test_what_is_sent_while_there_is_no_connection_stays_until_there_is_one(
    home: RunningBot, visit: Visit
) -> None:
    page, open_sockets, back = await visit(), list[WebSocketRoute](), asyncio.Event()

    def keep(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        open_sockets.append(socket)

    async def late(route: Route) -> None:
        await back.wait()
        await route.continue_()

    await page.route_web_socket("**/play/ws*", keep)
    await page.reload()
    await page.locator("#status.online").wait_for()
    await page.route("**/play/people", late)
    await open_sockets[0].close()
    await expect(page.locator("#status")).to_contain_text("Connection lost")
    line, note = page.locator("#composer textarea"), page.locator("#composer .note")
    await line.fill("is anybody there?")
    await page.keyboard.press("Enter")
    await expect(note).to_have_text("There is no connection right now.")
    await expect(line).to_have_value("is anybody there?")
    await line.fill("/imagine prompt:a kite")
    await page.keyboard.press("Enter")
    await expect(note).to_have_text("There is no connection right now.")
    await expect(page.locator("[data-option=prompt]")).to_have_value("a kite")
    back.set()
    await page.locator("#status.online").wait_for()
    await page.locator("#composer .send").click()
    await expect(page.locator("#messages")).to_contain_text("a kite")
    assert [one.author for one in home.discord.messages()] == [home.discord.world.bot]
