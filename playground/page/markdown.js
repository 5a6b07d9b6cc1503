// Discord's markdown as DOM nodes: what a text says is never run, only shown.

import { el } from "./dom.js";
import { address, place } from "./links.js";
import { relative, spoken, written } from "./times.js";

const RULES = [
  [/^\\([^0-9A-Za-z\s])/u, (m) => m[1]],
  [/^```(?:\w*\n)?([\s\S]+?)```/, (m) => el("pre", {}, el("code", {}, m[1]))],
  [/^`([^`]+)`/, (m) => el("code", {}, m[1])],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (m, c) => el("strong", {}, ...inline(m[1], c))],
  [/^__([\s\S]+?)__/, (m, c) => el("u", {}, ...inline(m[1], c))],
  [/^~~([\s\S]+?)~~/, (m, c) => el("s", {}, ...inline(m[1], c))],
  [/^\|\|([\s\S]+?)\|\|/, (m, c) => el("span", { class: "spoiler", tabindex: "0" }, ...inline(m[1], c))],
  [/^\*([^\s*][\s\S]*?)\*(?!\*)/, (m, c) => el("em", {}, ...inline(m[1], c))],
  [/^_([^\s_][\s\S]*?)_(?![a-zA-Z0-9_])/, (m, c) => el("em", {}, ...inline(m[1], c))],
  [/^<@!?(\d+)>/, (m, c) => el("span", { class: "mention" }, "@" + (c.mentions[m[1]] ?? "unknown"))],
  [/^<@&(\d+)>/, (m, c) => el("span", { class: "mention" }, "@" + (c.roles?.[m[1]] ?? "unknown role"))],
  [/^<#(\d+)>/, (m, c) => channelMention(m[1], c)],
  [/^<\/([^:>]+):\d+>/, (m) => el("span", { class: "mention" }, "/" + m[1])],
  [/^<a?:(\w{2,32}):\d+>/, (m) => el("span", { class: "emoji" }, `:${m[1]}:`)],
  [/^<t:(-?\d+)(?::([tTdDfFR]))?>/, (m) => moment(Number(m[1]), m[2] ?? "f")],
  [/^\[((?:\\.|[^\]\\])+)\]\((https?:\/\/[^\s)]+)\)/, (m, c) => link(m[2], ...inline(m[1], c))],
  [/^<(https?:\/\/[^\s<>]+)>/, (m, c) => bareLink(m[1], c)],
  [/^https?:\/\/[^\s<>]+[^\s<>.,;:!?)]/, (m, c) => bareLink(m[0], c)],
];

const link = (href, ...shown) => el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...shown);

function channelMention(id, context) {
  const name = context.channels[id];
  if (name === undefined) return el("span", { class: "mention" }, "#unknown");
  return el("a", { class: "mention", href: address(context.guild, id) }, "#" + name);
}

// The address of a channel or message that is known here is shown by its name, as on Discord.
function bareLink(href, context) {
  const spot = place(href);
  const name = spot && context.channels[spot.channel];
  if (!name) return link(href, href);
  return el("a", { class: "mention", href }, `#${name}${spot.message ? " › message" : ""}`);
}

export function inline(text, context) {
  const out = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const afterWord = at > 0 && /\w/.test(text[at - 1]) && rest[0] === "_";
    const hit = afterWord ? undefined : RULES.map(([rule, make]) => [rule.exec(rest), make]).find(([match]) => match);
    if (!hit) {
      plain += rest[0];
      at += 1;
      continue;
    }
    if (plain) out.push(plain);
    plain = "";
    out.push(hit[1](hit[0], context));
    at += hit[0][0].length;
  }
  if (plain) out.push(plain);
  return out;
}

// A text in one line, as it reads: no markup, and no word of what a spoiler hides.
export function plain(text, context) {
  const line = text.replace(/```(?:\w*\n)?/g, " ").replace(/\|\|[\s\S]+?\|\|/g, "▮▮▮").replace(/(^|\s)(#{1,3}|-#|>) /g, "$1").replace(/\s+/g, " ");
  return el("span", {}, ...inline(line, context)).textContent.trim();
}

// Blocks are lines; a code block may span several.
export function markdown(text, context) {
  const box = el("div", { class: "text" });
  if (text.includes("```")) return box.append(...inline(text, context)), box;
  let previousIsText = false;
  for (const line of text.split("\n")) {
    const block = blockOf(line, context);
    if (block) box.append(block);
    else box.append(...(previousIsText ? ["\n"] : []), ...inline(line, context));
    previousIsText = !block;
  }
  return box;
}

function blockOf(line, context) {
  const match = /^(#{1,3}|-#|>|[-*]) +(.*)$/.exec(line);
  if (!match) return null;
  const [, mark, rest] = match;
  const inner = inline(rest, context);
  if (mark === ">") return el("blockquote", {}, ...inner);
  if (mark === "-#") return el("span", { class: "sub" }, ...inner);
  if (mark[0] === "#") return el("h" + (mark.length + 1), {}, ...inner);
  return el("div", {}, "• ", ...inner);
}

function moment(seconds, style) {
  const at = seconds * 1000;
  const text = style === "R" ? relative(seconds) : written(at, style);
  return el("time", { title: spoken(at), "data-relative": style === "R" ? seconds : null, class: "mention" }, text);
}

// Relative times keep counting by themselves, as on Discord.
setInterval(() => {
  for (const node of document.querySelectorAll("[data-relative]")) node.textContent = relative(Number(node.dataset.relative));
}, 1000);
