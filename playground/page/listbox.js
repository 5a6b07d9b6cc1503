// A list of suggestions above the composer, worked from the input that it belongs to.

import { el, freshId } from "./dom.js";

export class Listbox {
  constructor() {
    this.id = freshId("suggestions");
    this.root = el("ul", { class: "menu", role: "listbox", id: this.id, "aria-label": "Suggestions", hidden: true });
    this.items = [];
    this.at = -1;
    this.input = null;
  }

  get open() {
    return !this.root.hidden;
  }

  // `draw(item)` gives the nodes of one line; `at` is the line that Enter takes, -1 for none yet; `kind` is a class of the list.
  show(input, items, draw, pick, at = 0, kind = "") {
    Object.assign(this, { input, items, pick });
    this.root.replaceChildren(...items.map((one, index) => el("li", {
      role: "option", id: `${this.id}-${index}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); this.take(index); },
    }, ...draw(one))));
    this.root.className = `menu ${kind}`;
    this.root.hidden = !items.length;
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.id);
    if (input.tagName === "INPUT") { // a text area has no role that could say so
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-expanded", String(this.open));
    }
    this.mark(items.length ? at : -1);
  }

  hide() {
    this.root.hidden = true;
    if (this.input?.hasAttribute("aria-expanded")) this.input.setAttribute("aria-expanded", "false");
    this.input?.removeAttribute("aria-activedescendant");
  }

  mark(at) {
    this.at = at;
    [...this.root.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === at)));
    this.root.children[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.id}-${at}`);
  }

  take(index) {
    const item = this.items[index];
    this.hide();
    this.pick(item);
  }

  // Whether the key was for the list; then nobody else shall act on it.
  key(event) {
    if (!this.open) return false;
    const count = this.items.length;
    if (event.key === "ArrowDown") this.mark((this.at + 1) % count);
    else if (event.key === "ArrowUp") this.mark(this.at <= 0 ? count - 1 : this.at - 1);
    else if (event.key === "Escape") this.hide();
    else if ((event.key === "Enter" || event.key === "Tab") && this.at >= 0) this.take(this.at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
