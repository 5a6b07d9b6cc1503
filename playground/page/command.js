// The command that was chosen, with its options as fields.

import { el, freshId } from "./dom.js";
import { fieldFor, isFile, isWide } from "./fields.js";
import { icon } from "./icons.js";

export class CommandLine {
  // `home` are { world, listbox, note(text), leave(), complete(frame, answer), send(name, options, line) }.
  constructor(command, home, values = {}) {
    Object.assign(this, { command, home, fields: new Map() });
    this.box = el("div", { class: "box" }, el("span", { class: "cmd" }, "/" + command.shown));
    this.chips = el("div", { class: "chips" });
    for (const option of command.options) if (option.required || values[option.name] !== undefined) this.add(option, values[option.name]);
    this.offer();
  }

  focus() {
    const fields = [...this.fields.values()];
    (fields.find((field) => field.empty()) ?? fields[0] ?? this.chips.querySelector(".send"))?.focus();
  }

  add(option, value) {
    const field = fieldFor(option, { world: this.home.world, listbox: this.home.listbox, complete: (one, answer) => this.complete(one, answer) });
    if (value instanceof File) field.files?.take([value]);
    else if (value !== undefined) field.set(value);
    field.shown = option.shown;
    this.fields.set(option.name, field);
    field.node.id = freshId(`option-${option.name}`);
    for (const name of ["input", "change"]) field.root.addEventListener(name, () => this.mend(field));
    const close = option.required ? null : el("button", {
      type: "button", class: "off", "aria-label": `Remove ${option.shown}`, onclick: () => this.drop(option.name),
    }, icon("close", 14));
    this.box.append(el("span", { class: isWide(option) ? "pill wide" : "pill", "data-pill": option.name },
      el("label", { for: field.node.id, title: option.description }, option.shown), field.root, close));
  }

  // The mark of a fault goes as soon as somebody sets about mending it.
  mend(field) {
    field.node.removeAttribute("aria-invalid");
    if (field.root.closest(".pill.wrong")) this.home.note("");
    field.root.closest(".pill")?.classList.remove("wrong");
  }

  drop(name) {
    this.fields.delete(name);
    this.box.querySelector(`[data-pill="${CSS.escape(name)}"]`).remove();
    this.offer();
    this.focus();
  }

  // Files go into the options that take one and have none.
  take(files) {
    for (const file of files) {
      const option = this.command.options.filter(isFile).find((one) => this.fields.get(one.name)?.empty() ?? true);
      if (!option) { this.home.note("This command takes no more files."); return; }
      if (!this.fields.has(option.name)) { this.add(option); this.offer(); }
      this.fields.get(option.name).files.take([file]);
    }
  }

  // The options that may be added.
  offer() {
    const left = this.command.options.filter((one) => !this.fields.has(one.name));
    this.chips.replaceChildren(
      ...left.map((one) => el("button", {
        type: "button", class: "chip", title: one.description, "data-add": one.name,
        onclick: () => { this.add(one); this.offer(); this.fields.get(one.name).focus(); },
      }, "+ " + one.shown)),
      el("button", { type: "button", class: "send", onclick: () => this.send() }, "Send"),
      el("button", { type: "button", class: "chip", title: "Leave this command (Esc)", onclick: () => this.home.leave() }, "Cancel"));
  }

  // Ask the bot for choices of the option that is being typed into.
  complete(option, answer) {
    const options = {};
    for (const one of this.command.options) {
      const field = this.fields.get(one.name);
      if (!field || field.files) continue;
      const value = one.name === option.name ? field.partial() : field.get();
      if (value !== undefined) options[one.name] = value;
    }
    this.home.complete({ name: this.command.name, focused: option.name, options }, answer);
  }

  key(event) {
    if (event.key === "Escape") { event.preventDefault(); this.home.leave(); }
    if (event.key === "Enter" && !event.isComposing && event.target.tagName !== "BUTTON") { event.preventDefault(); this.send(); }
  }

  // The first field with a fault is marked and said; gives whether there is one.
  faulty() {
    for (const field of this.fields.values()) {
      const wrong = field.fault();
      field.root.closest(".pill").classList.toggle("wrong", Boolean(wrong));
      if (!wrong) continue;
      if (field.node.tagName === "INPUT") field.node.setAttribute("aria-invalid", "true");
      this.home.note(`${field.shown}: ${wrong}`);
      field.focus();
      return true;
    }
    return false;
  }

  async send() {
    const button = this.chips.querySelector(".send");
    if (button.disabled || this.faulty()) return;
    button.disabled = true;
    const options = {};
    try {
      for (const [name, field] of this.fields) {
        const value = await field.get();
        if (value !== undefined) options[name] = value;
      }
      this.home.send(this.command.name, options, this);
    } catch (error) {
      this.home.note(error.message);
    } finally {
      button.disabled = false;
    }
  }
}
