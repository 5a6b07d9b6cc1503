// The line below a composer: who is typing, and whether the bot is thinking about what was asked here.

import { el } from "./dom.js";

const LASTS_MS = 9000;

export class Typing {
  constructor(box, world) {
    Object.assign(this, { box, world, typists: new Map(), thinking: new Set() });
  }

  clear() {
    for (const { timer } of this.typists.values()) clearTimeout(timer);
    this.typists.clear();
    this.thinking.clear();
    this.draw();
  }

  types(person) {
    this.stops(person.id);
    this.typists.set(person.id, { name: person.display, timer: setTimeout(() => this.stops(person.id), LASTS_MS) });
    this.draw();
  }

  stops(id) {
    clearTimeout(this.typists.get(id)?.timer);
    if (this.typists.delete(id)) this.draw();
  }

  thinks(nonce, on) {
    if (on) this.thinking.add(nonce);
    else this.thinking.delete(nonce);
    this.draw();
  }

  draw() {
    const names = [...this.typists.values()].map((one) => one.name);
    const typing = names.length ? `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing …` : "";
    const text = this.thinking.size ? `${this.world.bot.name} is thinking …` : typing;
    if (this.box.textContent === text) return;
    this.box.replaceChildren(...(text ? [el("span", { class: "dots", "aria-hidden": "true" }), text] : []));
  }
}
