// The page: one person's view of the channel, kept true by the WebSocket.

import { avatar, el } from "./dom.js";
import { Composer } from "./composer.js";
import { messageNode } from "./messages.js";

const $ = (id) => document.getElementById(id);
const state = { me: null, people: [], channels: [], bot: { online: false }, commands: [], open: null, messages: new Map(), pending: new Map() };
let socket = null;
let nonce = 0;
let wait = 300;

const send = (frame) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(frame));
const composer = new Composer($("composer"), {
  command: (name, options) => ask({ t: "command", channel: state.open, name, options }, null),
  say: (text) => send({ t: "say", channel: state.open, text, reply_to: null }),
});

function ask(frame, node) {
  nonce += 1;
  state.follow = true;
  state.pending.set(nonce, node);
  node?.classList.add("pending");
  send({ ...frame, nonce });
}

const act = (message, customId, values, node) =>
  ask({ t: "click", channel: message.channel, message: message.id, custom_id: customId, values: values ?? undefined }, node);
const dismiss = (message) => send({ t: "delete", channel: message.channel, message: message.id });

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
  mine.onmessage = (event) => receive(JSON.parse(event.data));
  mine.onopen = () => { wait = 300; };
  mine.onclose = () => {
    if (socket === mine) tryAgain();
  };
}

// The bot may be restarting: keep asking, less and less often.
function tryAgain() {
  $("status").textContent = "Connection lost – trying again …";
  wait = Math.min(wait * 1.7, 8000);
  setTimeout(() => start().catch(tryAgain), wait);
}

const frames = {
  hello(frame) {
    Object.assign(state, { me: frame.me, people: frame.people, channels: frame.channels, bot: frame.bot, commands: frame.commands });
    composer.setCommands(frame.commands);
    drawSide();
    drawStatus();
    openChannel(state.channels.some((one) => one.id === state.open) ? state.open : state.channels[0].id);
  },
  channels(frame) { state.channels = frame.channels; drawSide(); },
  messages(frame) {
    if (frame.channel !== state.open) return;
    state.messages = new Map(frame.messages.map((one) => [one.id, one]));
    $("messages").replaceChildren(...frame.messages.map(draw));
    drawEmpty();
    toBottom();
  },
  message(frame) { if (frame.message.channel === state.open) place(frame.message); },
  delete(frame) {
    state.messages.delete(frame.id);
    document.querySelector(`[data-message-id="${CSS.escape(frame.id)}"]`)?.remove();
    drawEmpty();
  },
  bot(frame) { state.bot.online = frame.online; drawStatus(); drawEmpty(); },
  commands(frame) { state.commands = frame.commands; composer.setCommands(frame.commands); drawEmpty(); },
  interaction(frame) {
    const node = state.pending.get(frame.nonce);
    state.pending.delete(frame.nonce);
    node?.classList.remove("pending");
    if (frame.state === "ok") return;
    const text = frame.text || (node ? "This interaction failed" : "The application did not respond");
    if (!node?.isConnected) { composer.note(text); return; }
    const row = node.closest(".row") ?? node;
    row.nextElementSibling?.classList.contains("trouble") || row.after(el("div", { class: "trouble", role: "alert" }, text));
  },
};
const receive = (frame) => frames[frame.t]?.(frame);

const names = () => ({ channels: Object.fromEntries(state.channels.map((one) => [one.id, one.name])) });
const draw = (message) => messageNode(message, names(), act, dismiss);

function place(message) {
  const scroll = $("scroll");
  const low = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  const known = state.messages.has(message.id);
  state.messages.set(message.id, message);
  const node = draw(message);
  const old = document.querySelector(`[data-message-id="${CSS.escape(message.id)}"]`);
  if (old) old.replaceWith(node);
  else $("messages").append(node);
  drawEmpty();
  if (low || (state.follow && !known)) {
    state.follow = false;
    toBottom();
  } else if (!known) $("newer").hidden = false;
}

function toBottom() {
  const scroll = $("scroll");
  const down = () => { scroll.scrollTop = scroll.scrollHeight; };
  down();
  $("newer").hidden = true;
  for (const image of scroll.querySelectorAll("img")) if (!image.complete) image.addEventListener("load", down, { once: true });
}

function openChannel(id) {
  state.open = id;
  const channel = state.channels.find((one) => one.id === id);
  $("title").textContent = (channel.kind === "dm" ? "@ " : "# ") + channel.name;
  composer.setChannel(channel.name);
  drawSide();
  send({ t: "open", channel: id });
}

function drawSide() {
  $("channels").replaceChildren(...state.channels.map((one) => el("button", {
    type: "button", class: one.kind, "aria-current": String(one.id === state.open), onclick: () => openChannel(one.id),
  }, one.kind === "dm" ? `@ ${one.name}` : one.kind === "thread" ? `↳ ${one.name}` : `# ${one.name}${one.nsfw ? "  18+" : ""}`)));
  $("people").replaceChildren(...state.people.map((one) => el("button", {
    type: "button", role: "radio", "aria-checked": String(one.id === state.me.id),
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
    empty.replaceChildren(
      el("h2", {}, "Nothing here yet"),
      el("p", {}, "Type /imagine and describe a picture. It appears here a few seconds later."),
      imagine ? el("button", { type: "button", onclick: () => composer.choose(imagine, { prompt: example }) }, `Try “${example}”`) : null);
  }
}

$("newer").onclick = toBottom;
addEventListener("hashchange", () => {
  const person = state.people.find((one) => one.name === location.hash.slice(1));
  if (person && person.id !== state.me?.id) connect(person);
});
start().catch(tryAgain);
