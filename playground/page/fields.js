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
  const common = { "data-option": option.name, "aria-label": option.shown, title: option.description };
  if (isFile(option)) return fileField(option, common);
  const choices = choicesOf(option, tools.world);
  if (choices) return choiceField(option, common, choices, tools);
  if (option.autocomplete) return completedField(option, common, tools);
  const node = isNumber(option)
    ? el("input", { ...common, type: "number", step: option.type === NUMBER ? "any" : "1", min: option.min_value, max: option.max_value, placeholder: range(option) })
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
    default: return option.choices?.length ? option.choices.map((one) => ({ label: one.shown, value: String(one.value), also: one.name })) : null;
  }
}

// A choice of what is known here: typed and completed from the list, or picked from it.
function choiceField(option, common, choices, { listbox }) {
  let chosen = null;
  const bare = (text) => text.replace(/^[@#↳ ]+/, "").trim().toLowerCase();
  const find = (text) => {
    const id = /^<[@#&!]+(\d+)>$/.exec(text)?.[1] ?? text;
    return choices.find((one) => one.value === id) ?? choices.find((one) => [one.label, one.also ?? ""].some((name) => bare(name) === bare(text)));
  };
  const offer = () => {
    const word = chosen?.label === node.value ? "" : bare(node.value);
    const first = choices.filter((one) => bare(one.label).startsWith(word));
    const rest = choices.filter((one) => !first.includes(one) && [one.label, one.description ?? "", one.also ?? ""].some((text) => bare(text).includes(word)));
    listbox.show(node, [...first, ...rest], (one) => [el("b", {}, one.label), el("span", {}, one.description ?? "")], (one) => {
      node.value = one.label;
      node.focus();
      node.dispatchEvent(new Event("input"));
      chosen = one;
      listbox.hide();
    }, word ? 0 : -1);
  };
  const node = el("input", {
    ...common, type: "text", class: "choice", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off",
    oninput: () => { chosen = null; offer(); }, onfocus: offer, onblur: () => listbox.hide(),
    onkeydown: (event) => listbox.key(event) || (event.key === "ArrowDown" && offer()),
  });
  const text = () => (chosen?.label === node.value ? chosen : find(node.value))?.value ?? "";
  return {
    ...inputField(option, node, text),
    set: (value) => { chosen = find(value) ?? null; node.value = chosen?.label ?? value; },
    fault: () => (node.value.trim() && !text() ? "choose one of the list" : option.required && !text() ? "this option is required" : null),
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
  const field = new FileField({ label: option.shown, attributes: { "data-option": option.name } });
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

// What a number may be, in few words.
function range({ min_value: low, max_value: high }) {
  if (low === undefined && high === undefined) return null;
  if (low === undefined || high === undefined) return low === undefined ? `at most ${high}` : `at least ${low}`;
  return `${low} – ${high}`;
}

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
