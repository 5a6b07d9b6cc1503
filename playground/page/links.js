// Addresses of channels and messages in Discord's form.

const FORM = /^https:\/\/(?:(?:canary|ptb)\.)?discord(?:app)?\.com\/channels\/(@me|\d+)\/(\d+)(?:\/(\d+))?\/?$/;

// What an address points at: { guild, channel, message }, or null if it is no such address.
export function place(href) {
  const match = FORM.exec(href);
  return match && { guild: match[1], channel: match[2], message: match[3] ?? null };
}

export const address = (guild, ...ids) => ["https://discord.com/channels", guild ?? "@me", ...ids].join("/");
