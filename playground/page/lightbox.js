// A picture on its own, over the page.

import { el } from "./dom.js";

export function enlarge(url, description) {
  const box = document.getElementById("lightbox");
  const image = el("img", { src: url, alt: description ?? "" });
  const toggle = () => frame.classList.toggle("full");
  const frame = el("div", { class: "frame", tabindex: "0", role: "group", "aria-label": "Picture, scrolls if it is larger than the window" }, image);
  image.onclick = toggle;
  image.onload = () => frame.classList.toggle("wide", image.naturalWidth > 2.4 * image.naturalHeight);
  box.replaceChildren(frame, el("div", { class: "under" },
    el("p", {}, description ?? ""),
    el("button", { type: "button", class: "chip", onclick: toggle }, "Full size"),
    el("a", { class: "chip", href: url, target: "_blank", rel: "noopener noreferrer" }, "Open original"),
    el("button", { type: "button", class: "chip", autofocus: true, onclick: () => box.close() }, "Close")));
  box.onclick = (event) => { if (event.target === box || event.target === frame) box.close(); };
  box.onclose = () => box.replaceChildren();
  box.showModal();
}
