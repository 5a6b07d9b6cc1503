// One channel or thread on the page: its messages, kept within bounds, and the composer below them.

import { Composer } from "./composer.js";
import { el, keepingFocus, refill } from "./dom.js";
import { channelIcon } from "./icons.js";
import { announce, Roving } from "./keys.js";
import { plain } from "./markdown.js";
import { follows, messageNode, threadWords } from "./messages.js";
import { day } from "./times.js";
import { Typing } from "./typing.js";
import { receiveFiles } from "./uploads.js";

const KEPT = 200; // more messages than these leave the page, at the end that is not being read
const NEAR = 120;

export class Pane {
  // `head` and `root` are its places; `app` is what the page can do; `prefix` keeps the ids of two panes apart.
  constructor(root, app, { prefix = "" } = {}) {
    Object.assign(this, { root, app, prefix, channel: null, messages: new Map(), older: false, newer: false, wanted: null, unread: null, low: true });
    const id = (name) => prefix + name;
    this.list = el("ol", { id: id("messages"), class: "messages", "data-pictures": "" });
    this.empty = el("div", { id: id("empty"), class: "empty", hidden: true });
    this.earlier = el("button", { type: "button", class: "older", hidden: true, onclick: () => this.loadOlder() }, "Load older messages");
    this.scroll = el("div", { id: id("scroll"), class: "scroll", onscroll: () => this.scrolled() }, this.earlier, this.empty, this.list);
    this.jump = el("button", { id: id("newer"), class: "newer", type: "button", hidden: true, onclick: () => this.toPresent() }, "New messages ↓");
    const line = el("p", { class: "typing", role: "status" });
    this.typing = new Typing(line, app.world);
    const footer = el("footer", { id: id("composer"), class: "composer", "data-testid": id("composer") });
    root.append(this.scroll, el("div", { class: "bottom" }, this.jump, footer, line));
    this.roving = new Roving(this.list, { leave: () => this.composer.focus(), reply: (node) => this.reply(this.messages.get(node.dataset.messageId)) });
    this.composer = new Composer(footer, {
      world: app.world,
      command: (name, options) => app.ask({ t: "command", channel: this.channel.id, name, options }, { pane: this }),
      say: (text, extra, again) => app.ask({ t: "say", channel: this.channel.id, text, ...extra }, { pane: this, quiet: true, done: (wrong) => { if (wrong !== null) { this.composer.note(wrong); again(); } } }),
      complete: (frame, choices) => app.ask({ t: "autocomplete", channel: this.channel.id, ...frame }, { choices, quiet: true }),
      typing: () => app.send({ t: "typing", channel: this.channel.id }),
    });
    this.acts = {
      click: (message, customId, values, node) =>
        app.ask({ t: "click", channel: message.channel, message: message.id, custom_id: customId, values: values ?? undefined }, { node, pane: this }),
      menu: (message, name) => app.ask({ t: "menu", channel: message.channel, message: message.id, name }, { pane: this }),
      dismiss: (message) => app.ask({ t: "delete", channel: message.channel, message: message.id }, { pane: this, quiet: true, done: (wrong) => wrong && this.composer.note(wrong) }),
      reply: (message) => this.reply(message),
      note: (text, kind) => this.composer.note(text, kind),
      go: (channel, message = null) => app.go(channel, message),
    };
    // Who reads the newest stays with it when the composer grows.
    new ResizeObserver(() => { if (this.low) this.toBottom(); }).observe(this.scroll);
    receiveFiles(root, (files) => this.composer.take(files));
  }

  get id() {
    return this.channel?.id ?? null;
  }

  // Shows a channel; `message` is one in it that is looked for.
  show(channel, message = null) {
    const other = channel.id !== this.id;
    this.channel = channel;
    this.wanted = message;
    this.unread = this.app.readUntil(channel.id);
    this.jump.hidden = true;
    this.composer.setCommands(this.app.world.commands, channel.context);
    this.composer.setChannel((channel.kind === "dm" ? "@" : channel.kind === "thread" ? "" : "#") + channel.name, channel.id);
    this.list.setAttribute("aria-label", `Messages in ${channel.name}`);
    if (other) this.typing.clear();
    this.app.send({ t: "open", channel: channel.id, message });
  }

  context() {
    return { ...this.app.names(), place: this.channel.context };
  }

  draw(message) {
    const node = messageNode(message, this.context(), this.acts);
    this.roving.add(node);
    return node;
  }

  nodeOf(id) {
    return this.list.querySelector(`:scope > [data-message-id="${CSS.escape(id)}"]`);
  }

  // What the server tells

  filled(frame) {
    this.messages = new Map(frame.messages.map((one) => [one.id, one]));
    this.older = frame.older;
    this.newer = frame.newer;
    this.roving.here = null;
    this.list.replaceChildren(...frame.messages.map((one) => this.draw(one)));
    this.divide();
    this.drawEdges();
    const { wanted } = this;
    this.wanted = null;
    if (wanted) this.flash(wanted);
    else this.toBottom();
    this.app.read(this.channel);
  }

  olderCame(frame) {
    this.older = frame.older;
    this.loading = false;
    const fresh = frame.messages.filter((one) => !this.messages.has(one.id));
    this.messages = new Map([...fresh.map((one) => [one.id, one]), ...this.messages]);
    const before = this.scroll.scrollHeight - this.scroll.scrollTop;
    this.list.prepend(...fresh.map((one) => this.draw(one)));
    this.trim("newest");
    this.divide();
    this.drawEdges();
    this.scroll.scrollTop = this.scroll.scrollHeight - before;
  }

  put(message) {
    const old = this.nodeOf(message.id);
    const known = this.messages.get(message.id);
    if (!old && this.newer) return; // what lies between is not on the page
    this.messages.set(message.id, message);
    const node = this.draw(message);
    this.tell(message, known);
    if (old) {
      keepingFocus(old, () => { old.replaceWith(node); this.roving.replaced(old, node); return node; });
    } else {
      this.list.append(node);
      this.typing.stops(message.author.id);
    }
    const own = !old && message.author.id === this.app.world.me.id;
    const seen = own || document.hasFocus();
    if (!old && seen && (own || !this.list.querySelector(":scope > .fresh"))) this.unread = message.id; // it came before the reader's eyes
    if (this.low || own || (this.follow && !old)) {
      this.follow = false;
      this.trim("oldest");
      this.divide();
      this.drawEdges();
      this.toBottom();
    } else {
      if (this.messages.size > 2 * KEPT) this.trim("newest"); // somebody reads further up: what has come since can wait
      this.divide();
      this.drawEdges();
      if (!old) this.offerJump();
    }
    if (!old) this.app.read(this.channel, seen);
  }

  gone(id) {
    const node = this.nodeOf(id);
    const next = node?.nextElementSibling ?? node?.previousElementSibling;
    const had = node?.contains(document.activeElement);
    this.messages.delete(id);
    node?.remove();
    this.divide();
    this.drawEdges();
    if (had) (next?.matches?.("[data-message-id]") ? next : this.composer).focus();
  }

  // Said once: a new message of somebody else, and a picture that has come.
  tell(message, known) {
    if (message.author.id === this.app.world.me.id || message.loading) return;
    const words = [message.content, ...texts(message.components)].join(" ");
    if (known && [known.content, ...texts(known.components)].join(" ") === words) return;
    announce(`${message.author.display}: ${plain(words, this.context()).slice(0, 200) || "a file"}`);
  }

  // Beyond the bound the messages at the far end go; they come back when somebody scrolls there.
  trim(end) {
    const ids = [...this.messages.keys()];
    const surplus = ids.length - KEPT;
    if (surplus <= 0) return;
    const leaving = end === "oldest" ? ids.slice(0, surplus) : ids.slice(KEPT);
    for (const id of leaving) {
      this.messages.delete(id);
      this.nodeOf(id)?.remove();
    }
    if (end === "oldest") this.older = true;
    else this.newer = true;
  }

  loadOlder() {
    const first = this.messages.keys().next().value;
    if (this.loading || !this.older || !first) return;
    this.loading = true;
    this.app.send({ t: "older", channel: this.channel.id, before: first });
  }

  // Days, what is new, and which messages go on where the one before ended.
  divide() {
    for (const one of this.list.querySelectorAll(":scope > .divide")) one.remove();
    let before = null;
    let marked = false;
    const nodes = new Map([...this.list.children].map((node) => [node.dataset.messageId, node]));
    for (const message of this.messages.values()) {
      const node = nodes.get(message.id);
      if (!node) continue;
      const date = day(message.at);
      const otherDay = Boolean(before) && day(before.at) !== date;
      const first = !marked && this.isNew(message);
      const fresh = first && Boolean(before);
      node.classList.toggle("follows", !otherDay && !fresh && follows(message, before));
      if (otherDay || fresh) {
        node.before(el("li", { class: fresh ? "divide fresh" : "divide" }, el("span", {}, [otherDay && date, fresh && "New"].filter(Boolean).join(" · "))));
      }
      marked ||= first;
      before = message;
    }
    this.roving.settle();
  }

  isNew(message) {
    return this.unread !== null && !message.ephemeral && message.author.id !== this.app.world.me.id && BigInt(message.id) > BigInt(this.unread);
  }

  drawEdges() {
    this.earlier.hidden = !this.older;
    if (this.newer) this.offerJump();
    else if (this.low) this.jump.hidden = true;
    this.empty.hidden = this.messages.size > 0;
    this.list.hidden = !this.messages.size;
    if (!this.empty.hidden) this.drawEmpty();
  }

  offerJump() {
    this.jump.hidden = false;
    this.jump.textContent = this.newer ? "Jump to the newest ↓" : "New messages ↓";
  }

  drawEmpty() {
    const { channel } = this;
    const imagine = this.composer.commands.find((one) => one.name === "imagine");
    const example = "a fox in a snowy birch forest, watercolour, morning sun";
    refill(this.empty, el("span", { class: "mark", "aria-hidden": "true" }, channelIcon(channel, 36)),
      el("h2", {}, channel.kind === "text" ? `Welcome to #${channel.name}!` : channel.name),
      el("p", {}, imagine ? `Type /${imagine.shown} and describe a picture. It appears here a few seconds later.` : "Type / to see what the bot can do."),
      imagine && el("button", { type: "button", class: "press primary", onclick: () => this.composer.choose(imagine, { prompt: example }) }, `Try “${example}”`));
  }

  // Selects offer the roles and channels that there are now; a message in which somebody is choosing is left alone.
  redraw(needs = (node) => node.querySelector(".select")) {
    for (const message of this.messages.values()) {
      const node = this.nodeOf(message.id);
      if (!node || !needs(node) || node.querySelector(".select[aria-expanded=true]")) continue;
      const now = this.draw(message);
      keepingFocus(node, () => { node.replaceWith(now); this.roving.replaced(node, now); return now; });
    }
    this.divide();
  }

  redrawThreads(known) {
    for (const node of this.list.querySelectorAll("[data-thread]")) {
      const thread = known(node.dataset.thread);
      node.hidden = !thread;
      if (thread) node.replaceChildren(...threadWords(thread));
    }
  }

  // Moving about

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    this.low = scrollHeight - scrollTop - clientHeight < NEAR && !this.newer;
    if (this.low) this.jump.hidden = true;
    if (scrollTop < 200 && this.older && this.messages.size) this.loadOlder();
  }

  toBottom() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.low = !this.newer;
    if (this.low) this.jump.hidden = true;
  }

  toPresent() {
    if (this.newer) this.show(this.channel);
    else this.toBottom();
    this.composer.focus();
  }

  flash(id) {
    const node = this.nodeOf(id);
    if (!node) { this.toBottom(); this.composer.note("This message is not here any more."); return; }
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.remove("flash");
    requestAnimationFrame(() => node.classList.add("flash"));
    setTimeout(() => node.classList.remove("flash"), 2500);
  }

  reply(message) {
    if (!message || message.ephemeral) return;
    this.composer.reply(message);
  }
}

function texts(components) {
  return components.flatMap((one) => [...(one.type === 10 ? [one.content] : []), ...texts(one.components ?? [])]);
}
