// One option of a command as a field: { root, node, get(), set(text), focus(), fault() }.

import { el } from "./dom.js";
import { channelChoices, peopleChoices, roleChoices } from "./selects.js";
import { FileField } from "./uploads.js";

const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10, ATTACHMENT = 11;
const PAUSE = 150;
const isNumber = (option) => option.type === INTEGER || option.type === NUMBER;

export const isFile = (option) => option.type === ATTACHMENT;
export const isWide = (option) => (option.type === STRING && !option.choices?.length) || isFile(option);

// `tools` are { world, listbox, complete(option, answer) }.
export function fieldFor(option, tools) {
  const common = { "data-option": option.name, "aria-label": option.name, title: option.description };
  if (isFile(option)) return fileField(option, common);
  const choices = choicesOf(option, tools.world);
  if (choices) return choiceField(option, common, choices);
  if (option.autocomplete) return completedField(option, common, tools);
  const node = isNumber(option)
    ? el("input", { ...common, type: "number", step: option.type === NUMBER ? "any" : "1", min: option.min_value, max: option.max_value })
    : el("input", { ...common, type: "text", maxlength: option.max_length, autocomplete: "off" });
  return inputField(option, node, () => node.value);
}

function choicesOf(option, world) {
  switch (option.type) {
    case BOOLEAN: return [{ label: "True", value: "true" }, { label: "False", value: "false" }];
    case USER: return peopleChoices(world);
    case CHANNEL: return channelChoices(world, option.channel_types);
    case ROLE: return roleChoices(world);
    case MENTIONABLE: return [...peopleChoices(world), ...roleChoices(world)];
    default: return option.choices?.length ? option.choices.map((one) => ({ label: one.name, value: String(one.value) })) : null;
  }
}

function choiceField(option, common, choices) {
  const node = el("select", common, ...choices.map((one) => el("option", { value: one.value }, one.label)));
  const bare = (text) => text.replace(/^[@#↳ ]+/, "").toLowerCase();
  return {
    ...inputField(option, node, () => node.value),
    set: (text) => { node.value = (choices.find((one) => one.value === text) ?? choices.find((one) => bare(one.label) === bare(text)))?.value ?? text; },
  };
}

function inputField(option, node, text) {
  return {
    root: node, node,
    get: () => (text() === "" ? undefined : typed(option, text())),
    set: (value) => { node.value = value; },
    focus: () => node.focus(),
    empty: () => node.value === "",
    fault: () => fault(option, text()),
  };
}

// Asks the bot while one types; a choice shows its name and sends its value, anything else goes as typed.
function completedField(option, common, { listbox, complete }) {
  let chosen = null;
  let timer = 0;
  let asked = 0;
  const ask = () => {
    clearTimeout(timer);
    asked += 1;
    const mine = asked;
    timer = setTimeout(() => complete(option, (choices) => {
      if (mine !== asked || document.activeElement !== node) return;
      listbox.show(node, choices, (one) => [el("b", {}, one.name)], (one) => {
        chosen = { name: one.name, value: String(one.value) };
        node.value = one.name;
        node.focus();
      }, node.value ? 0 : -1);
    }), PAUSE);
  };
  const node = el("input", {
    ...common, type: "text", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", maxlength: option.max_length, autocomplete: "off",
    oninput: () => { chosen = null; ask(); }, onfocus: ask,
    onblur: () => { asked += 1; clearTimeout(timer); listbox.hide(); },
    onkeydown: (event) => listbox.key(event) || (event.key === "ArrowDown" && ask()),
  });
  const text = () => (chosen?.name === node.value ? chosen.value : node.value);
  return { ...inputField(option, node, text), partial: () => node.value };
}

function fileField(option, common) {
  const field = new FileField({ label: option.name, attributes: { "data-option": option.name } });
  field.button.title = common.title;
  return {
    root: field.root, node: field.button, files: field,
    get: async () => (await field.values())[0],
    set: () => {},
    focus: () => (field.button.hidden ? field.list.querySelector("button") : field.button).focus(),
    empty: () => field.empty,
    fault: () => (option.required && field.empty ? "this option is required" : null),
  };
}

const typed = (option, value) => (isNumber(option) ? Number(value) : option.type === BOOLEAN ? value === "true" : value);

function fault(option, value) {
  if (option.required && !value.trim()) return "this option is required";
  if (value !== "" && value.length < (option.min_length ?? 0)) return `at least ${option.min_length} characters`;
  if (value === "" || !isNumber(option)) return null;
  const number = Number(value);
  if (Number.isNaN(number)) return "a number is needed";
  if (option.type === INTEGER && !Number.isInteger(number)) return "a whole number is needed";
  if (option.min_value !== undefined && number < option.min_value) return `at least ${option.min_value}`;
  if (option.max_value !== undefined && number > option.max_value) return `at most ${option.max_value}`;
  return null;
}
