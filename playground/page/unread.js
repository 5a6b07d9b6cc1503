// What each person has read in this tab, by the last message of each channel; a reload forgets nothing.

const KEY = "read";

export class Reading {
  constructor() {
    this.kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? { start: null, people: {} };
  }

  // Somebody has come: what was there before the tab was opened counts as read.
  begin(me, channels) {
    const newest = channels.map((one) => one.last ?? "0").reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b), "0");
    this.kept.start ??= newest;
    this.mine = this.kept.people[me.id] ??= {};
    this.save();
  }

  until(id) {
    return this.mine?.[id] ?? this.kept.start ?? "0";
  }

  read(channel) {
    if (!channel.last || BigInt(channel.last) <= BigInt(this.until(channel.id))) return false;
    this.mine[channel.id] = channel.last;
    this.save();
    return true;
  }

  // Whether there is something new in a channel, and in how many messages one is mentioned.
  of(channel) {
    const until = BigInt(this.until(channel.id));
    return { fresh: BigInt(channel.last ?? "0") > until, pings: (channel.pings ?? []).filter((one) => BigInt(one) > until).length };
  }

  save() {
    sessionStorage.setItem(KEY, JSON.stringify(this.kept));
  }
}
