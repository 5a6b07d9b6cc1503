// People, roles and channels in what somebody types: offered after @ and #, and turned into Discord's marks.

const AT = /(?:^|\s)([@#])([^\s@#]*)$/;

// Who and what can be mentioned: { mark, label, sign, description }; the mark is what Discord stores.
export function mentionables(world, place) {
  const people = [...world.people, ...(world.bot.id ? [{ id: world.bot.id, display: world.bot.name, name: "the bot" }] : [])];
  const everyone = world.guild?.id;
  return [
    ...people.map((one) => ({ sign: "@", label: one.display, mark: `<@${one.id}>`, description: one.name, other: one.name })),
    ...(place === 0 ? world.roles.filter((one) => one.id !== everyone && one.mentionable).map((one) => ({ sign: "@", label: one.name, mark: `<@&${one.id}>`, description: "role" })) : []),
    ...(place === 0 ? world.channels.filter((one) => one.kind !== "dm").map((one) => ({ sign: "#", label: one.name, mark: `<#${one.id}>`, description: one.kind === "thread" ? "thread" : "" })) : []),
  ];
}

// What is offered for the word at the caret: null where there is none.
export function offered(text, caret, all) {
  const at = AT.exec(text.slice(0, caret));
  if (!at || text.startsWith("/")) return null;
  const [, sign, typed] = at;
  const word = typed.toLowerCase();
  const found = all.filter((one) => one.sign === sign && [one.label, one.other ?? ""].some((name) => name.toLowerCase().startsWith(word)));
  return found.some((one) => one.label.toLowerCase() === word) ? [] : found;
}

export function completed(text, caret, one) {
  const before = text.slice(0, caret).replace(/[@#][^\s@#]*$/, `${one.sign}${one.label} `);
  return { text: before + text.slice(caret), caret: before.length };
}

// `@Name` of somebody who is here becomes a mention; longer names first, as one may begin another.
export function marked(text, all) {
  const sorted = [...all].sort((a, b) => b.label.length - a.label.length);
  return sorted.reduce((now, one) => {
    const name = one.label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return now.replace(new RegExp(`(^|[^\\w<])${one.sign}${name}(?![\\w-])`, "gi"), `$1${one.mark}`);
  }, text);
}
