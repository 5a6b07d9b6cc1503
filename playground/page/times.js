// Moments in the reader's own zone and language.

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export const clock = (at) => TIME.format(at);
export const day = (at) => DAY.format(at);
export const spoken = (at) => FULL.format(at);

// "Today at 12:30", "Yesterday at 12:30", else day and time.
export function moment(at) {
  const then = new Date(at);
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (then.toDateString() === now.toDateString()) return `Today at ${clock(at)}`;
  return then.toDateString() === yesterday.toDateString() ? `Yesterday at ${clock(at)}` : SHORT.format(at);
}
