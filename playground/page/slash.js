// Slash commands as words: listed, found, and read from a typed line.

import { isFile } from "./fields.js";

const SUBCOMMAND = 1, GROUP = 2;

// Every slash command with its subcommands as commands of their own: "settings quota". `shown` is the name in the person's
// language, as their Discord shows it; `name` the one that goes to the bot, which may be typed as well.
export function flatten(commands) {
  return commands.filter((one) => (one.type ?? 1) === 1).flatMap((one) => branch(one, one.name, one.shown));
}

function branch(node, name, shown) {
  const below = (node.options ?? []).filter((one) => one.type === SUBCOMMAND || one.type === GROUP);
  if (below.length) return below.flatMap((one) => branch(one, `${name} ${one.name}`, `${shown} ${one.shown}`));
  return [{ name, shown, description: node.description, options: node.options ?? [] }];
}

// Those that begin so come first, then those of which a later word does: "credits" finds "settings credits".
export function like(commands, word) {
  const where = (begins) => {
    const own = commands.filter((one) => begins(one.shown));
    return [...own, ...commands.filter((one) => !own.includes(one) && begins(one.name))];
  };
  const first = where((name) => name.startsWith(word));
  return first.length || !word ? first : where((name) => name.split(" ").some((part) => part.startsWith(word)));
}

// The command that a line begins with, by the longest name that fits, and what follows it.
export function find(commands, line) {
  const ways = ["shown", "name"].flatMap((key) => commands.map((command) => ({ command, name: command[key] })));
  const way = ways.sort((a, b) => b.name.length - a.name.length).find(({ name }) => line === name || line.startsWith(name + " "));
  return way && { command: way.command, rest: line.slice(way.name.length) };
}

// `prompt:a cat model:max` into values; words before any name belong to the first required option.
export function parse(command, text) {
  const named = new Map(["name", "shown"].flatMap((key) => command.options.map((one) => [one[key], one.name])));
  if (!named.size) return {};
  const parts = text.split(new RegExp(`(?:^|\\s)(${[...named.keys()].join("|")}):`));
  const values = {};
  const first = command.options.find((one) => one.required && !isFile(one));
  if (parts[0].trim() && first) values[first.name] = parts[0].trim();
  for (let i = 1; i < parts.length; i += 2) values[named.get(parts[i])] = parts[i + 1].trim();
  return values;
}
