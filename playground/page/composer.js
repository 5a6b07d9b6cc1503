// Where a person types: the list of commands, the options as pills, and plain messages.

import { el } from "./dom.js";

const STRING = 3, INTEGER = 4, BOOLEAN = 5, NUMBER = 10;
const SUBCOMMAND = 1, GROUP = 2;

// Every slash command with its subcommands as commands of their own: "settings quota".
export function flatten(commands) {
  return commands.filter((one) => (one.type ?? 1) === 1).flatMap((one) => branch(one, one.name));
}

function branch(node, name) {
  const below = (node.options ?? []).filter((one) => one.type === SUBCOMMAND || one.type === GROUP);
  if (below.length) return below.flatMap((one) => branch(one, `${name} ${one.name}`));
  return [{ name, description: node.description, options: node.options ?? [] }];
}

export class Composer {
  constructor(root, { command, say }) {
    this.root = root;
    this.onCommand = command;
    this.onSay = say;
    this.commands = [];
    this.channel = "";
    this.plain();
  }

  setCommands(commands) {
    this.commands = flatten(commands);
    if (!this.chosen) this.suggest();
  }

  setChannel(name) {
    this.channel = name;
    if (!this.chosen) this.plain(this.input?.value ?? "");
  }

  // The plain line.
  plain(text = "") {
    this.chosen = null;
    this.input = el("input", {
      type: "text", "aria-label": "Message", placeholder: `Message #${this.channel} – type / for commands`, autocomplete: "off",
      oninput: () => this.suggest(), onkeydown: (event) => this.plainKey(event),
    });
    this.input.value = text;
    this.menu = el("ul", { class: "menu", role: "listbox", hidden: true });
    this.root.replaceChildren(this.menu, el("div", { class: "box" }, this.input));
    this.suggest();
  }

  suggest() {
    const typed = this.input.value;
    const word = typed.startsWith("/") && !typed.includes(":") ? typed.slice(1).trim().toLowerCase() : null;
    this.found = word === null ? [] : this.commands.filter((one) => one.name.startsWith(word));
    this.at = 0;
    this.menu.hidden = !this.found.length;
    this.menu.replaceChildren(...this.found.map((one, index) => el("li", {
      role: "option", "aria-selected": String(index === 0),
      onmousedown: (event) => { event.preventDefault(); this.choose(one); },
    }, el("b", {}, "/" + one.name), el("span", {}, one.description))));
  }

  move(step) {
    this.at = (this.at + step + this.found.length) % this.found.length;
    [...this.menu.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === this.at)));
    this.menu.children[this.at].scrollIntoView({ block: "nearest" });
  }

  plainKey(event) {
    const open = !this.menu.hidden;
    if (open && event.key === "ArrowDown") return event.preventDefault(), this.move(1);
    if (open && event.key === "ArrowUp") return event.preventDefault(), this.move(-1);
    if (open && event.key === "Escape") { this.menu.hidden = true; return undefined; }
    if (open && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      event.stopPropagation(); // the same key must not send the command it has just chosen
      return this.choose(this.found[this.at]);
    }
    if (event.key !== "Enter" || !this.input.value.trim()) return undefined;
    return this.sendPlain(this.input.value.trim());
  }

  // `/imagine prompt:a cat model:max`, or an ordinary message.
  sendPlain(text) {
    if (!text.startsWith("/")) { this.onSay(text); return this.plain(); }
    const command = [...this.commands].sort((a, b) => b.name.length - a.name.length)
      .find((one) => text.slice(1) === one.name || text.slice(1).startsWith(one.name + " "));
    if (!command) return this.note("There is no such command here. Type / to see them all.");
    return this.choose(command, parse(command, text.slice(command.name.length + 1)), true);
  }

  // The chosen command with its options.
  choose(command, values = {}, send = false) {
    this.chosen = command;
    this.fields = new Map();
    const box = el("div", { class: "box" }, el("span", { class: "cmd" }, "/" + command.name));
    this.chips = el("div", { class: "chips" });
    this.root.replaceChildren(box, this.chips);
    this.box = box;
    for (const option of command.options) if (option.required || values[option.name] !== undefined) this.add(option, values[option.name]);
    this.offer();
    this.root.onkeydown = (event) => this.pillKey(event);
    if (send) return this.send();
    return this.focusFirst();
  }

  focusFirst() {
    const fields = [...this.fields.values()];
    (fields.find((field) => !field.value) ?? fields[0] ?? this.chips.querySelector(".send"))?.focus();
  }

  add(option, value) {
    const field = fieldFor(option);
    if (value !== undefined) field.value = value;
    this.fields.set(option.name, field);
    const id = `option-${option.name}`;
    field.id = id;
    const close = option.required ? null : el("button", {
      type: "button", class: "off", "aria-label": `Remove ${option.name}`, onclick: () => this.drop(option.name),
    }, "×");
    this.box.append(el("span", { class: option.type === STRING && !option.choices?.length ? "pill wide" : "pill", "data-pill": option.name },
      el("label", { for: id, title: option.description }, option.name), field, close));
  }

  drop(name) {
    this.fields.delete(name);
    this.box.querySelector(`[data-pill="${name}"]`).remove();
    this.offer();
    this.focusFirst();
  }

  offer() {
    const left = this.chosen.options.filter((one) => !this.fields.has(one.name));
    this.chips.replaceChildren(
      ...left.map((one) => el("button", {
        type: "button", class: "chip", title: one.description, "data-add": one.name,
        onclick: () => { this.add(one); this.offer(); this.fields.get(one.name).focus(); },
      }, "+ " + one.name)),
      el("button", { type: "button", class: "send", onclick: () => this.send() }, "Send"),
      el("button", { type: "button", class: "chip", onclick: () => this.plain() }, "Esc"));
  }

  pillKey(event) {
    if (!this.chosen) return;
    if (event.key === "Escape") { event.preventDefault(); this.plain(); this.input.focus(); }
    if (event.key === "Enter" && event.target.tagName !== "BUTTON") { event.preventDefault(); this.send(); }
  }

  send() {
    const options = {};
    for (const option of this.chosen.options) {
      const field = this.fields.get(option.name);
      if (!field) continue;
      const wrong = fault(option, field.value);
      field.parentElement.classList.toggle("wrong", Boolean(wrong));
      if (wrong) { this.note(`${option.name}: ${wrong}`); field.focus(); return; }
      if (field.value !== "") options[option.name] = typed(option, field.value);
    }
    this.onCommand(this.chosen.name, options);
    this.plain();
    this.input.focus();
  }

  note(text) {
    this.root.querySelector(".note")?.remove();
    this.root.append(el("p", { class: "note", role: "alert" }, text));
  }
}

function fieldFor(option) {
  const common = { "data-option": option.name, "aria-label": option.name, title: option.description };
  const choices = option.type === BOOLEAN ? [{ name: "True", value: "true" }, { name: "False", value: "false" }] : option.choices;
  if (choices?.length) return el("select", common, ...choices.map((one) => el("option", { value: one.value }, one.name)));
  if (option.type === INTEGER || option.type === NUMBER) {
    return el("input", { ...common, type: "number", step: option.type === NUMBER ? "any" : "1", min: option.min_value, max: option.max_value });
  }
  return el("input", { ...common, type: "text", maxlength: option.max_length, autocomplete: "off" });
}

const typed = (option, value) =>
  option.type === INTEGER || option.type === NUMBER ? Number(value) : option.type === BOOLEAN ? value === "true" : value;

function fault(option, value) {
  if (option.required && !value.trim()) return "this option is required";
  if (value === "" || (option.type !== INTEGER && option.type !== NUMBER)) return null;
  const number = Number(value);
  if (Number.isNaN(number) || (option.type === INTEGER && !Number.isInteger(number))) return "a whole number is needed";
  if (option.min_value !== undefined && number < option.min_value) return `at least ${option.min_value}`;
  if (option.max_value !== undefined && number > option.max_value) return `at most ${option.max_value}`;
  return null;
}

// `prompt:a cat model:max` into values; words before any name belong to the first required option.
function parse(command, text) {
  const names = command.options.map((one) => one.name).join("|");
  if (!names) return {};
  const parts = text.split(new RegExp(`(?:^|\\s)(${names}):`));
  const values = {};
  const first = command.options.find((one) => one.required);
  if (parts[0].trim() && first) values[first.name] = parts[0].trim();
  for (let i = 1; i < parts.length; i += 2) values[parts[i]] = parts[i + 1].trim();
  return values;
}
