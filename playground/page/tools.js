// What can be done with a message: a small bar on hover or focus, and a menu behind its "⋯".

import { el } from "./dom.js";
import { address } from "./links.js";

export const messageCommands = (world) => world.commands.filter((one) => one.type === 3 && (one.contexts?.includes(world.place) ?? true));

export function tools(message, context, acts) {
  const more = el("button", {
    type: "button", class: "tool", "data-key": "more", "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-label": `More for the message of ${message.author.display}`, onclick: () => openMenu(),
  }, "⋯");
  const reply = message.ephemeral ? null : el("button", {
    type: "button", class: "tool", tabindex: "-1", "aria-label": "Reply", title: "Reply", onclick: () => acts.reply(message),
  }, "↩");
  const bar = el("div", { class: "tools" }, reply, more);
  const openMenu = () => (bar.querySelector(".popup") ? close() : show(bar, more, message, context, acts, close));
  function close(focus = true) {
    bar.querySelector(".popup")?.remove();
    bar.classList.remove("open", "up");
    more.setAttribute("aria-expanded", "false");
    if (focus) more.focus();
  }
  bar.addEventListener("focusout", (event) => {
    if (bar.classList.contains("open") && event.relatedTarget && !bar.contains(event.relatedTarget)) close(false);
  });
  return bar;
}

function show(bar, more, message, context, acts, close) {
  const item = (label, act, attributes = {}) => el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: act, ...attributes }, label);
  const once = (act) => () => { close(); act(); };
  const me = context.world.me;
  const apps = message.ephemeral ? [] : messageCommands(context.world);
  const mine = !message.ephemeral && (message.author.id === me.id || me.moderator);
  const popup = el("div", { class: "popup", role: "menu", "aria-label": "Message" },
    message.ephemeral ? null : item("Reply", once(() => acts.reply(message))),
    apps.length ? el("p", { class: "hint", role: "presentation" }, "Apps") : null,
    ...apps.map((one) => item(one.name, once(() => acts.menu(message, one.name, bar)), { "data-app": one.name })),
    apps.length ? el("hr", { class: "divider" }) : null,
    item("Copy link", (event) => copy(event.currentTarget, message, context)),
    mine ? item("Delete message", (event) => remove(event.currentTarget, once(() => acts.dismiss(message))), { class: "bad" }) : null);
  bar.append(popup);
  bar.classList.add("open");
  const frame = document.getElementById("scroll").getBoundingClientRect();
  const spot = bar.getBoundingClientRect();
  bar.classList.toggle("up", spot.bottom + popup.offsetHeight > frame.bottom && spot.top - popup.offsetHeight > frame.top);
  more.setAttribute("aria-expanded", "true");
  popup.addEventListener("keydown", (event) => key(event, popup, close));
  popup.querySelector("[role=menuitem]").focus();
  const outside = (event) => {
    if (popup.isConnected && !bar.contains(event.target)) close(false);
    if (!popup.isConnected) document.removeEventListener("pointerdown", outside);
  };
  document.addEventListener("pointerdown", outside);
}

function key(event, popup, close) {
  const items = [...popup.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % items.length, ArrowUp: at <= 0 ? items.length - 1 : at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Escape") close();
  else if (to !== undefined && !(event.target.tagName === "INPUT" && event.key.length < 5)) items[to].focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// The clipboard may be refused: then the address stands there, ready to be copied by hand.
async function copy(item, message, context) {
  const guild = context.world.channels.find((one) => one.id === message.channel)?.kind === "dm" ? null : context.guild;
  const link = address(guild, message.channel, message.id);
  let field = item.nextElementSibling;
  if (!field?.classList.contains("link")) {
    field = el("input", { class: "link", readonly: true, "aria-label": "Link to the message", value: link });
    item.after(field);
  }
  try {
    await navigator.clipboard.writeText(link);
    item.textContent = "Copied";
  } catch {
    item.textContent = "Copy it from here";
  }
  field.focus();
  field.select();
}

function remove(item, act) {
  if (item.dataset.sure) return act();
  item.dataset.sure = "yes";
  item.textContent = "Really delete it?";
  return undefined;
}
