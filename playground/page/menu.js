// A menu at a place of the page, as a right click opens it; submenus open beside it.

import { el, narrow } from "./dom.js";
import { icon } from "./icons.js";

let current = null;

export const closeMenu = () => current?.close();

// `items` are { label, act, danger, confirm, sub, data } or null for a line; `at` is { x, y }; `back` has the focus again afterwards.
export function openMenu(items, at, { label, back = document.activeElement } = {}) {
  closeMenu();
  const roots = [];
  const close = (focus = true) => {
    if (current !== mine) return;
    current = null;
    for (const one of roots) one.remove();
    for (const [name, one] of Object.entries(away)) document.removeEventListener(name, one, true);
    mine.onclose?.();
    if (focus && back?.isConnected) back.focus({ preventScroll: true });
  };
  const mine = { close, onclose: null, back };
  const away = {
    pointerdown: (event) => { if (!roots.some((one) => one.contains(event.target))) close(false); },
    wheel: (event) => { if (!roots.some((one) => one.contains(event.target))) close(false); },
  };
  current = mine;
  const layer = document.querySelector("dialog[open]") ?? document.body;

  function level(entries, spot, name, opener = null) {
    const root = el("div", { class: "context", role: "menu", "aria-label": name, popover: "manual" },
      ...entries.map((one) => (one === null ? el("hr", { class: "divider" }) : item(one))));
    roots.push(root);
    layer.append(root);
    root.showPopover?.();
    settle(root, spot, opener);
    root.addEventListener("keydown", (event) => key(event, root, opener));
    root.addEventListener("contextmenu", (event) => event.preventDefault());
    return root;
  }

  function item(one) {
    const node = el("button", {
      type: "button", role: "menuitem", tabindex: "-1", class: one.danger ? "bad" : null, "aria-haspopup": one.sub ? "menu" : null,
      "aria-expanded": one.sub ? "false" : null, "data-app": one.app, onclick: () => chosen(one, node),
      onpointerenter: (event) => { if (event.pointerType === "mouse") { node.focus({ preventScroll: true }); only(node); if (one.sub) open(one, node); } },
    }, el("span", {}, one.label), one.sub ? icon("right", 16) : one.hint ? el("kbd", {}, one.hint) : null);
    return node;
  }

  function chosen(one, node) {
    if (one.sub) return open(one, node).querySelector("[role=menuitem]").focus();
    if (one.confirm && !node.dataset.sure) {
      node.dataset.sure = "yes";
      node.firstChild.textContent = one.confirm;
      return undefined;
    }
    close();
    return one.act();
  }

  function open(one, node) {
    if (node.sub?.isConnected) return node.sub;
    node.setAttribute("aria-expanded", "true");
    const spot = node.getBoundingClientRect();
    node.sub = level(one.sub, { x: spot.right, y: spot.top - 6 }, one.label, node);
    return node.sub;
  }

  // Closes the submenus of a level, except that of `node`.
  function only(node) {
    const at = roots.findIndex((one) => one.contains(node));
    if (node.sub?.isConnected && roots[at + 1] === node.sub) return;
    for (const one of roots.splice(at + 1)) one.remove();
    for (const one of roots[at].querySelectorAll("[aria-expanded=true]")) if (one !== node) one.setAttribute("aria-expanded", "false");
  }

  function key(event, root, opener) {
    const entries = [...root.querySelectorAll("[role=menuitem]")];
    const here = entries.indexOf(document.activeElement);
    const to = { ArrowDown: (here + 1) % entries.length, ArrowUp: here <= 0 ? entries.length - 1 : here - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) { entries[to].focus(); only(entries[to]); }
    else if (event.key === "ArrowRight" && entries[here]?.hasAttribute("aria-haspopup")) entries[here].click();
    else if (opener && (event.key === "ArrowLeft" || event.key === "Escape")) { opener.focus(); opener.sub = null; only(opener); opener.setAttribute("aria-expanded", "false"); }
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  level(narrow() ? flat(items) : items, at, label).querySelector("[role=menuitem]").focus({ preventScroll: true });
  for (const [name, one] of Object.entries(away)) document.addEventListener(name, one, true);
  return mine;
}

// A phone has no room beside a menu: what a submenu holds stands in the menu itself.
const flat = (items) => items.flatMap((one) => (one?.sub ? [null, ...one.sub, ...(items[items.indexOf(one) + 1] === null ? [] : [null])] : [one]));

// Within the window; on a phone the menu is a sheet at its lower edge, and needs no place.
function settle(root, { x, y }, opener) {
  if (narrow()) return;
  const { offsetWidth: width, offsetHeight: height } = root;
  const left = x + width > innerWidth - 8 ? (opener ? opener.getBoundingClientRect().left - width : x - width) : x;
  root.style.left = `${Math.max(8, left)}px`;
  root.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}
