// Selects of options, people, roles and channels, for messages and forms alike.

import { el, freshId } from "./dom.js";

export const STRING_SELECT = 3, USERS = 5, ROLES = 6, MENTIONABLES = 7, CHANNELS = 8;
const EMPTY = { [USERS]: "Choose people", [ROLES]: "Choose roles", [MENTIONABLES]: "Choose people or roles", [CHANNELS]: "Choose channels" };

export const peopleChoices = (world) => [
  ...world.people.map((one) => ({ value: one.id, label: one.display, description: "@" + one.name })),
  { value: world.bot.id, label: world.bot.name, description: "the bot" },
];
export const roleChoices = (world) => world.roles.map((one) => ({ value: one.id, label: "@" + one.name.replace(/^@/, "") }));
export const channelChoices = (world, types) => world.channels
  .filter((one) => one.kind !== "dm" && (!types?.length || types.includes(one.type)))
  .map((one) => ({ value: one.id, label: (one.kind === "thread" ? "↳ " : "# ") + one.name }));

function choicesOf(component, world) {
  if (component.type === STRING_SELECT) return component.options.map((one) => ({ ...one, label: [one.emoji?.name, one.label].filter(Boolean).join(" ") }));
  const chosen = new Set((component.default_values ?? []).map((one) => String(one.id)));
  const found = component.type === USERS ? peopleChoices(world)
    : component.type === ROLES ? roleChoices(world)
      : component.type === CHANNELS ? channelChoices(world, component.channel_types)
        : [...peopleChoices(world), ...roleChoices(world)];
  return found.map((one) => ({ ...one, default: chosen.has(one.value) }));
}

// { root, values(), focus() }; `act(values, node)` is called when a choice is complete, in a form never.
export function select(component, world, act = null) {
  const choices = choicesOf(component, world);
  const label = component.placeholder ?? EMPTY[component.type] ?? "Choose";
  const few = component.required === false ? 0 : component.min_values ?? 1;
  const many = Math.min(component.max_values ?? 1, Math.max(1, choices.length));
  return many > 1 ? several(component, choices, label, few, many, act) : single(component, choices, label, few, act);
}

function single(component, choices, label, few, act) {
  const chosen = choices.some((one) => one.default);
  const node = el("select", {
    class: "select", "aria-label": label, disabled: component.disabled, "data-custom-id": component.custom_id, "data-key": component.custom_id,
    onchange: () => act?.(values(), node),
  },
  el("option", { value: "", hidden: few > 0, selected: !chosen }, few > 0 || !chosen ? label : "– none –"),
  ...choices.map((one) => el("option", { value: one.value, selected: one.default }, one.description ? `${one.label} – ${one.description}` : one.label)));
  const values = () => (node.value ? [node.value] : []);
  return { root: node, values, focus: () => node.focus() };
}

function several(component, choices, label, few, many, act) {
  const before = choices.filter((one) => one.default).map((one) => one.value).join("\n");
  const name = freshId("several");
  const boxes = choices.map((one) => el("input", { type: "checkbox", name, value: one.value, checked: one.default, onchange: () => check() }));
  const values = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const summary = el("summary", { "data-key": component.custom_id, "aria-label": label });
  const hint = el("small", {});
  const done = act && el("button", { type: "button", class: "press primary", onclick: () => finish() }, "Done");
  const panel = el("div", { class: "panel", role: "group", "aria-label": label },
    ...choices.map((one, index) => el("label", { class: "tick" }, boxes[index],
      el("span", {}, one.label, one.description ? el("small", {}, one.description) : null))),
    el("div", { class: "row foot" }, hint, done));
  const root = el("details", {
    class: component.disabled ? "several off" : "several", "data-custom-id": component.custom_id,
    ontoggle: () => root.open && panel.scrollIntoView({ block: "nearest" }),
    onkeydown: (event) => {
      if (event.key !== "Escape" || !root.open) return;
      event.preventDefault(); // the form around it stays open
      event.stopPropagation();
      root.open = false;
      summary.focus();
    },
  }, summary, panel);
  if (component.disabled) {
    summary.tabIndex = -1;
    summary.setAttribute("aria-disabled", "true");
    summary.onclick = (event) => event.preventDefault();
  }

  function check() {
    const picked = boxes.filter((box) => box.checked);
    for (const box of boxes) box.disabled = picked.length >= many && !box.checked;
    const names = choices.filter((_, index) => boxes[index].checked).map((one) => one.label);
    summary.textContent = names.length ? names.join(", ") : label;
    summary.setAttribute("aria-label", `${label}: ${names.join(", ") || "nothing chosen"}`);
    hint.textContent = few === many ? `choose ${few}` : few > 0 ? `choose ${few} to ${many}` : `choose up to ${many}`;
    if (done) done.disabled = picked.length < few;
  }

  function finish() {
    root.open = false;
    summary.focus();
    if (values().join("\n") !== before) act(values(), root);
  }

  check();
  return { root, values, focus: () => summary.focus() };
}
