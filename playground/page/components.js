// Message components as Discord lays them out.

import { el, sizeText } from "./dom.js";
import { enlarge } from "./lightbox.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { select } from "./selects.js";

const LARGEST = { width: 550, height: 400 };
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

// `act(customId, values, node)` is called for a click; `context` knows names for mentions, and the world for selects.
export function render(component, context, act) {
  const inner = () => (component.components ?? []).map((child) => render(child, context, act));
  switch (component.type) {
    case 1: return el("div", { class: "row" }, ...inner());
    case 2: return button(component, act);
    case 3: case 5: case 6: case 7: case 8:
      return select(component, context.world, (values, node) => act(component.custom_id, values, node)).root;
    case 9: return el("div", { class: "section" }, el("div", {}, ...inner()), render(component.accessory, context, act));
    case 10: return markdown(component.content, context);
    case 11: return picture(component, "thumb");
    case 12: return gallery(component);
    case 13: return veil(component, file({ url: component.file.url, name: component.name, size: component.size }));
    case 14: return separator(component);
    case 17: return container(component, inner());
    default: return el("div");
  }
}

function container(component, children) {
  const color = component.accent_color === null || component.accent_color === undefined
    ? null : "#" + component.accent_color.toString(16).padStart(6, "0");
  return veil(component, el("div", { class: "card", style: color ? { "border-left-color": color } : {} }, ...children));
}

// What is a spoiler stays covered until it is clicked.
function veil(component, node) {
  if (!component.spoiler) return node;
  const cover = el("button", { type: "button", class: "cover", onclick: () => { box.classList.remove("covered"); cover.remove(); node.inert = false; } }, "Spoiler – click to show");
  const box = el("div", { class: "covered" }, node, cover);
  node.inert = true;
  return box;
}

function separator(component) {
  const wide = component.spacing === 2 ? " wide" : "";
  return component.divider === false ? el("div", { class: "space" + wide }) : el("hr", { class: "divider" + wide });
}

function button(component, act) {
  const label = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  if (component.style === 5) {
    return el("a", { class: "press", href: component.url, target: "_blank", rel: "noopener noreferrer" }, label);
  }
  return el("button", {
    class: `press ${STYLES[component.style] ?? "secondary"}`, type: "button", disabled: component.disabled,
    "data-custom-id": component.custom_id, "data-key": component.custom_id, onclick: (event) => act(component.custom_id, null, event.currentTarget),
  }, label);
}

function gallery(component) {
  const shown = component.items.slice(0, 10);
  return el("div", { class: `gallery n${Math.min(4, shown.length)}` }, ...shown.map((item) => picture(item)));
}

// The room for a picture is kept before it has come, so nothing jumps.
export function picture(item, kind = "") {
  const words = item.description ?? "";
  const { url, width, height } = item.media;
  const share = Math.min(1, LARGEST.width / (width || 1), LARGEST.height / (height || 1));
  const image = el("img", {
    src: url, loading: "lazy", decoding: "async", width: width && Math.round(width * share), height: height && Math.round(height * share),
    "data-width": width, "data-height": height,
  });
  const node = el("button", {
    type: "button", class: `picture ${kind}`, "data-key": `picture-${url.split("?")[0]}`,
    onclick: () => (node.classList.contains("veiled") ? veiled(false) : enlarge(node)),
  }, image);
  // What a spoiler hides is not told by its words either.
  const veiled = (hidden) => {
    node.classList.toggle("veiled", hidden);
    image.alt = hidden ? "" : words;
    node.title = hidden ? "" : words;
    node.setAttribute("aria-label", hidden ? "Spoiler: click to show the picture" : words ? `Enlarge: ${words}` : "Enlarge the picture");
  };
  veiled(Boolean(item.spoiler));
  return node;
}

export function file({ url, name, size }) {
  return el("a", { class: "filecard", href: url, download: name ?? "" },
    el("span", { class: "paper", "aria-hidden": "true" }, "▤"),
    el("span", {}, name ?? "file", size === null || size === undefined ? null : el("small", {}, sizeText(size))),
    icon("down", 18));
}
