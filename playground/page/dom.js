// Small words for making elements; every text goes in as text, never as HTML.

import { behindWhite } from "./colors.js";

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// New children for a box; what had the focus has it again, if it came back under the same `data-key`.
export function refill(box, ...children) {
  keepingFocus(box, () => { box.replaceChildren(...children.filter(Boolean)); return box; });
}

export function keepingFocus(old, change) {
  const had = old.contains(document.activeElement);
  const key = had ? document.activeElement.dataset.key : undefined;
  const now = change();
  if (!had) return;
  const same = key === undefined ? null : now.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  (same ?? (now.tabIndex >= -1 && now.hasAttribute("tabindex") ? now : null))?.focus({ preventScroll: true });
}

let ids = 0;
export const freshId = (word) => `${word}-${ids += 1}`;

export const avatar = (person) =>
  el("span", { class: "avatar", style: { background: behindWhite(person.color) }, "aria-hidden": "true" }, person.avatar);

export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}

export const narrow = () => matchMedia("(max-width: 720px)").matches;
