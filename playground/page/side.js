// The side bar: channels with their threads and unread marks, and who one is.

import { avatar, el, refill } from "./dom.js";
import { channelIcon } from "./icons.js";

export const marks = (channel) => [channel.nsfw && channel.kind === "text" ? "18+" : "", channel.locked ? "locked" : "", channel.archived ? "archived" : ""].filter(Boolean).join(" · ");

// `unread(channel)` gives { fresh, pings }; `open` are the ids of what is shown.
export function drawChannels(box, channels, { unread, open, go }) {
  const known = (id) => channels.some((one) => one.id === id);
  const top = channels.filter((one) => one.kind !== "dm" && (!one.parent || !known(one.parent)));
  const conversations = channels.filter((one) => one.kind === "dm");
  const line = (one) => channelLine(one, unread(one), open.includes(one.id), go);
  const withThreads = (one) => {
    const threads = channels.filter((other) => other.parent === one.id);
    return el("li", {}, line(one), threads.length ? el("ul", { class: "threads", "aria-label": `Threads of ${one.name}` }, ...threads.map((thread) => el("li", {}, line(thread)))) : null);
  };
  refill(box,
    heading("Text channels"), el("ul", {}, ...top.map(withThreads)),
    ...(conversations.length ? [heading("Direct messages"), el("ul", {}, ...conversations.map((one) => el("li", {}, line(one))))] : []));
}

const heading = (text) => el("h3", {}, text);

function channelLine(channel, { fresh, pings }, open, go) {
  const said = pings ? `, ${pings} ${pings === 1 ? "mention" : "mentions"}` : fresh ? ", unread" : "";
  const quiet = channel.archived || channel.locked;
  return el("button", {
    type: "button", class: [channel.kind, quiet && "quiet", fresh && "fresh"].filter(Boolean).join(" "), "data-key": channel.id, "data-channel": channel.id,
    "aria-current": open ? "true" : null, onclick: () => go(channel.id),
  }, channelIcon(channel, channel.kind === "thread" ? 15 : 18), el("span", { class: "words" }, channel.name, el("span", { class: "unseen" }, said)),
  marks(channel) ? el("small", {}, marks(channel)) : null, pings ? el("span", { class: "badge", "aria-hidden": "true" }, String(pings)) : null);
}

// Radio buttons: one tab stop, arrows go round, Enter or Space takes.
export function drawPeople(box, people, me, become) {
  const buttons = people.map((one) => el("button", {
    type: "button", role: "radio", "data-key": one.id, "data-person": one.name, "aria-checked": String(one.id === me.id), tabindex: one.id === me.id ? "0" : "-1", title: one.display,
    onclick: () => become(one), onkeydown: (event) => key(event),
  }, el("span", { class: "presence" }, avatar(one)), el("span", { class: "words" }, one.display), one.moderator ? el("small", {}, "moderator") : null));
  const key = (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    buttons[(buttons.indexOf(event.currentTarget) + by + buttons.length) % buttons.length].focus();
  };
  refill(box, ...buttons);
}

const SPEAKERS = { me: "Your language", server: "The server’s" };

// Which language one's Discord speaks, and which the server: the bot answers in them, or in English.
export function drawLanguages(box, world, choose) {
  const key = world.translated.join();
  if (box.dataset.translated !== key) {
    box.dataset.translated = key;
    refill(box, ...Object.entries(SPEAKERS).map(([of, words]) => el("label", {}, words,
      el("select", { "data-language": of, "data-key": of, onchange: (event) => choose(of, event.target.value) }, ...languages(world)))));
  }
  for (const one of box.querySelectorAll("select")) one.value = world.spoken[one.dataset.language];
}

// Those that the bot speaks come first; of a bot that has registered no translation nothing is known.
function languages({ locales, translated }) {
  const option = (code) => el("option", { value: code, lang: code }, new Intl.DisplayNames([code], { type: "language" }).of(code));
  if (!translated.length) return locales.map(option);
  const speaks = (code) => /^en\b/.test(code) || translated.includes(code);
  const group = (label, codes) => el("optgroup", { label }, ...codes.map(option));
  return [group("Translated", locales.filter(speaks)), group("Answered in English", locales.filter((code) => !speaks(code)))];
}
