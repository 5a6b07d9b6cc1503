// Where a person types: the list of commands, the options as pills, and plain messages with files.

import { el } from "./dom.js";
import { fieldFor, isFile, isWide } from "./fields.js";
import { icon } from "./icons.js";
import { Listbox } from "./listbox.js";
import { completed, marked, mentionables, offered } from "./mentions.js";
import { flatten, like, parse } from "./slash.js";
import { FileField } from "./uploads.js";

const TYPING_MS = 5000;

export class Composer {
  // `command(name, options)`, `say(text, extra, again)`, `complete(frame, answer)` and `typing()` send; `world` knows everybody.
  constructor(root, { command, say, complete, typing, world }) {
    Object.assign(this, { root, world, onCommand: command, onSay: say, onComplete: complete, onTyping: typing });
    this.commands = [];
    this.channel = "";
    this.place = 0;
    this.told = 0;
    this.drafts = new Map();
    this.replying = null;
    this.listbox = new Listbox();
    this.newTray();
    this.plain();
  }

  // `place` is Discord's number for it: 0 a server, 1 the conversation with the bot, 2 one of others.
  setCommands(commands, place = 0) {
    this.place = place;
    this.commands = flatten(commands.filter((one) => one.contexts?.includes(place) ?? true));
    if (!this.chosen && document.activeElement === this.input) this.suggest();
  }

  // What was begun in another channel waits there.
  setChannel(label, id) {
    if (this.id === id) return;
    if (this.id && !this.chosen) this.drafts.set(this.id, this.input.value);
    Object.assign(this, { id, channel: label, replying: null });
    if (!this.chosen) this.plain(this.drafts.get(id) ?? "");
    this.note("");
  }

  newTray() {
    this.tray = new FileField({ max: 10, label: "the message", attributes: { "data-message-files": "" }, changed: () => this.showTray() });
    this.tray.button.replaceChildren(icon("plus"));
    this.tray.button.classList.add("plus");
    this.tray.button.title = "Add files";
  }

  showTray() {
    if (this.trayBox) this.trayBox.hidden = this.tray.empty;
  }

  // The plain line.
  plain(text = "") {
    this.chosen = null;
    this.listbox.hide();
    this.root.onkeydown = null;
    this.input = el("textarea", {
      rows: "1", "aria-label": "Message", placeholder: `Message ${this.channel}`, autocomplete: "off", maxlength: "2000",
      oninput: () => this.typed(), onkeydown: (event) => this.plainKey(event), onblur: () => this.listbox.hide(),
    });
    this.input.value = text;
    this.trayBox = el("div", { class: "tray", hidden: this.tray.empty }, this.tray.list);
    this.root.replaceChildren(this.listbox.root, ...(this.replying ? [this.replyBar()] : []), this.trayBox,
      el("div", { class: "box" }, this.tray.button, this.tray.input, this.input,
        el("button", { type: "button", class: "submit", "aria-label": "Send", onclick: () => this.sendPlain() }, icon("send"))));
    this.fit();
    this.suggest();
  }

  // As tall as its words, up to half of the window.
  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, innerHeight / 2)}px`;
  }

  typed() {
    this.note("");
    this.fit();
    this.suggest();
    const now = Date.now();
    if (this.input.value && !this.input.value.startsWith("/") && now - this.told > TYPING_MS) {
      this.told = now;
      this.onTyping();
    }
  }

  // Starts a text over, unless one is being written.
  begin(text) {
    if (!this.chosen && !this.input.value) this.input.value = text;
    this.focus();
    if (!this.chosen) this.typed();
  }

  focus() {
    if (this.chosen) this.focusFirst();
    else this.input.focus();
  }

  // Files that were dropped or pasted somewhere on the page.
  take(files) {
    if (!this.chosen) { this.tray.take(files); this.input.focus(); return; }
    for (const file of files) {
      const option = this.chosen.options.filter(isFile).find((one) => this.fields.get(one.name)?.empty() ?? true);
      if (!option) { this.note("This command takes no more files."); return; }
      if (!this.fields.has(option.name)) { this.add(option); this.offer(); }
      this.fields.get(option.name).files.take([file]);
    }
  }

  reply(message) {
    this.replying = { message, ping: true };
    this.plain(this.chosen ? "" : this.input.value);
    this.input.focus();
  }

  replyBar() {
    const { message, ping } = this.replying;
    const own = message.author.id === this.world.me?.id;
    const words = (on) => `@ mention ${on ? "on" : "off"}`;
    return el("div", { class: "replying" }, el("span", {}, "Replying to ", el("b", {}, message.author.display)),
      own ? null : el("button", {
        type: "button", class: "ping", "aria-pressed": String(ping), title: `Whether ${message.author.display} is notified`,
        onclick: (event) => {
          this.replying.ping = !this.replying.ping;
          event.currentTarget.setAttribute("aria-pressed", String(this.replying.ping));
          event.currentTarget.textContent = words(this.replying.ping);
        },
      }, words(ping)),
      el("button", { type: "button", class: "off", "aria-label": "Do not reply", onclick: () => this.endReply() }, icon("close", 16)));
  }

  endReply() {
    this.replying = null;
    this.plain(this.input.value);
    this.input.focus();
  }

  suggest() {
    const typed = this.input.value;
    const caret = this.input.selectionStart ?? typed.length;
    const found = offered(typed, caret, this.mentionables());
    if (found) return this.suggestMentions(found, caret);
    const word = typed.startsWith("/") && !typed.includes(":") ? typed.slice(1).trimStart().toLowerCase() : null;
    const commands = word === null ? [] : like(this.commands, word.trimEnd());
    return this.listbox.show(this.input, commands, (one) => [
      el("b", {}, "/" + one.name), el("span", {}, one.description), el("small", {}, one.options.map((option) => option.name).join(" ")),
    ], (one) => this.choose(one), 0, "commands");
  }

  suggestMentions(found, caret) {
    this.listbox.show(this.input, found, (one) => [el("b", {}, one.sign + one.label), el("span", {}, one.description)], (one) => {
      const done = completed(this.input.value, caret, one);
      this.input.value = done.text;
      this.input.setSelectionRange(done.caret, done.caret);
      this.input.focus();
    }, 0, "mentions");
  }

  mentionables() {
    return mentionables(this.world, this.place);
  }

  plainKey(event) {
    if (this.listbox.key(event)) return undefined;
    if (event.key === "Escape" && this.replying) return this.endReply();
    if (event.key !== "Enter" || event.isComposing || event.shiftKey) return undefined;
    event.preventDefault();
    event.stopPropagation(); // the same key must not send the command it has just chosen
    return this.sendPlain();
  }

  // `/imagine prompt:a cat model:max`, or an ordinary message.
  sendPlain() {
    const text = this.input.value.trim();
    if (!text && this.tray.empty) return undefined;
    if (!text.startsWith("/")) return this.sendMessage(text);
    const command = [...this.commands].sort((a, b) => b.name.length - a.name.length)
      .find((one) => text.slice(1) === one.name || text.slice(1).startsWith(one.name + " "));
    if (!command) return this.note("There is no such command here. Type / to see them all.");
    return this.choose(command, parse(command, text.slice(command.name.length + 1)), true);
  }

  async sendMessage(text) {
    const { replying, tray } = this;
    let files = [];
    if (!tray.empty) {
      this.input.readOnly = true;
      try {
        files = await tray.values();
      } catch (error) {
        return this.note(error.message);
      } finally {
        this.input.readOnly = false;
      }
    }
    const extra = { reply_to: replying?.message.id ?? null, ping: replying?.ping ?? true, files };
    this.told = 0;
    this.onSay(marked(text, this.mentionables()), extra, () => { if (!this.chosen && !this.input.value) { this.input.value = text; this.fit(); } });
    this.replying = null;
    this.newTray();
    this.plain();
    return this.input.focus();
  }

  // The chosen command with its options.
  choose(command, values = {}, send = false) {
    if (!this.chosen && !this.tray.empty) values = { ...values, ...this.moveTray(command) };
    this.chosen = command;
    this.fields = new Map();
    const box = el("div", { class: "box" }, el("span", { class: "cmd" }, "/" + command.name));
    this.chips = el("div", { class: "chips" });
    this.listbox.hide();
    this.root.replaceChildren(this.listbox.root, box, this.chips);
    this.box = box;
    for (const option of command.options) if (option.required || values[option.name] !== undefined) this.add(option, values[option.name]);
    this.offer();
    this.root.onkeydown = (event) => this.pillKey(event);
    if (send) return this.send();
    return this.focusFirst();
  }

  // Files that were laid down before the command was chosen go into its file options.
  moveTray(command) {
    const waiting = this.tray.held.map((one) => one.file);
    const moved = Object.fromEntries(command.options.filter(isFile).slice(0, waiting.length).map((one, index) => [one.name, waiting[index]]));
    if (Object.keys(moved).length) { this.tray.clear(); this.newTray(); }
    return moved;
  }

  focusFirst() {
    const fields = [...this.fields.values()];
    (fields.find((field) => field.empty()) ?? fields[0] ?? this.chips.querySelector(".send"))?.focus();
  }

  add(option, value) {
    const field = fieldFor(option, { world: this.world, listbox: this.listbox, complete: (one, answer) => this.complete(one, answer) });
    if (value instanceof File) field.files?.take([value]);
    else if (value !== undefined) field.set(value);
    this.fields.set(option.name, field);
    field.node.id = `option-${option.name}`;
    for (const name of ["input", "change"]) field.root.addEventListener(name, () => this.mend(field));
    const close = option.required ? null : el("button", {
      type: "button", class: "off", "aria-label": `Remove ${option.name}`, onclick: () => this.drop(option.name),
    }, icon("close", 14));
    this.box.append(el("span", { class: isWide(option) ? "pill wide" : "pill", "data-pill": option.name },
      el("label", { for: field.node.id, title: option.description }, option.name), field.root, close));
  }

  // The mark of a fault goes as soon as somebody sets about mending it.
  mend(field) {
    field.node.removeAttribute("aria-invalid");
    if (field.root.closest(".pill.wrong")) this.note("");
    field.root.closest(".pill")?.classList.remove("wrong");
  }

  drop(name) {
    this.fields.delete(name);
    this.box.querySelector(`[data-pill="${CSS.escape(name)}"]`).remove();
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
      el("button", { type: "button", class: "chip", "aria-label": "Leave this command", onclick: () => { this.plain(); this.input.focus(); } }, "Esc"));
  }

  // Ask the bot for choices of the option that is being typed into.
  complete(option, answer) {
    const options = {};
    for (const one of this.chosen?.options ?? []) {
      const field = this.fields.get(one.name);
      if (!field || field.files) continue;
      const value = one.name === option.name ? field.partial() : field.get();
      if (value !== undefined) options[one.name] = value;
    }
    if (this.chosen) this.onComplete({ name: this.chosen.name, focused: option.name, options }, answer);
  }

  pillKey(event) {
    if (!this.chosen) return;
    if (event.key === "Escape") { event.preventDefault(); this.plain(); this.input.focus(); }
    if (event.key === "Enter" && !event.isComposing && event.target.tagName !== "BUTTON") { event.preventDefault(); this.send(); }
  }

  async send() {
    const { chosen, fields } = this;
    for (const option of chosen.options) {
      const field = fields.get(option.name);
      if (!field) continue;
      const wrong = field.fault();
      field.root.closest(".pill").classList.toggle("wrong", Boolean(wrong));
      if (wrong && field.node.tagName === "INPUT") field.node.setAttribute("aria-invalid", "true");
      if (wrong) { this.note(`${option.name}: ${wrong}`); field.focus(); return; }
    }
    const button = this.chips.querySelector(".send");
    if (button.disabled) return;
    button.disabled = true;
    const options = {};
    try {
      for (const [name, field] of fields) {
        const value = await field.get();
        if (value !== undefined) options[name] = value;
      }
    } catch (error) {
      button.disabled = false;
      this.note(error.message);
      return;
    }
    if (this.chosen !== chosen) return; // they changed their mind while a file was on its way
    this.onCommand(chosen.name, options);
    this.plain();
    this.input.focus();
  }

  // A line below, until something is typed; empty words take it away.
  note(text, kind = "bad") {
    this.root.querySelector(":scope > .note")?.remove();
    if (text) this.root.append(el("p", { class: `note ${kind}`, role: kind === "bad" ? "alert" : "status" }, text));
  }
}
