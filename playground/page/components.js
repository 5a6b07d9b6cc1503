// Message components as Discord lays them out.

import { el } from "./dom.js";
import { markdown } from "./markdown.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

// `act(customId, values, node)` is called for a click; `context` knows names for mentions.
export function render(component, context, act) {
  const inner = () => (component.components ?? []).map((child) => render(child, context, act));
  switch (component.type) {
    case 1: return el("div", { class: "row" }, ...inner());
    case 2: return button(component, act);
    case 3: return select(component, act);
    case 9: return el("div", { class: "section" }, el("div", {}, ...inner()), render(component.accessory, context, act));
    case 10: return markdown(component.content, context);
    case 11: return picture(component, "");
    case 12: return gallery(component);
    case 13: return el("a", { href: component.file.url, download: component.name ?? "" }, component.name ?? "file");
    case 14: return component.divider === false ? el("div") : el("hr", { class: "divider" });
    case 17: return container(component, inner());
    default: return el("div");
  }
}

function container(component, children) {
  const color = component.accent_color === null || component.accent_color === undefined
    ? null : "#" + component.accent_color.toString(16).padStart(6, "0");
  return el("div", { class: "card", style: color ? { "border-left-color": color } : {} }, ...children);
}

function button(component, act) {
  const label = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  if (component.style === 5) {
    return el("a", { class: "press", href: component.url, target: "_blank", rel: "noopener noreferrer" }, label);
  }
  return el("button", {
    class: `press ${STYLES[component.style] ?? "secondary"}`, type: "button", disabled: component.disabled,
    "data-custom-id": component.custom_id, onclick: (event) => act(component.custom_id, null, event.currentTarget),
  }, label);
}

function select(component, act) {
  const options = component.options.map((one) => el("option", { value: one.value, selected: one.default }, one.label));
  const empty = el("option", { value: "", hidden: true, selected: !component.options.some((one) => one.default) }, component.placeholder ?? "Choose");
  return el("select", {
    class: "select", "aria-label": component.placeholder ?? "Choose",
    onchange: (event) => act(component.custom_id, [event.currentTarget.value], event.currentTarget),
  }, empty, ...options);
}

function gallery(component) {
  const shown = component.items.slice(0, 10);
  return el("div", { class: `gallery n${Math.min(4, shown.length)}` }, ...shown.map((item) => picture(item)));
}

function picture(item) {
  const image = el("img", { src: item.media.url, alt: item.description ?? "", width: item.media.width, height: item.media.height });
  const open = (event) => {
    const holder = event.currentTarget;
    if (holder.classList.contains("veiled")) return holder.classList.remove("veiled");
    enlarge(item);
  };
  return el("button", { type: "button", class: item.spoiler ? "veiled" : "", title: item.description ?? "", onclick: open }, image);
}

function enlarge(item) {
  const box = document.getElementById("lightbox");
  box.replaceChildren(el("img", { src: item.media.url, alt: item.description ?? "" }), el("p", {}, item.description ?? ""));
  box.onclick = () => box.close();
  box.showModal();
}
