// The page: one person's view of the channels, kept true by the WebSocket.

import { Composer } from "./composer.js";
import { avatar, el, keepingFocus, refill } from "./dom.js";
import { place as spotOf } from "./links.js";
import { messageNode, threadText } from "./messages.js";
import { openModal } from "./modal.js";
import { receiveFiles } from "./uploads.js";

const $ = (id) => document.getElementById(id);
const state = {
  me: null, people: [], roles: [], channels: [], guild: null, bot: { online: false }, commands: [],
  open: null, place: 0, wanted: null, messages: new Map(), pending: new Map(),
};
let socket = null;
let nonce = 0;
let wait = 300;

const send = (frame) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(frame));
const composer = new Composer($("composer"), {
  world: state,
  command: (name, options) => ask({ t: "command", channel: state.open, name, options }),
  say: (text, extra, again) => ask({ t: "say", channel: state.open, text, ...extra }, { done: (wrong) => wrong !== null && again() }),
  complete: (frame, choices) => ask({ t: "autocomplete", channel: state.open, ...frame }, { choices, quiet: true }),
});

// `pending` is what waits for the outcome: the node that was clicked, and who wants to know.
// `done(wrong)` hears null or what went wrong; a `quiet` one shows nothing by itself.
function ask(frame, { node = null, done = null, choices = null, quiet = false } = {}) {
  nonce += 1;
  if (!quiet) state.follow = true;
  state.pending.set(nonce, { node, done, choices, quiet });
  node?.classList.add("pending");
  if (!send({ ...frame, nonce }) && socket?.readyState !== WebSocket.OPEN) {
    frames.interaction({ nonce, state: "failed", text: "There is no connection right now." });
  }
}

const acts = {
  click: (message, customId, values, node) =>
    ask({ t: "click", channel: message.channel, message: message.id, custom_id: customId, values: values ?? undefined }, { node }),
  menu: (message, name) => ask({ t: "menu", channel: message.channel, message: message.id, name }),
  dismiss: (message) => ask({ t: "delete", channel: message.channel, message: message.id }),
  reply: (message) => composer.reply(message),
  go: (channel, message = null) => go(channel, message),
};

async function start() {
  const people = await (await fetch("play/people")).json();
  const wanted = new URLSearchParams(location.search).get("as") ?? location.hash.slice(1);
  const me = people.find((one) => one.name === wanted) ?? people.find((one) => !one.moderator) ?? people[0];
  if (location.hash.slice(1) !== me.name) history.replaceState(null, "", "#" + me.name);
  connect(me);
}

function connect(me) {
  socket?.close();
  const mine = new WebSocket(`ws://${location.host}/play/ws?person=${me.id}`);
  socket = mine;
  mine.onmessage = (event) => { if (socket === mine) receive(JSON.parse(event.data)); };
  mine.onopen = () => { wait = 300; };
  mine.onclose = () => {
    if (socket === mine) tryAgain();
  };
}

// The bot may be restarting: keep asking, less and less often.
function tryAgain() {
  $("status").textContent = "Connection lost – trying again …";
  for (const one of [...state.pending.keys()]) frames.interaction({ nonce: one, state: "failed", text: "The connection was lost." });
  wait = Math.min(wait * 1.7, 8000);
  setTimeout(() => start().catch(tryAgain), wait);
}

const frames = {
  hello(frame) {
    Object.assign(state, {
      me: frame.me, people: frame.people, roles: frame.roles, guild: frame.guild, channels: frame.channels,
      bot: frame.bot, commands: frame.commands,
    });
    drawSide();
    drawStatus();
    openChannel(known(state.open) ? state.open : state.channels[0].id);
  },
  channels(frame) {
    const ids = (channels) => channels.map((one) => one.id).join();
    const others = ids(state.channels) !== ids(frame.channels);
    state.channels = frame.channels;
    if (others) redrawSelects();
    if (!known(state.open) && state.channels.length) {
      openChannel(state.channels[0].id);
      composer.note("The channel you were in is gone.");
    } else drawSide();
    drawTitle();
    for (const node of document.querySelectorAll("[data-thread]")) {
      const thread = known(node.dataset.thread);
      node.hidden = !thread;
      if (thread) node.textContent = threadText(thread);
    }
  },
  messages(frame) {
    if (frame.channel !== state.open) return;
    state.messages = new Map(frame.messages.map((one) => [one.id, one]));
    $("messages").replaceChildren(...frame.messages.map(draw));
    drawEmpty();
    const wanted = state.wanted;
    state.wanted = null;
    if (wanted) flash(wanted);
    else toBottom();
  },
  message(frame) { if (frame.message.channel === state.open) put(frame.message); },
  delete(frame) {
    state.messages.delete(frame.id);
    nodeOf(frame.id)?.remove();
    drawEmpty();
  },
  standing(frame) {
    const { t: _, ...now } = frame;
    Object.assign(state, now);
    composer.setCommands(state.commands, state.place);
    frames.channels(frame);
    redrawSelects();
    drawEmpty();
  },
  bot(frame) { state.bot.online = frame.online; drawStatus(); drawEmpty(); },
  commands(frame) { state.commands = frame.commands; composer.setCommands(frame.commands, state.place); drawEmpty(); },
  choices(frame) { state.pending.get(frame.nonce)?.choices?.(frame.choices); },
  modal(frame) {
    openModal(frame.modal, names(), (values) => new Promise((done) => {
      ask({ t: "modal", channel: frame.channel, interaction: frame.interaction, values },
        { quiet: true, done: (wrong) => { state.follow = true; done(wrong === null ? "" : wrong || "Something went wrong. Try again."); } });
    }));
  },
  interaction(frame) {
    const { node, done, quiet } = state.pending.get(frame.nonce) ?? {};
    state.pending.delete(frame.nonce);
    node?.classList.remove("pending");
    const ok = frame.state === "ok";
    done?.(ok ? null : frame.text);
    if (ok || quiet) return;
    const text = frame.text || (node ? "This interaction failed" : "The application did not respond");
    if (!node?.isConnected) { composer.note(text); return; }
    const row = node.closest(".row") ?? node;
    row.nextElementSibling?.classList.contains("trouble") || row.after(el("div", { class: "trouble", role: "alert" }, text));
  },
};
const receive = (frame) => frames[frame.t]?.(frame);

const known = (id) => state.channels.find((one) => one.id === id);
const nodeOf = (id) => document.querySelector(`[data-message-id="${CSS.escape(id)}"]`);
const names = () => ({
  channels: Object.fromEntries(state.channels.map((one) => [one.id, one.name])), guild: state.guild?.id, world: state,
  mentions: Object.fromEntries([...state.people.map((one) => [one.id, one.display]), [state.bot.id, state.bot.name]]),
  roles: Object.fromEntries(state.roles.map((one) => [one.id, one.name])),
});
const draw = (message) => messageNode(message, names(), acts);

function put(message) {
  const scroll = $("scroll");
  const low = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  const old = nodeOf(message.id);
  const fresh = !state.messages.has(message.id);
  state.messages.set(message.id, message);
  const node = draw(message);
  if (old) keepingFocus(old, () => { old.replaceWith(node); return node; });
  else $("messages").append(node);
  drawEmpty();
  if (low || (state.follow && fresh)) {
    state.follow = false;
    toBottom();
  } else if (fresh) $("newer").hidden = false;
}

// Selects offer the roles and channels that there are now; one in which somebody is choosing is left alone.
function redrawSelects() {
  for (const message of state.messages.values()) {
    const node = nodeOf(message.id);
    if (node?.querySelector(".select, .several") && !node.querySelector("details[open], select:focus")) node.replaceWith(draw(message));
  }
}

function toBottom() {
  const scroll = $("scroll");
  const down = () => { scroll.scrollTop = scroll.scrollHeight; };
  down();
  $("newer").hidden = true;
  for (const image of scroll.querySelectorAll("img")) if (!image.complete) image.addEventListener("load", down, { once: true });
}

// To a channel, or to a message in it.
function go(channel, message = null) {
  if (!known(channel)) { composer.note("You cannot see this channel, or it is gone."); return; }
  if (channel !== state.open) openChannel(channel, message);
  else if (message && nodeOf(message)) flash(message);
  else if (message) openChannel(channel, message);
}

function flash(id) {
  const node = nodeOf(id);
  if (!node) { toBottom(); composer.note("This message is not here any more."); return; }
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.remove("flash");
  requestAnimationFrame(() => node.classList.add("flash"));
  setTimeout(() => node.classList.remove("flash"), 2500);
}

function openChannel(id, message = null) {
  state.open = id;
  state.wanted = message;
  $("newer").hidden = true;
  state.place = known(id).context;
  composer.setCommands(state.commands, state.place);
  composer.setChannel(label(known(id)));
  drawTitle();
  drawSide();
  $("channels").querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  send({ t: "open", channel: id, message });
}

const label = (channel) => ({ dm: "@ ", thread: "↳ ", text: "#" })[channel.kind] + channel.name;
const marks = (channel) => [channel.nsfw && channel.kind === "text" ? "18+" : "", channel.locked ? "locked" : "", channel.archived ? "archived" : ""].filter(Boolean).join(" · ");

function drawTitle() {
  const channel = known(state.open);
  if (!channel) return;
  const parent = known(channel.parent);
  refill($("title"), parent && el("button", { type: "button", class: "parent", "data-key": "parent", onclick: () => openChannel(parent.id) }, label(parent)),
    document.createTextNode(parent ? ` › ${channel.name}` : label(channel)), marks(channel) && el("small", {}, marks(channel)));
}

function drawSide() {
  const threads = (parent) => state.channels.filter((one) => one.parent === parent.id);
  const orphans = state.channels.filter((one) => one.parent && !known(one.parent));
  const ordered = [...state.channels.filter((one) => !one.parent).flatMap((one) => [one, ...threads(one)]), ...orphans];
  refill($("channels"), ...ordered.map((one) => el("button", {
    type: "button", class: one.kind + (one.archived || one.locked ? " quiet" : ""), "data-key": one.id, "aria-current": String(one.id === state.open),
    onclick: () => openChannel(one.id),
  }, el("span", {}, label(one)), marks(one) ? el("small", {}, marks(one)) : null)));
  refill($("people"), ...state.people.map((one) => el("button", {
    type: "button", role: "radio", "data-key": one.id, "aria-checked": String(one.id === state.me.id), title: one.display,
    onclick: () => { location.hash = one.name; connect(one); },
  }, avatar(one), el("span", {}, one.display + (one.moderator ? " · moderator" : "")))));
}

function drawStatus() {
  $("status").textContent = state.bot.online ? `${state.bot.name} is here` : "The bot is starting …";
}

function drawEmpty() {
  const empty = $("empty");
  empty.hidden = state.messages.size > 0;
  if (!empty.hidden) {
    const imagine = composer.commands.find((one) => one.name === "imagine");
    const example = "a fox in a snowy birch forest, watercolour, morning sun";
    refill(empty,
      el("h2", {}, "Nothing here yet"),
      el("p", {}, imagine ? "Type /imagine and describe a picture. It appears here a few seconds later." : "Type / to see what the bot can do."),
      imagine && el("button", { type: "button", onclick: () => composer.choose(imagine, { prompt: example }) }, `Try “${example}”`));
  }
}

// Who reads the newest stays with it when the composer grows.
let low = true;
$("scroll").addEventListener("scroll", () => {
  const { scrollHeight, scrollTop, clientHeight } = $("scroll");
  low = scrollHeight - scrollTop - clientHeight < 40;
  if (low) $("newer").hidden = true;
});
new ResizeObserver(() => { if (low) $("scroll").scrollTop = $("scroll").scrollHeight; }).observe($("scroll"));
$("newer").onclick = toBottom;
$("behind-toggle").onclick = () => {
  $("behind").hidden = !$("behind").hidden;
  $("behind-toggle").setAttribute("aria-expanded", String(!$("behind").hidden));
};
receiveFiles(document.querySelector("main"), (files) => composer.take(files));
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("paste", (event) => {
  if (document.activeElement === document.body && event.clipboardData?.files.length) composer.take([...event.clipboardData.files]);
});
// An address of a channel or message of this server opens in place.
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  const spot = anchor && spotOf(anchor.href);
  if (!spot || (!known(spot.channel) && spot.guild !== state.guild?.id)) return;
  event.preventDefault();
  go(spot.channel, spot.message);
});
addEventListener("hashchange", () => {
  const person = state.people.find((one) => one.name === location.hash.slice(1));
  if (person && person.id !== state.me?.id) connect(person);
});
start().catch(tryAgain);
