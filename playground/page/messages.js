// One message as a list item.

import { avatar, el } from "./dom.js";
import { file, picture, render } from "./components.js";
import { inline, markdown } from "./markdown.js";
import { tools } from "./tools.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const LETTERS = new Intl.Segmenter();
const QUOTED = 120;

// `acts` is what can be done: click, dismiss, reply, menu, remove, go.
export function messageNode(message, context, acts) {
  const names = { ...context, mentions: message.mentions, roles: message.roles };
  const body = el("div", { class: "body" }, head(message));
  if (message.forward) body.append(el("div", { class: "forwarded" }, "↪ Forwarded"), shown(message.forward, names));
  if (message.loading) body.append(el("div", { class: "thinking" }, `${message.author.display} is thinking …`));
  if (message.content) body.append(markdown(message.content, names));
  for (const component of message.components) {
    body.append(render(component, names, (customId, values, node) => acts.click(message, customId, values, node)));
  }
  body.append(...beside(message));
  if (message.edited && message.content) body.append(el("span", { class: "edited" }, "(edited)"));
  if (message.thread) body.append(threadButton(message.thread, acts));
  if (message.ephemeral) {
    body.append(el("div", { class: "dismiss" }, "Only you can see this · ",
      el("button", { type: "button", class: "chip", "data-key": "dismiss", onclick: () => acts.dismiss(message) }, "Dismiss")));
  }
  return el("li", { class: message.ephemeral ? "message private" : "message", "data-message-id": message.id, tabindex: "-1" },
    used(message), replied(message, names, acts), avatar(message.author), body, tools(message, context, acts));
}

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
  el("b", {}, message.interaction.user.display), " used ", el("code", {}, message.interaction.name));

const head = (message) => el("div", { class: "head" },
  el("span", { class: "name", style: { color: message.author.bot ? "#dde1e8" : message.author.color } }, message.author.display),
  message.author.bot ? el("span", { class: "app" }, "APP") : null,
  el("time", {}, TIME.format(new Date(message.at))));

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
  }, el("b", { style: { color: reply.author.bot ? "#dde1e8" : reply.author.color } }, reply.author.display), " ", text));
}

// The beginning of a text in one line, as it reads: cut only once mentions, times and emoji have become words.
function firstWords(text, names) {
  const line = text.replace(/```(?:\w*\n)?/g, " ").replace(/\|\|[\s\S]+?\|\|/g, "▮▮▮").replace(/\s+/g, " ").replace(/(^| )(#{1,3}|-#|>) /g, "$1");
  const letters = [...LETTERS.segment(el("span", {}, ...inline(line, names)).textContent.trim())].map((one) => one.segment);
  return letters.length > QUOTED ? letters.slice(0, QUOTED - 1).join("").trimEnd() + "…" : letters.join("");
}

export const threadText = (thread) => [
  `↳ Thread: ${thread.name} · ${thread.count} ${thread.count === 1 ? "message" : "messages"}`,
  thread.locked ? " · locked" : "", thread.archived ? " · archived" : ""].join("");

const threadButton = (thread, acts) => el("button", {
  type: "button", class: "threadlink", "data-thread": thread.id, "data-key": "thread", onclick: () => acts.go(thread.id),
}, threadText(thread));

function attachment(one) {
  if (one.content_type?.startsWith("image/")) {
    const media = { url: one.url, width: one.width, height: one.height };
    return el("div", { class: "gallery n1" }, picture({ media, description: one.description, spoiler: one.filename.startsWith("SPOILER_") }));
  }
  return file({ url: one.url, name: one.filename, size: one.size });
}
