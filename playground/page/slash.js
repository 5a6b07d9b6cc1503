// Slash commands as words: listed, found, and read from a typed line.

import { isFile } from "./fields.js";

const SUBCOMMAND = 1, GROUP = 2;

// Every slash command with its subcommands as commands of their own: "settings quota".
export function flatten(commands) {
  return commands.filter((one) => (one.type ?? 1) === 1).flatMap((one) => branch(one, one.name));
}

function branch(node, name) {
  const below = (node.options ?? []).filter((one) => one.type === SUBCOMMAND || one.type === GROUP);
  if (below.length) return below.flatMap((one) => branch(one, `${name} ${one.name}`));
  return [{ name, description: node.description, options: node.options ?? [] }];
}

// Those that begin so come first, then those of which a later word does: "credits" finds "settings credits".
export function like(commands, word) {
  const first = commands.filter((one) => one.name.startsWith(word));
  const rest = word && !first.length ? commands.filter((one) => one.name.split(" ").some((part) => part.startsWith(word))) : [];
  return [...first, ...rest];
}

// `prompt:a cat model:max` into values; words before any name belong to the first required option.
export function parse(command, text) {
  const names = command.options.map((one) => one.name).join("|");
  if (!names) return {};
  const parts = text.split(new RegExp(`(?:^|\\s)(${names}):`));
  const values = {};
  const first = command.options.find((one) => one.required && !isFile(one));
  if (parts[0].trim() && first) values[first.name] = parts[0].trim();
  for (let i = 1; i < parts.length; i += 2) values[parts[i]] = parts[i + 1].trim();
  return values;
}
