// A form that the bot opened.

import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { select } from "./selects.js";
import { FileField, receiveFiles } from "./uploads.js";

const ROW = 1, TEXT_INPUT = 4, TEXT = 10, LABEL = 18, FILES = 19, RADIO = 21, CHECKBOXES = 22, CHECKBOX = 23;
const SELECTS = new Set([3, 5, 6, 7, 8]);

// Shows the form; `submit(values)` gives a promise of "" or of what went wrong.
export function openModal(modal, context, submit) {
  const box = document.getElementById("modal");
  const fields = [];
  const nodes = modal.components.map((node) => draw(node, context, fields));
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const send = el("button", { type: "submit", class: "send" }, "Submit");
  const title = el("h2", { id: freshId("modal") }, modal.title);
  const form = el("form", { novalidate: true, method: "dialog", onsubmit: (event) => { event.preventDefault(); go(); } },
    el("header", {}, title, el("button", { type: "button", class: "off", "aria-label": "Close", onclick: () => box.close() }, icon("close"))),
    el("div", { class: "fields" }, ...nodes), trouble,
    el("footer", { class: "row" }, el("button", { type: "button", class: "press", onclick: () => box.close() }, "Cancel"), send));
  const fail = (text) => { trouble.textContent = text; trouble.hidden = !text; };

  async function go() {
    if (send.disabled) return;
    const wrong = fields.filter((field) => field.check());
    if (wrong.length) { wrong[0].focus(); return; }
    send.disabled = true;
    fail("");
    try {
      const values = {};
      for (const field of fields) values[field.id] = await field.value();
      const refused = await submit(values);
      if (!form.isConnected) return;
      if (refused) fail(refused);
      else box.close();
    } catch (error) {
      fail(error.message);
    } finally {
      send.disabled = false;
    }
  }

  for (const name of ["input", "change"]) form.addEventListener(name, () => fail("")); // mended, as far as the page can tell
  receiveFiles(form, (files) => fields.find((field) => field.files && !field.files.full)?.files.take(files));
  if (box.open) box.close();
  box.replaceChildren(form);
  box.setAttribute("aria-labelledby", title.id);
  box.onclose = () => { if (box.contains(form)) box.replaceChildren(); };
  box.showModal();
  fields[0]?.focus();
}

function draw(node, context, fields) {
  if (node.type === TEXT) return markdown(node.content, context);
  const component = node.type === ROW ? node.components[0] : node.component;
  if (!component || (node.type !== ROW && node.type !== LABEL)) return el("div");
  const made = fieldFor(component, context);
  if (!made) return el("p", { class: "hint" }, "(a field that this page does not know)");
  const wrong = el("p", { class: "trouble", id: freshId("wrong"), hidden: true });
  const words = node.label ?? component.label ?? "";
  const needed = component.required !== false && component.type !== CHECKBOX;
  const hint = node.description ? el("small", { id: freshId("about") }, node.description) : null;
  const described = [hint?.id, wrong.id].filter(Boolean).join(" ");
  const id = freshId("field");
  const caption = el(made.grouped ? "span" : "label", made.grouped ? { class: "caption", id } : { class: "caption", for: id },
    words, needed ? el("span", { class: "needed", title: "required", "aria-hidden": "true" }, " *") : null);
  if (made.grouped) {
    (made.node ?? made.root).setAttribute("aria-labelledby", id);
    caption.addEventListener("click", () => made.focus());
  } else { made.node.id = id; made.node.removeAttribute("aria-label"); }
  (made.node ?? made.root).setAttribute("aria-describedby", described);
  const check = () => {
    const fault = made.fault();
    wrong.textContent = fault ?? "";
    wrong.hidden = !fault;
    if (made.marks !== false) (made.node ?? made.root).setAttribute("aria-invalid", String(Boolean(fault)));
    return fault;
  };
  const mend = () => wrong.hidden || check(); // what was marked is looked at again while it is mended
  fields.push({
    id: component.custom_id, files: made.files, value: made.value, focus: made.focus,
    check,
  });
  return el("div", { class: "field", "data-field": component.custom_id, oninput: mend, onchange: mend }, caption, hint, made.root, wrong);
}

function fieldFor(component, context) {
  if (SELECTS.has(component.type)) return selectField(component, context.world);
  switch (component.type) {
    case TEXT_INPUT: return textField(component);
    case FILES: return filesField(component);
    case RADIO: return ticks(component, "radio");
    case CHECKBOXES: return ticks(component, "checkbox");
    case CHECKBOX: return checkbox(component);
    default: return null;
  }
}

function textField(component) {
  const common = { name: component.custom_id, placeholder: component.placeholder, maxlength: component.max_length ?? 4000, "aria-required": String(component.required !== false) };
  const node = component.style === 2 ? el("textarea", { ...common, rows: "4" }) : el("input", { ...common, type: "text", autocomplete: "off" });
  node.value = component.value ?? "";
  const fault = () => {
    const length = node.value.length;
    if (component.required !== false && !node.value.trim()) return "This field is required.";
    if (length && length < (component.min_length ?? 0)) return `At least ${component.min_length} characters.`;
    return component.max_length && length > component.max_length ? `At most ${component.max_length} characters.` : null;
  };
  return { root: node, node, value: () => node.value, focus: () => node.focus(), fault };
}

// How many are wanted, in words, or null if the number is right.
function count(component, number, most = component.max_values ?? 1) {
  const needed = component.required !== false;
  const least = component.min_values ?? (needed ? 1 : 0);
  if (!number) return needed && least > 0 ? "This field is required." : null;
  if (number < least) return `Choose at least ${least}.`;
  return number > most ? `Choose at most ${most}.` : null;
}

function selectField(component, world) {
  const made = select(component, world);
  made.node.setAttribute("aria-required", String(component.required !== false));
  return { ...made, grouped: true, value: made.values, fault: () => count(component, made.values().length) };
}

function filesField(component) {
  const files = new FileField({ max: component.max_values ?? 1, label: "this field", attributes: { name: component.custom_id } });
  files.button.className = "press";
  return {
    root: files.root, grouped: true, marks: false, files, focus: () => (files.button.hidden ? files.list.querySelector("button") : files.button).focus(),
    value: () => files.values(), fault: () => count(component, files.held.length),
  };
}

function ticks(component, type) {
  const name = freshId("ticks");
  const boxes = component.options.map((one) => el("input", { type, name, value: one.value, checked: one.default }));
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const root = el("div", { class: "ticks", role: type === "radio" ? "radiogroup" : "group" },
    ...component.options.map((one, index) => el("label", { class: "tick" }, boxes[index],
      el("span", {}, one.label, one.description ? el("small", {}, one.description) : null))));
  return {
    root, grouped: true, marks: type === "radio", focus: () => (boxes.find((box) => box.checked) ?? boxes[0]).focus(),
    value: () => (type === "radio" ? chosen()[0] ?? null : chosen()),
    fault: () => (type === "radio" ? count({ required: component.required }, chosen().length) : count(component, chosen().length, component.max_values ?? boxes.length)),
  };
}

function checkbox(component) {
  const node = el("input", { type: "checkbox", checked: component.default });
  return { root: node, node, value: () => node.checked, focus: () => node.focus(), fault: () => null };
}
