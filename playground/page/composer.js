// Where a person types: plain messages with files, the list of commands, or the command that was chosen.

import { CommandLine } from "./command.js";
import { el } from "./dom.js";
import { isFile } from "./fields.js";
import { icon } from "./icons.js";
import { Listbox } from "./listbox.js";
import { completed, marked, mentionables, offered } from "./mentions.js";
import { find, flatten, like, parse } from "./slash.js";
import { FileField } from "./uploads.js";

const TYPING_MS = 5000;

export class Composer {
  // `command(name, options)`, `say(text, extra, again)`, `complete(frame, answer)` and `typing()` send; the first two give
  // whether there was a connection to send over: without one all stays as it was, below the note that says so. `world` knows everybody.
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
    if (this.chosen) this.chosen.focus();
    else this.input.focus();
  }

  // Files that were dropped or pasted somewhere on the page.
  take(files) {
    if (this.chosen) this.chosen.take(files);
    else { this.tray.take(files); this.input.focus(); }
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
      el("b", {}, "/" + one.shown), el("span", {}, one.description), el("small", {}, one.options.map((option) => option.shown).join(" ")),
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
    const found = find(this.commands, text.slice(1));
    if (!found) return this.note("There is no such command here. Type / to see them all.");
    return this.choose(found.command, parse(found.command, found.rest), true);
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
    const again = () => { if (!this.chosen && !this.input.value) { this.input.value = text; this.fit(); } };
    if (!this.onSay(marked(text, this.mentionables()), extra, again)) return undefined;
    this.told = 0;
    this.replying = null;
    this.newTray();
    this.plain();
    return this.input.focus();
  }

  // The chosen command with its options, in the place of the plain line.
  choose(command, values = {}, send = false) {
    if (!this.chosen && !this.tray.empty) values = { ...values, ...this.moveTray(command) };
    this.listbox.hide();
    this.chosen = new CommandLine(command, {
      world: this.world, listbox: this.listbox, note: (text) => this.note(text), leave: () => { this.plain(); this.input.focus(); },
      complete: (frame, answer) => this.onComplete(frame, answer),
      send: (name, options, line) => {
        if (this.chosen !== line) return; // they changed their mind while a file was on its way
        if (!this.onCommand(name, options)) return;
        this.plain();
        this.input.focus();
      },
    }, values);
    this.root.replaceChildren(this.listbox.root, this.chosen.box, this.chosen.chips);
    this.root.onkeydown = (event) => this.chosen?.key(event);
    return send ? this.chosen.send() : this.chosen.focus();
  }

  // Files that were laid down before the command was chosen go into its file options.
  moveTray(command) {
    const waiting = this.tray.held.map((one) => one.file);
    const moved = Object.fromEntries(command.options.filter(isFile).slice(0, waiting.length).map((one, index) => [one.name, waiting[index]]));
    if (Object.keys(moved).length) { this.tray.clear(); this.newTray(); }
    return moved;
  }

  // A line below, until something is typed; empty words take it away.
  note(text, kind = "bad") {
    this.root.querySelector(":scope > .note")?.remove();
    if (text) this.root.append(el("p", { class: `note ${kind}`, role: kind === "bad" ? "alert" : "status" }, text));
  }
}
