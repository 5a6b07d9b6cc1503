// A picture on its own, over the page; arrows lead to the others of the channel.

import { el } from "./dom.js";
import { icon } from "./icons.js";

const box = () => document.getElementById("lightbox");

// `button` is the picture that was clicked: the focus comes back to it, or to the one that was looked at last.
export function enlarge(button) {
  const list = button.closest("[data-pictures]") ?? button.parentElement;
  const all = [...list.querySelectorAll("button.picture:not(.veiled)")].filter((one) => !one.closest("[inert]"));
  let at = all.indexOf(button);
  const dialog = box();
  const shown = el("div", { class: "stage" });
  const step = (by) => { if (all[at + by]) { at += by; draw(); } };
  const arrow = (name, label, by) => el("button", { type: "button", class: `arrow ${name}`, "aria-label": label, onclick: () => step(by) }, icon(name, 28));
  const [back, on] = [arrow("left", "Previous picture", -1), arrow("right", "Next picture", 1)];
  const counter = el("span", { class: "counter", role: "status" });
  const words = el("p", {});
  const original = el("a", { class: "press secondary", target: "_blank", rel: "noopener noreferrer" }, "Open original");
  const full = el("button", { type: "button", class: "press secondary", "aria-pressed": "false", onclick: () => toggle() }, "Full size");
  const close = el("button", { type: "button", class: "press secondary", autofocus: true, onclick: () => dialog.close() }, "Close");

  function toggle() {
    const on = shown.firstChild.classList.toggle("full");
    full.setAttribute("aria-pressed", String(on));
    if (on) shown.firstChild.focus();
  }

  function draw() {
    const image = all[at].querySelector("img");
    const view = el("img", { src: image.src, alt: image.alt, onclick: toggle, width: image.dataset.width, height: image.dataset.height });
    view.onload = () => frame.classList.toggle("wide", view.naturalWidth > 2.4 * view.naturalHeight);
    const frame = el("div", { class: "frame", tabindex: "0", role: "group", "aria-label": "Picture, scrolls if it is larger than the window" }, view);
    shown.replaceChildren(frame);
    words.textContent = image.alt;
    original.href = image.src;
    full.setAttribute("aria-pressed", "false");
    counter.textContent = all.length > 1 ? `${at + 1} of ${all.length}` : "";
    back.hidden = on.hidden = all.length < 2;
    back.disabled = at === 0;
    on.disabled = at === all.length - 1;
    if (document.activeElement === document.body) close.focus();
  }

  draw();
  dialog.replaceChildren(back, shown, on, el("div", { class: "under" }, words, counter, full, original, close));
  dialog.onclick = (event) => { if (event.target === dialog || ["stage", "frame"].includes(event.target.className)) dialog.close(); };
  dialog.onkeydown = (event) => {
    const scrolls = shown.firstChild.matches(".full, .wide") && shown.contains(document.activeElement);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && !scrolls) { event.preventDefault(); step(by); }
  };
  dialog.onclose = () => {
    dialog.replaceChildren();
    const last = all[at]?.isConnected ? all[at] : button;
    last.scrollIntoView({ block: "nearest" });
    last.focus({ preventScroll: true });
  };
  dialog.showModal();
}
