// Moments in the reader's own zone and language.

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

// What time it is on this Discord: its clock can be put forward, the reader's cannot.
let ahead = 0;
export const now = () => Date.now() + ahead;
export const setNow = (at) => { ahead = at - Date.now(); };

export const clock = (at) => TIME.format(at);
export const day = (at) => DAY.format(at);
export const spoken = (at) => FULL.format(at);

// "Today at 12:30", "Yesterday at 12:30", else day and time.
export function moment(at) {
  const then = new Date(at);
  const today = new Date(now());
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (then.toDateString() === today.toDateString()) return `Today at ${clock(at)}`;
  return then.toDateString() === yesterday.toDateString() ? `Yesterday at ${clock(at)}` : SHORT.format(at);
}
