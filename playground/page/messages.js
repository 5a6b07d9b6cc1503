// One message as a list item.

import { avatar, el } from "./dom.js";
import { render } from "./components.js";
import { markdown } from "./markdown.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function messageNode(message, context, act, dismiss) {
  const names = { ...context, mentions: message.mentions };
  const body = el("div", { class: "body" }, head(message));
  if (message.content) body.append(markdown(message.content, names));
  for (const component of message.components) {
    body.append(render(component, names, (customId, values, node) => act(message, customId, values, node)));
  }
  for (const file of message.attachments) body.append(attachment(file));
  if (message.edited && message.content) body.append(el("span", { class: "edited" }, "(edited)"));
  if (message.ephemeral) {
    body.append(el("div", { class: "dismiss" }, "Only you can see this · ",
      el("button", { type: "button", class: "chip", onclick: () => dismiss(message) }, "Dismiss")));
  }
  return el("li", { class: message.ephemeral ? "message private" : "message", "data-message-id": message.id },
    used(message), avatar(message.author), body);
}

const used = (message) => message.interaction && el("div", { class: "used" },
  el("b", {}, message.interaction.user.display), " used ", el("code", {}, message.interaction.name));

const head = (message) => el("div", { class: "head" },
  el("span", { class: "name", style: { color: message.author.bot ? "#dde1e8" : message.author.color } }, message.author.display),
  message.author.bot ? el("span", { class: "app" }, "APP") : null,
  el("time", {}, TIME.format(new Date(message.at))));

function attachment(file) {
  if (file.content_type?.startsWith("image/")) {
    return el("div", { class: "gallery n1" }, el("img", { src: file.url, alt: file.description ?? "" }));
  }
  return el("a", { href: file.url, download: file.filename }, file.filename);
}
