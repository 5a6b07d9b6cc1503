// Files on their way to the bot: chosen, dropped or pasted, sent ahead, and named by a token afterwards.

import { el, refill, sizeText } from "./dom.js";
import { icon } from "./icons.js";

const MAX_SIZE = 30 * 1048576;

async function send(file) {
  const form = new FormData();
  form.append("file", file, file.name || "file");
  const answer = await fetch("play/upload", { method: "POST", body: form });
  if (!answer.ok) throw new Error("the upload failed");
  return (await answer.json())[0].upload;
}

// Hands over files that are dropped or pasted on a node.
export function receiveFiles(node, take) {
  const carries = (transfer) => [...(transfer?.types ?? [])].includes("Files");
  const handOver = (event, transfer) => {
    if (!transfer?.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    take([...transfer.files]);
  };
  node.addEventListener("dragover", (event) => {
    if (!carries(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("over");
  });
  node.addEventListener("dragleave", (event) => node.contains(event.relatedTarget) || node.classList.remove("over"));
  node.addEventListener("drop", (event) => { node.classList.remove("over"); handOver(event, event.dataTransfer); });
  node.addEventListener("paste", (event) => handOver(event, event.clipboardData));
}

// A place for up to `max` files: `button` chooses, `list` shows them, `root` is both.
export class FileField {
  constructor({ max = 1, label = "File", attributes = {}, changed = () => {} }) {
    this.max = max;
    this.changed = changed;
    this.held = [];
    this.input = el("input", {
      ...attributes, type: "file", class: "unseen", tabindex: "-1", multiple: max > 1, "aria-label": label,
      onchange: () => { this.take([...this.input.files]); this.input.value = ""; },
    });
    this.button = el("button", {
      type: "button", class: "pick", "aria-label": `Choose ${max > 1 ? "files" : "a file"} for ${label}`,
      onclick: () => this.input.click(),
    }, max > 1 ? "Choose files" : "Choose a file");
    this.list = el("span", { class: "files", "aria-live": "polite" });
    this.root = el("div", { class: "filefield", role: "group", "aria-label": label }, this.list, this.button, this.input);
    receiveFiles(this.root, (files) => this.take(files));
  }

  get full() {
    return this.held.length >= this.max;
  }

  get empty() {
    return !this.held.length;
  }

  take(files) {
    for (const file of files) {
      if (this.full && this.max > 1) break;
      if (this.full) this.drop(this.held[0]);
      const one = { file, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null, state: "sending" };
      one.fault = file.size > MAX_SIZE ? `${file.name} is too large: at most 30 MiB` : null;
      one.token = one.fault ? Promise.reject(new Error(one.fault)) : send(file);
      one.token.then(() => { one.state = "here"; }, () => { one.state = "failed"; }).finally(() => this.draw());
      this.held.push(one);
    }
    this.draw();
  }

  drop(one) {
    if (one.url) URL.revokeObjectURL(one.url);
    this.held = this.held.filter((other) => other !== one);
    this.draw();
  }

  clear() {
    for (const one of this.held) this.drop(one);
  }

  // The tokens, once all files have arrived.
  values() {
    return Promise.all(this.held.map(async (one) => {
      try {
        return { upload: await one.token };
      } catch {
        throw new Error(one.fault ?? `${one.file.name} could not be uploaded`);
      }
    }));
  }

  draw() {
    refill(this.list, ...this.held.map((one) => el("span", { class: `file ${one.state}`, title: one.fault ?? "" },
      one.url ? el("img", { src: one.url, alt: "" }) : el("span", { class: "paper", "aria-hidden": "true" }, "▤"),
      el("span", { class: "filename" }, one.file.name),
      el("small", {}, one.state === "failed" ? one.fault ?? "could not be sent" : one.state === "sending" ? "…" : sizeText(one.file.size)),
      el("button", {
        type: "button", class: "off", "aria-label": `Remove ${one.file.name}`,
        onclick: () => { this.drop(one); this.button.focus(); },
      }, icon("close", 16)))));
    this.button.hidden = this.full;
    this.root.dispatchEvent(new Event("change", { bubbles: true })); // whoever has marked a fault looks again
    this.changed();
  }
}
