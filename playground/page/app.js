// The page: one person's view of the channels, kept true by the WebSocket.

import { Connection } from "./connection.js";
import { el, narrow, refill } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { typing } from "./keys.js";
import { place as spotOf } from "./links.js";
import { openModal } from "./modal.js";
import { Pane } from "./pane.js";
import { drawChannels, drawLanguages, drawPeople, marks } from "./side.js";
import { setLanguage, setNow } from "./times.js";
import { Reading } from "./unread.js";

const $ = (id) => document.getElementById(id);
const world = { me: null, people: [], roles: [], channels: [], guild: null, bot: { online: false }, commands: [] };
const reading = new Reading();
const connection = new Connection({
  receive: (frame) => frames[frame.t]?.(frame),
  lost: () => { world.bot.online = false; drawStatus("Connection lost – trying again …"); },
  again: () => start().catch(() => connection.retry()),
});

const app = {
  world,
  ask: (frame, options) => connection.ask(frame, options),
  send: (frame) => connection.send(frame),
  go: (channel, message) => go(channel, message),
  names: () => names(),
  readUntil: (id) => reading.until(id),
  read: (channel, seen = true) => { if (seen && reading.read(channel)) drawSide(); },
};
const main = new Pane($("main"), app);
const beside = new Pane($("thread"), app, { prefix: "thread-" });
const panes = () => ($("thread").hidden ? [main] : [main, beside]);

async function start() {
  const people = await (await fetch("play/people")).json();
  const wanted = new URLSearchParams(location.search).get("as") ?? location.hash.slice(1);
  become(people.find((one) => one.name === wanted) ?? people.find((one) => !one.moderator) ?? people[0]);
}

function become(person) {
  if (location.hash.slice(1) !== person.name) history.replaceState(null, "", "#" + person.name);
  connection.connect(person);
}

const frames = {
  hello(frame) {
    const { t: _, now, ...rest } = frame;
    setNow(now);
    Object.assign(world, rest);
    setLanguage(world.spoken.me);
    reading.begin(world.me, world.channels);
    drawStatus();
    if (beside.id && known(beside.id)) beside.show(known(beside.id));
    else closeThread(false);
    main.show(known(main.id) ?? world.channels[0]);
    drawAround();
  },
  channels(frame) {
    const ids = (channels) => channels.map((one) => one.id).join();
    const others = ids(world.channels) !== ids(frame.channels);
    world.channels = frame.channels;
    if (others) for (const pane of panes()) pane.redraw();
    if (beside.id && !$("thread").hidden && !known(beside.id)) {
      closeThread();
      main.composer.note("The thread you were in is gone.");
    }
    if (!known(main.id) && world.channels.length) {
      main.show(world.channels[0]);
      main.composer.note("The channel you were in is gone.");
    }
    for (const pane of panes()) {
      pane.channel = known(pane.id) ?? pane.channel;
      pane.redrawThreads(known);
    }
    drawAround();
  },
  messages: (frame) => paneOf(frame.channel)?.filled(frame),
  older: (frame) => paneOf(frame.channel)?.olderCame(frame),
  message(frame) {
    const { message } = frame;
    const channel = known(message.channel);
    if (channel && !message.ephemeral && BigInt(message.id) > BigInt(channel.last ?? "0")) {
      channel.last = message.id;
      if (message.pinged) channel.pings = [...channel.pings ?? [], message.id];
      if (message.author.id === world.me.id) reading.read(channel);
    }
    paneOf(message.channel)?.put(message);
    drawSide();
  },
  delete: (frame) => paneOf(frame.channel)?.gone(frame.id),
  typing: (frame) => paneOf(frame.channel)?.typing.types(frame.person),
  standing(frame) {
    const { t: _, ...now } = frame;
    Object.assign(world, now);
    for (const pane of panes()) pane.composer.setCommands(world.commands, pane.channel?.context);
    frames.channels(frame);
    const other = setLanguage(world.spoken.me);
    for (const pane of panes()) { pane.redraw(other ? () => true : undefined); pane.redrawThreads(known); pane.drawEdges(); }
  },
  clock: (frame) => setNow(frame.now),
  bot(frame) { world.bot.online = frame.online; drawStatus(); },
  commands(frame) {
    Object.assign(world, { commands: frame.commands, translated: frame.translated });
    if (main.channel) drawAround();
    for (const pane of panes()) { pane.composer.setCommands(frame.commands, pane.channel?.context); pane.drawEdges(); }
  },
  choices: (frame) => connection.choices(frame),
  modal(frame) {
    openModal(frame.modal, names(), (values) => new Promise((done) => {
      const pane = paneOf(frame.channel);
      connection.ask({ t: "modal", channel: frame.channel, interaction: frame.interaction, values }, {
        quiet: true, done: (wrong) => { if (pane) pane.follow = true; done(wrong === null ? "" : wrong || "Something went wrong. Try again."); },
      });
    }));
  },
  interaction: (frame) => connection.settle(frame),
};

const known = (id) => world.channels.find((one) => one.id === id);
const paneOf = (id) => panes().find((one) => one.id === id);
const names = () => ({
  channels: Object.fromEntries(world.channels.map((one) => [one.id, one.name])), guild: world.guild?.id, world,
  mentions: Object.fromEntries([...world.people.map((one) => [one.id, one.display]), [world.bot.id, world.bot.name]]),
  roles: Object.fromEntries(world.roles.map((one) => [one.id, one.name])),
});

// To a channel, or to a message in it; a thread is opened beside the channel that it belongs to.
function go(id, message = null) {
  const channel = known(id);
  if (!channel) { main.composer.note("You cannot see this channel, or it is gone."); return; }
  const parent = channel.kind === "thread" ? known(channel.parent) : null;
  showSide(false);
  if (parent) {
    if (main.id !== parent.id) main.show(parent);
    $("thread").hidden = false;
    document.body.classList.add("threaded");
    shown(beside, channel, message);
  } else {
    if (narrow() || beside.channel?.parent !== channel.id) closeThread(false);
    shown(main, channel, message);
  }
  drawAround();
}

function shown(pane, channel, message) {
  if (pane.id === channel.id && (!message || pane.nodeOf(message))) {
    if (message) pane.flash(message);
  } else pane.show(channel, message);
  if (!message && !matchMedia("(pointer: coarse)").matches) pane.composer.focus();
}

function closeThread(focus = true) {
  if ($("thread").hidden) return;
  const button = main.list.querySelector(`[data-thread="${CSS.escape(beside.id ?? "")}"]`);
  $("thread").hidden = true;
  document.body.classList.remove("threaded");
  beside.channel = null;
  drawAround();
  if (focus) (button ?? main.composer).focus();
}

function drawAround() {
  drawSide();
  drawPeople($("people"), world.people, world.me, become);
  drawLanguages($("languages"), world, (of, locale) => connection.ask({ t: "locale", channel: main.id, of, locale }, { quiet: true }));
  const title = (channel) => [channelIcon(channel, 22), el("span", {}, channel.name), marks(channel) && el("small", {}, marks(channel))];
  if (main.channel) refill($("title"), ...title(main.channel));
  if (beside.channel) {
    refill($("thread-title"), ...title(beside.channel));
    $("thread").setAttribute("aria-label", `Thread ${beside.channel.name}`);
  }
}

function drawSide() {
  drawChannels($("channels"), world.channels, { unread: (channel) => reading.of(channel), open: panes().map((one) => one.id), go });
  const others = world.channels.filter((one) => !panes().some((pane) => pane.id === one.id));
  const { channel } = main;
  const pings = world.channels.reduce((sum, one) => sum + reading.of(one).pings, 0);
  document.title = `${pings ? `(${pings}) ` : ""}${channel.kind === "dm" ? "@" : "#"}${channel.name} · ${world.guild.name}`;
  $("sides").classList.toggle("fresh", others.some((one) => reading.of(one).fresh));
}

function drawStatus(trouble = "The bot is starting …") {
  $("status").textContent = world.bot.online ? `${world.bot.name} is online` : trouble;
  $("status").classList.toggle("online", world.bot.online);
}

// On a phone the side bar lies behind a button.
function showSide(on) {
  const was = document.body.classList.contains("sided");
  document.body.classList.toggle("sided", on);
  $("shade").hidden = !on;
  $("sides").setAttribute("aria-expanded", String(on));
  if (on) requestAnimationFrame(() => $("channels").querySelector("[aria-current]")?.focus());
  else if (was && $("side").contains(document.activeElement)) $("sides").focus();
}

$("sides").append(icon("sides", 22));
$("sides").onclick = () => showSide(!document.body.classList.contains("sided"));
$("shade").onclick = () => showSide(false);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") showSide(false); });
$("thread-close").append(icon("close"));
$("thread-close").onclick = () => closeThread();
$("skip").onclick = (event) => { event.preventDefault(); main.composer.focus(); };
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("paste", (event) => {
  if (!typing(document.activeElement) && event.clipboardData?.files.length) nearest().composer.take([...event.clipboardData.files]);
});
// `/` begins a command from anywhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  nearest().composer.begin("/");
});
const nearest = () => (beside.root.contains(document.activeElement) ? beside : main);
// An address of a channel or message of this server opens in place.
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  const spot = anchor && spotOf(anchor.href);
  if (!spot || (!known(spot.channel) && spot.guild !== world.guild?.id)) return;
  event.preventDefault();
  go(spot.channel, spot.message);
});
addEventListener("focus", () => { for (const pane of panes()) if (pane.channel) app.read(pane.channel); });
addEventListener("hashchange", () => {
  const person = world.people.find((one) => one.name === location.hash.slice(1));
  if (person && person.id !== world.me?.id) become(person);
});
start().catch(() => connection.retry());
