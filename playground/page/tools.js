// What can be done with a message: a small bar on hover or focus, and a menu by right click, Shift+F10, a long press or its "⋯".

import { el, narrow } from "./dom.js";
import { icon } from "./icons.js";
import { address } from "./links.js";
import { openMenu } from "./menu.js";

const LONG_PRESS_MS = 500;

const messageCommands = (world, place) => world.commands.filter((one) => one.type === 3 && (one.contexts?.includes(place) ?? true));

export function tools(message, context, acts) {
  const who = message.author.display;
  const more = el("button", {
    type: "button", class: "tool", "data-key": "more", "aria-haspopup": "menu", "aria-label": `More for the message of ${who}`, title: "More",
    onclick: () => { const spot = more.getBoundingClientRect(); messageMenu(message, context, acts, { x: spot.left, y: spot.bottom + 4 }, more); },
  }, icon("more"));
  const reply = message.ephemeral ? null : el("button", {
    type: "button", class: "tool", "data-key": "reply", "aria-label": `Reply to ${who}`, title: "Reply", onclick: () => acts.reply(message),
  }, icon("reply"));
  return el("div", { class: "tools" }, reply, more);
}

export function messageMenu(message, context, acts, at, back) {
  const { me } = context.world;
  const apps = message.ephemeral ? [] : messageCommands(context.world, context.place);
  const mine = !message.ephemeral && (message.author.id === me.id || me.moderator);
  const commands = apps.map((one) => ({ label: one.shown, app: one.name, act: () => acts.menu(message, one.name) }));
  const items = [
    message.ephemeral ? { label: "Dismiss message", act: () => acts.dismiss(message) } : { label: "Reply", hint: "R", act: () => acts.reply(message) },
    ...(commands.length ? [{ label: "Apps", sub: commands }] : []),
    null,
    ...(message.content ? [{ label: "Copy text", act: () => copy(message.content, acts) }] : []),
    { label: "Copy message link", act: () => copy(linkOf(message, context), acts) },
    ...(mine ? [null, { label: "Delete message", danger: true, confirm: "Really delete it?", act: () => acts.dismiss(message) }] : []),
  ];
  const node = back?.closest("[data-message-id]");
  node?.classList.add("chosen");
  openMenu(items, at, { label: "Message", back }).onclose = () => node?.classList.remove("chosen");
}

// Right click, the menu key, Shift+F10 and a long press all mean the message that they are made on.
export function menusOf(node, message, context, acts) {
  let timer = 0;
  let held = false;
  const stop = () => clearTimeout(timer);
  const under = () => { const spot = node.getBoundingClientRect(); return { x: spot.left + 72, y: Math.max(spot.top, 60) + 24 }; };
  node.addEventListener("contextmenu", (event) => {
    if (event.shiftKey || event.target.closest("a[href], input, textarea") || String(getSelection())) return; // the browser's own menu
    event.preventDefault();
    const byKey = event.clientX === 0 && event.clientY === 0;
    messageMenu(message, context, acts, byKey ? under() : { x: event.clientX, y: event.clientY }, focused(node));
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
    event.preventDefault();
    messageMenu(message, context, acts, under(), focused(node));
  });
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") return;
    held = false;
    timer = setTimeout(() => { held = true; messageMenu(message, context, acts, { x: event.clientX, y: event.clientY }, focused(node)); }, LONG_PRESS_MS);
  });
  // The finger that opened the menu does not press what lies under it as well.
  node.addEventListener("click", (event) => {
    if (held) { event.preventDefault(); event.stopPropagation(); }
    held = false;
  }, true);
  for (const name of ["pointerup", "pointercancel", "pointermove"]) node.addEventListener(name, stop);
}

const focused = (node) => (node.contains(document.activeElement) ? document.activeElement : narrow() ? null : node);

function linkOf(message, context) {
  const guild = context.place === 0 ? context.guild : null;
  return address(guild, message.channel, message.id);
}

// The clipboard may be refused: then the text stands there, ready to be copied by hand.
async function copy(text, acts) {
  try {
    await navigator.clipboard.writeText(text);
    acts.note("Copied.", "good");
  } catch {
    acts.note(text, "good");
  }
}
