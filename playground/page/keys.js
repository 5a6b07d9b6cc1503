// The keyboard's way through the messages: one tab stop in all of them, arrows from one to the next, Enter into one.

import { el } from "./dom.js";

const CONTROLS = "a[href], button, input, textarea, summary, [role=combobox], .spoiler";

export class Roving {
  // `list` holds the messages; `acts` are { leave(), reply(node) }.
  constructor(list, acts) {
    this.list = list;
    this.acts = acts;
    this.here = null;
    list.addEventListener("focusin", (event) => this.enter(event.target.closest("[data-message-id]")));
    list.addEventListener("keydown", (event) => this.key(event));
  }

  // A new or changed message: its controls are out of the way until somebody is in it.
  add(node) {
    const entered = node === this.here;
    node.tabIndex = entered ? 0 : -1;
    if (!entered) this.close(node);
  }

  // Where Tab comes to: the message that one was in, else the newest.
  settle() {
    if (this.here?.isConnected) return;
    this.enter(this.list.querySelector(":scope > [data-message-id]:last-child"));
  }

  replaced(old, now) {
    if (this.here === old) { this.here = now; this.open(now); now.tabIndex = 0; }
  }

  enter(node) {
    if (!node || node === this.here) return;
    if (this.here) { this.here.tabIndex = -1; this.close(this.here); }
    this.here = node;
    node.tabIndex = 0;
    this.open(node);
  }

  open(node) {
    for (const one of node.querySelectorAll("[data-parked]")) {
      one.tabIndex = Number(one.dataset.parked);
      delete one.dataset.parked;
    }
  }

  close(node) {
    for (const one of node.querySelectorAll(CONTROLS)) {
      if (one.tabIndex < 0) continue;
      one.dataset.parked = one.tabIndex;
      one.tabIndex = -1;
    }
  }

  key(event) {
    const node = event.target.closest("[data-message-id]");
    if (!node || event.defaultPrevented) return;
    if (event.target !== node) {
      if (event.key === "Escape") { event.preventDefault(); node.focus(); }
      return;
    }
    const all = [...this.list.querySelectorAll(":scope > [data-message-id]")];
    const at = all.indexOf(node);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      all[to]?.focus();
      all[to]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") node.querySelector(":scope > .body :is(" + CONTROLS + "):not(:disabled)")?.focus();
    else if (event.key === "Escape") this.acts.leave();
    else if (event.key === "r" && !event.ctrlKey && !event.metaKey && !event.altKey) this.acts.reply(node);
    else return;
    event.preventDefault();
  }
}

export const typing = (node) => Boolean(node?.closest?.("input, textarea, select, [contenteditable]"));

// What happens in the messages, said politely and once; the last few lines are enough.
export function announce(text) {
  const box = document.getElementById("announcer");
  box.append(el("p", {}, text));
  while (box.childElementCount > 8) box.firstChild.remove();
}
