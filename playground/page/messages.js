// One message as a list item.

import { nameColor } from "./colors.js";
import { avatar, el } from "./dom.js";
import { file, picture, render } from "./components.js";
import { icon } from "./icons.js";
import { markdown, plain } from "./markdown.js";
import { clock, moment, spoken } from "./times.js";
import { menusOf, tools } from "./tools.js";

const TOGETHER_MS = 7 * 60_000;
const LETTERS = new Intl.Segmenter();
const QUOTED = 120;

// `acts` is what can be done: click, dismiss, reply, menu, remove, go.
export function messageNode(message, context, acts) {
  const names = { ...context, mentions: message.mentions, roles: message.roles };
  const body = el("div", { class: "body" }, head(message));
  if (message.forward) body.append(el("div", { class: "forwarded" }, "↪ Forwarded"), shown(message.forward, names));
  if (message.loading) body.append(el("div", { class: "thinking" }, el("span", { class: "dots", "aria-hidden": "true" }), `${message.author.display} is thinking …`));
  if (message.content) body.append(markdown(message.content, names));
  for (const component of message.components) {
    body.append(render(component, names, (customId, values, node) => acts.click(message, customId, values, node)));
  }
  body.append(...beside(message));
  if (message.edited && message.content) body.append(el("span", { class: "edited" }, "(edited)"));
  if (message.thread) body.append(threadButton(message.thread, acts));
  if (message.ephemeral) {
    body.append(el("div", { class: "dismiss" }, "Only you can see this · ",
      el("button", { type: "button", class: "linklike", "data-key": "dismiss", onclick: () => acts.dismiss(message) }, "Dismiss message")));
  }
  const kind = message.ephemeral ? "message private" : message.pinged && context.place === 0 ? "message pinged" : "message";
  const node = el("li", { class: kind, "data-message-id": message.id, tabindex: "-1" },
    used(message), replied(message, names, acts), avatar(message.author),
    el("time", { class: "when", datetime: new Date(message.at).toISOString(), "aria-hidden": "true" }, clock(message.at)),
    body, tools(message, context, acts));
  menusOf(node, message, context, acts);
  return node;
}

// Whether a message goes on where the one before it ended: then it needs no head of its own.
export const follows = (message, before) => Boolean(before) && before.author.id === message.author.id && !message.reply && !message.interaction
  && !message.ephemeral && !before.ephemeral && message.at - before.at < TOGETHER_MS && new Date(message.at).toDateString() === new Date(before.at).toDateString();

// A forwarded message, as it was then: what stands on it does nothing here.
function shown(forward, names) {
  const box = el("div", { class: "quoted" });
  if (forward.content) box.append(markdown(forward.content, names));
  for (const component of forward.components ?? []) box.append(render(component, names, () => {}));
  box.append(...beside(forward));
  return box;
}

// What stands under a message's words: files, previews of links, stickers.
const beside = (message) => [
  ...(message.attachments ?? []).map(attachment),
  ...(message.embeds ?? []).map(embed),
  ...(message.stickers ?? []).map((name) => el("div", { class: "forwarded" }, `Sticker: ${name}`)),
];

function embed(one) {
  const image = one.image ?? one.thumbnail;
  const words = [one.title && el("strong", {}, one.title), one.description && el("p", {}, one.description)].filter(Boolean);
  const view = image && el("div", { class: "gallery n1" }, picture({ media: { ...image, url: image.proxy_url ?? image.url }, description: one.title }));
  return words.length ? el("div", { class: "card" }, ...words, view) : view ?? el("div");
}

const used = (message) => message.interaction && el("div", { class: "used" },
  avatar(message.interaction.user), el("b", { style: { color: nameColor(message.interaction.user.color) } }, message.interaction.user.display), " used ",
  el("code", {}, message.interaction.name));

const head = (message) => el("div", { class: "head" },
  el("span", { class: "name", style: message.author.bot ? {} : { color: nameColor(message.author.color) } }, message.author.display),
  message.author.bot ? el("span", { class: "app" }, "APP") : null,
  el("time", { datetime: new Date(message.at).toISOString(), title: spoken(message.at) }, moment(message.at)));

// The line above a reply: whose words it answers, and the first of them.
function replied(message, names, acts) {
  const reply = message.reply;
  if (!reply) return null;
  if (reply.gone) return el("div", { class: "replied" }, el("i", {}, "The original message is not here any more"));
  const words = firstWords(reply.text, names);
  const text = words || (reply.picture ? "a picture" : reply.file ? "a file" : "a message");
  return el("div", { class: "replied" }, el("button", {
    type: "button", "data-key": "replied", "aria-label": `Reply to ${reply.author.display}: ${text}`,
    onclick: () => acts.go(message.channel, reply.id),
  }, el("b", { style: reply.author.bot ? {} : { color: nameColor(reply.author.color) } }, reply.author.display), " ", text));
}

// The beginning of a text in one line, as it reads: cut only once mentions, times and emoji have become words.
function firstWords(text, names) {
  const letters = [...LETTERS.segment(plain(text, names))].map((one) => one.segment);
  return letters.length > QUOTED ? letters.slice(0, QUOTED - 1).join("").trimEnd() + "…" : letters.join("");
}

export const threadWords = (thread) => [
  icon("thread", 18), el("b", {}, thread.name), el("span", { class: "count" }, `${thread.count} ${thread.count === 1 ? "message" : "messages"} ›`),
  thread.locked || thread.archived ? el("small", {}, [thread.locked && "locked", thread.archived && "archived"].filter(Boolean).join(" · ")) : null].filter(Boolean);

const threadButton = (thread, acts) => el("button", {
  type: "button", class: "threadlink", "data-thread": thread.id, "data-key": "thread", "aria-label": `Open the thread ${thread.name}`, onclick: () => acts.go(thread.id),
}, ...threadWords(thread));

function attachment(one) {
  if (one.content_type?.startsWith("image/")) {
    const media = { url: one.url, width: one.width, height: one.height };
    return el("div", { class: "gallery n1" }, picture({ media, description: one.description, spoiler: one.filename.startsWith("SPOILER_") }));
  }
  return file({ url: one.url, name: one.filename, size: one.size });
}
