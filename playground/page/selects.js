// Selects of options, people, roles and channels, for messages and forms alike: arrows look, Enter, Space or a click chooses.

import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";

export const STRING_SELECT = 3, USERS = 5, ROLES = 6, MENTIONABLES = 7, CHANNELS = 8;
const EMPTY = { [USERS]: "Choose people", [ROLES]: "Choose roles", [MENTIONABLES]: "Choose people or roles", [CHANNELS]: "Choose channels" };
const NONE = { value: "", label: "– none –" };

export const peopleChoices = (world) => [
  ...world.people.map((one) => ({ value: one.id, label: one.display, description: "@" + one.name })),
  { value: world.bot.id, label: world.bot.name, description: "the bot" },
];
export const roleChoices = (world) => world.roles.map((one) => ({ value: one.id, label: "@" + one.name.replace(/^@/, "") }));
export const channelChoices = (world, types) => world.channels
  .filter((one) => one.kind !== "dm" && (!types?.length || types.includes(one.type)))
  .map((one) => ({ value: one.id, label: (one.kind === "thread" ? "↳ " : "# ") + one.name }));

function choicesOf(component, world) {
  if (component.type === STRING_SELECT) return component.options.map((one) => ({ ...one, label: [one.emoji?.name, one.label].filter(Boolean).join(" ") }));
  const chosen = new Set((component.default_values ?? []).map((one) => String(one.id)));
  const found = component.type === USERS ? peopleChoices(world)
    : component.type === ROLES ? roleChoices(world)
      : component.type === CHANNELS ? channelChoices(world, component.channel_types)
        : [...peopleChoices(world), ...roleChoices(world)];
  return found.map((one) => ({ ...one, default: chosen.has(one.value) }));
}

// { root, node, values(), focus() }; `act(values, node)` is called when a choice is complete, in a form never.
export function select(component, world, act = null) {
  const made = new Select(component, choicesOf(component, world), act);
  return { root: made.root, node: made.trigger, values: () => [...made.chosen], focus: () => made.trigger.focus() };
}

class Select {
  constructor(component, choices, act) {
    this.choices = choices;
    this.act = act;
    this.few = component.required === false ? 0 : component.min_values ?? 1;
    this.many = Math.min(component.max_values ?? 1, Math.max(1, choices.length));
    this.several = this.many > 1;
    this.label = component.placeholder ?? EMPTY[component.type] ?? "Choose";
    this.before = choices.filter((one) => one.default).map((one) => one.value);
    this.chosen = [...this.before];
    this.at = -1;
    this.typed = "";
    this.options = !this.several && this.few === 0 && this.before.length ? [NONE, ...choices] : choices;
    this.build(component);
    this.draw();
  }

  build(component) {
    const id = freshId("select");
    this.trigger = el("div", {
      class: "select", role: "combobox", tabindex: component.disabled ? "-1" : "0", "aria-label": this.label, "aria-haspopup": "listbox",
      "aria-expanded": "false", "aria-controls": id, "aria-disabled": component.disabled ? "true" : null,
      "data-custom-id": component.custom_id, "data-key": component.custom_id,
      onclick: () => component.disabled || (this.open ? this.shut() : this.show()), onkeydown: (event) => component.disabled || this.key(event),
    });
    this.nodes = this.options.map((one, index) => el("div", {
      role: "option", id: `${id}-${index}`, "aria-selected": "false", "data-value": one.value,
      onmousedown: (event) => event.preventDefault(), onclick: () => this.take(index), onpointermove: () => this.mark(index),
    }, this.several ? el("span", { class: "box-mark", "aria-hidden": "true" }, icon("check", 14)) : null,
    el("span", { class: "words" }, one.label, one.description ? el("small", {}, one.description) : null),
    this.several ? null : icon("check", 18)));
    this.hint = el("small", {});
    this.done = this.several && this.act ? el("button", { type: "button", class: "press primary", onclick: () => this.finish() }, "Done") : null;
    this.list = el("div", { role: "listbox", id, "aria-label": this.label, "aria-multiselectable": this.several ? "true" : null }, ...this.nodes);
    this.popup = el("div", { class: "options", popover: "manual" }, this.list, this.several ? el("div", { class: "foot" }, this.hint, this.done) : null);
    this.popup.addEventListener("keydown", (event) => { if (event.key === "Escape") { swallow(event); this.undo(); } });
    this.root = el("div", { class: "selectbox", onfocusout: (event) => { if (this.open && event.relatedTarget && !this.root.contains(event.relatedTarget)) this.undo(false); } },
      this.trigger, this.popup);
    this.outside = (event) => {
      if (event.type === "pointerdown" ? this.root.contains(event.target) : this.popup.contains(event.target)) return;
      if (event.type !== "pointerdown" && this.root.isConnected) this.place();
      else if (this.done && !this.done.disabled && this.root.isConnected) this.finish(false);
      else this.undo(false);
    };
  }

  get open() {
    return this.popup.matches(":popover-open");
  }

  draw() {
    const names = this.choices.filter((one) => this.chosen.includes(one.value)).map((one) => one.label);
    this.trigger.replaceChildren(el("span", { class: names.length ? "words" : "words empty" }, names.join(", ") || this.label), icon("down", 18));
    this.options.forEach((one, index) => {
      const on = one === NONE ? !this.chosen.length : this.chosen.includes(one.value);
      this.nodes[index].setAttribute("aria-selected", String(on));
      this.nodes[index].toggleAttribute("data-full", this.several && !on && this.chosen.length >= this.many);
    });
    const { few, many } = this;
    this.hint.textContent = few === many ? `choose ${few}` : few > 0 ? `choose ${few} to ${many}` : `choose up to ${many}`;
    if (this.done) this.done.disabled = this.chosen.length < few;
  }

  show() {
    this.popup.showPopover();
    this.trigger.setAttribute("aria-expanded", "true");
    const first = this.options.findIndex((one) => this.chosen.includes(one.value));
    this.place();
    this.mark(Math.max(0, first));
    for (const name of ["pointerdown", "scroll"]) document.addEventListener(name, this.outside, true);
    window.addEventListener("resize", this.outside);
  }

  // Below the field, or above it where there is more room.
  place() {
    const spot = this.trigger.getBoundingClientRect();
    const [below, above] = [innerHeight - spot.bottom - 12, spot.top - 12];
    const wanted = Math.min(this.list.scrollHeight + (this.several ? 60 : 16), 340);
    const up = below < wanted && above > below;
    this.popup.style.maxHeight = `${Math.min(wanted, up ? above : below)}px`;
    this.popup.style.width = `${spot.width}px`;
    this.popup.style.left = `${spot.left}px`;
    this.popup.style.top = up ? "auto" : `${spot.bottom + 4}px`;
    this.popup.style.bottom = up ? `${innerHeight - spot.top + 4}px` : "auto";
  }

  shut(focus = true) {
    if (this.open) this.popup.hidePopover();
    for (const name of ["pointerdown", "scroll"]) document.removeEventListener(name, this.outside, true);
    window.removeEventListener("resize", this.outside);
    this.trigger.setAttribute("aria-expanded", "false");
    this.trigger.removeAttribute("aria-activedescendant");
    if (focus) this.trigger.focus({ preventScroll: true });
  }

  // Closed without a choice: in a message what was marked is forgotten, a form keeps it until it is sent.
  undo(focus = true) {
    if (this.act) this.chosen = [...this.before];
    this.draw();
    this.shut(focus);
  }

  finish(focus = true) {
    this.shut(focus);
    if (this.chosen.join("\n") !== this.before.join("\n")) this.act(this.chosen, this.trigger);
  }

  mark(at) {
    this.at = at;
    this.nodes.forEach((node, index) => node.classList.toggle("here", index === at));
    this.nodes[at]?.scrollIntoView({ block: "nearest" });
    this.trigger.setAttribute("aria-activedescendant", this.nodes[at]?.id ?? "");
  }

  take(index) {
    const { value } = this.options[index];
    const had = this.chosen.includes(value);
    if (!this.several) {
      this.chosen = value === "" ? [] : [value];
      this.draw();
      this.shut();
      if (this.act) { if (!had) this.act(this.chosen, this.trigger); } else this.changed();
      return;
    }
    if (!had && this.chosen.length >= this.many) return;
    const picked = had ? this.chosen.filter((one) => one !== value) : [...this.chosen, value];
    this.chosen = this.choices.map((one) => one.value).filter((one) => picked.includes(one));
    this.draw();
    if (!this.act) this.changed();
  }

  changed() {
    this.trigger.dispatchEvent(new Event("change", { bubbles: true }));
  }

  key(event) {
    const last = this.options.length - 1;
    const letter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!this.open) {
      if (!["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key) && !letter) return;
      this.show();
      if (letter) this.seek(event.key);
    } else if (event.key === "ArrowDown") this.mark(Math.min(last, this.at + 1));
    else if (event.key === "ArrowUp") this.mark(Math.max(0, this.at - 1));
    else if (event.key === "Home" || event.key === "End") this.mark(event.key === "Home" ? 0 : last);
    else if (event.key === "Enter" || event.key === " ") this.take(this.at);
    else if (event.key === "Escape") this.undo();
    else if (letter) this.seek(event.key);
    else if (event.key === "Tab" && !this.done) { this.shut(); return; }
    else return;
    swallow(event);
  }

  // Typed letters lead to the next option that begins so.
  seek(letter) {
    clearTimeout(this.forget);
    this.typed += letter.toLowerCase();
    this.forget = setTimeout(() => { this.typed = ""; }, 700);
    const found = this.options.findIndex((one) => one.label.replace(/^[@#↳ ]+/, "").toLowerCase().startsWith(this.typed));
    if (found >= 0) this.mark(found);
  }
}

// The key was for the select: neither the form around it nor the message under it acts on it.
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
