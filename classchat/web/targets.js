/**
 * Commands whose room may be left out, with what the page knows, as in the terminal:
 *
 *     /kick dave being rude       the room in view
 *     /kick lab dave being rude   another one: `lab` is known as a room, and `dave` as a user
 *     /kick @lab being rude       the user, even if a room has that name
 */

import { roomKey } from "./names.js";
import { shownName } from "./text.js";

/** @import { Request } from "./types.js" */
/** @import { Whereabouts } from "./commands.js" */

/** A line that can't be carried out; its message says why. */
export class CommandError extends Error {}

const MOST_SECONDS = 366 * 24 * 60 * 60;
const SECONDS = /** @type {Record<string, number>} */ ({ s: 1, m: 60, h: 3600, d: 86400 });

export const quoted = shownName;

/**
 * Return a user's name without the `@` before it; no name contains one.
 *
 * @param {string} name
 */
export function bare(name) {
  return name.replace(/^@(?=.)/, "");
}

/**
 * @param {string} status
 * @returns {(words: string[], where: Whereabouts, usage: string) => Request}
 */
export function about(status) {
  return (words, where, usage) => {
    const { receiver, user, rest } = roomAndUser(words, where, usage);
    if (rest.length) throw new CommandError(`Usage: ${usage}`);
    return { status, receiver, ...whom(status, user) };
  };
}

/**
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 * @returns {Request}
 */
export function kick(words, where, usage) {
  const { receiver, user, rest } = roomAndUser(words, where, usage);
  return { status: "kick", receiver, user, text: rest.join(" ") };
}

/**
 * Return what reads `[room] <username> [30m] [reason]`; a duration begins with a digit. `/mute #7` mutes the author
 * of question 7, whoever it is: no user's name has a `#`.
 *
 * @param {"ban"|"mute"} status
 * @returns {(words: string[], where: Whereabouts, usage: string) => Request}
 */
export function keepOut(status) {
  return (words, where, usage) => {
    const [first = "", second = "", third = ""] = words;
    if (lasts(second) && !lasts(third)) {
      secondsOf(second);
      words = [`@${bare(first)}`, ...words.slice(1)]; // the room is left out
    }
    const { receiver, user, rest } = roomAndUser(words, where, usage);
    const [how = "", ...reason] = rest;
    if (!lasts(how)) return { status, receiver, ...whom(status, user), text: rest.join(" ") };
    return { status, receiver, ...whom(status, user), seconds: secondsOf(how), text: reason.join(" ") };
  };
}

/**
 * Return the user of a request, or the number of the question whose author is meant.
 *
 * @param {string} status
 * @param {string} user
 */
function whom(status, user) {
  const [, number] = (/^(un)?mute$/.test(status) && /^#(\d{1,10})$/.exec(user)) || [];
  return Number(number) ? { number: Number(number) } : { user };
}

/**
 * Read `[room] [text]`: without text the topic is shown, `-` removes it.
 *
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 * @returns {Request}
 */
export function topic(words, { focus, isRoom }, usage) {
  const [first] = words;
  let receiver = focus;
  if (first && (focus === null || isSame(first, focus) || (words.length === 1 && isRoom(first)))) {
    receiver = first;
    words = words.slice(1);
  }
  if (receiver === null) throw whichRoom(usage);
  if (!words.length) return { status: "rooms", room: receiver };
  const text = words.join(" ");
  return { status: "topic", receiver, text: text === "-" ? "" : text };
}

/**
 * Read `[room] <kind> [30s]`; only a slow room takes a time.
 *
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 * @returns {Request}
 */
export function room(words, where, usage) {
  const last = words.at(-1) ?? "";
  const timed = words.length > 1 && words.at(-2)?.toLowerCase() === "slow" && lasts(last);
  const [kind = "", ...rest] = (timed ? words.slice(0, -1) : [...words]).reverse();
  if (rest.length > 1) throw new CommandError(`Usage: ${usage}`);
  const receiver = roomOrFocus(rest, where, usage);
  return timed ? { status: "room", receiver, text: kind, seconds: slowly(last) } : { status: "room", receiver, text: kind };
}

/** @param {string} word Return the seconds between two messages in a slow room. */
function slowly(word) {
  const [, number, unit = ""] = /^(\d{1,8})([smhd])$/i.exec(word) ?? [];
  const seconds = Number(number) * (SECONDS[unit.toLowerCase()] ?? 0);
  if (seconds >= 1 && seconds <= 3600) return seconds;
  throw new CommandError(`'${quoted(word)}' is not a duration: write 30s or 5m, at most 1h`);
}

/**
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 * @returns {Request}
 */
export function close(words, where, usage) {
  return { status: "close", receiver: roomOrFocus(words, where, usage) };
}

/**
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 * @returns {Request}
 */
export function leave(words, where, usage) {
  return { status: "leave", receiver: roomOrFocus(words, where, usage) };
}

/**
 * Read `[room|user|*]`: without a word, the room in view, or else all users.
 *
 * @param {string[]} words
 * @param {Whereabouts} where
 * @returns {Request}
 */
export function users([word], { focus, isRoom, isUser }) {
  const what = word ?? focus ?? "*";
  if (what === "*") return { status: "users" };
  if (what.startsWith("@") || (isUser(what) && !isRoom(what))) return { status: "users", user: bare(what) };
  return { status: "users", receiver: what };
}

/**
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 */
function roomAndUser(words, where, usage) {
  const [first = "", second = "", ...rest] = words;
  if (words.length > 1 && beginsWithRoom(first, second, where)) return { receiver: first, user: bare(second), rest };
  if (where.focus === null) throw whichRoom(usage);
  return { receiver: where.focus, user: bare(first), rest: words.slice(1) };
}

/**
 * Return whether the first word is a room, and the second one a user.
 *
 * @param {string} first
 * @param {string} second
 * @param {Whereabouts} where
 */
function beginsWithRoom(first, second, { focus, isRoom, isUser }) {
  if (first.startsWith("@") || second.startsWith("@")) return !first.startsWith("@");
  if (focus === null) return true;
  const room = isRoom(first) || isSame(first, focus);
  return room === isUser(first) ? isUser(second) : room;
}

/**
 * @param {string[]} words
 * @param {Whereabouts} where
 * @param {string} usage
 */
function roomOrFocus([word], { focus }, usage) {
  if (word === undefined && focus === null) throw whichRoom(usage);
  return word ?? focus ?? "";
}

/** @param {string} word */
function lasts(word) {
  return /^[+-]?\p{Nd}[\p{Nd}.,]*[\p{L}\p{N}_]{0,8}$/u.test(word);
}

/** @param {string} word */
function secondsOf(word) {
  const [, number, unit = ""] = /^(\d{1,8})([smhd])$/i.exec(word) ?? [];
  const seconds = Number(number) * (SECONDS[unit.toLowerCase()] ?? 0);
  if (seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  throw new CommandError(`'${quoted(word)}' is not a duration: write 30s, 30m, 2h or 7d, at most a year`);
}

/** @param {string} usage */
function whichRoom(usage) {
  return new CommandError(`Which room? Usage: ${usage.replace("[room]", "<room>")}`);
}

/**
 * @param {string} one
 * @param {string} other
 */
function isSame(one, other) {
  return roomKey(one) === roomKey(other);
}
