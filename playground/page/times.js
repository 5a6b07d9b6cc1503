// Moments in the reader's own zone, and in the language that their Discord speaks; before it is known, in the browser's.

const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" }, both: { dateStyle: "short", timeStyle: "short" },
};
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

let language;
let made = new Map();

// Gives whether it is another one than before: then what is on the page is to be written anew.
export function setLanguage(code) {
  if (code === language) return false;
  language = code;
  made = new Map();
  return true;
}

// Formats are slow to make: each is kept until the language changes.
function kept(name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

const relation = (numeric) => kept(numeric, () => new Intl.RelativeTimeFormat(language, { numeric }));

// A moment in one of Discord's styles, by its letter, or both day and time, short.
export const written = (at, style) => kept(style, () => new Intl.DateTimeFormat(language, STYLES[style])).format(at);

// What time it is on this Discord: its clock can be put forward, the reader's cannot.
let ahead = 0;
export const now = () => Date.now() + ahead;
export const setNow = (at) => {
  const apart = at - Date.now();
  ahead = Math.abs(apart) < 5000 ? 0 : apart; // less is how long the word of it was on its way
};

export const clock = (at) => written(at, "t");
export const day = (at) => written(at, "D");
export const spoken = (at) => written(at, "F");

// "in 5 minutes".
export function relative(seconds) {
  const away = seconds - now() / 1000;
  const [unit, size] = UNITS.find(([, one]) => Math.abs(away) >= one) ?? UNITS.at(-1);
  return relation("always").format(Math.round(away / size), unit);
}

// "Today at 12:30", "Yesterday at 12:30", else day and time.
export function moment(at) {
  const then = new Date(at).toDateString();
  const today = new Date(now());
  const ago = [0, -1].find((days) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + days).toDateString() === then);
  return ago === undefined ? written(at, "both") : `${named(ago)} ${clock(at)}`;
}

// Other languages put their word before the time without more: "Heute 12:30".
function named(days) {
  const word = relation("auto").format(days, "day");
  const said = word[0].toLocaleUpperCase(language) + word.slice(1);
  return /^en\b/.test(language ?? navigator.language) ? `${said} at` : said;
}
