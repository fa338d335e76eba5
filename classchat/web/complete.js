/** Completions of a command, of its arguments, and of `@name`. */

import { COMMANDS, CommandError, named } from "./commands.js";
import { roomKey, userKey } from "./names.js";

/** @import { Candidate } from "./commands.js" */

/**
 * @typedef {object} Names
 * @property {Iterable<string>} users
 * @property {Iterable<string>} rooms
 */

const MOST = 8; // that are offered at once
const NAMES = COMMANDS.flatMap((one) => [one.name, ...one.also.filter((name) => name.length > 3)]);

/**
 * Return the completions of a text up to the caret.
 *
 * @param {string} text
 * @param {Names} names
 * @returns {Candidate[]}
 */
export function complete(text, names) {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const word = /\S*$/.exec(line.slice(-200))?.[0] ?? "";
  if (text.startsWith("/") && !text.startsWith("//") && line === text) {
    const words = text.split(/\s+/).filter(Boolean);
    const position = words.length - (word ? 1 : 0);
    if (position === 0) return matching(word, NAMES, "command", "", " ");
    const found = ofArgument(words[0] ?? "", position - 1, word, names);
    if (found) return found;
  }
  return word.length > 1 && word.startsWith("@") ? matching(word.slice(1), names.users, "user", "@") : [];
}

/**
 * Return the completions of an argument; null if it takes no names.
 *
 * @param {string} command
 * @param {number} position
 * @param {string} word
 * @param {Names} names
 */
function ofArgument(command, position, word, names) {
  const known = find(command);
  const [, filter = "", rest = ""] = /^((?:from|in):)(.*)$/i.exec(word) ?? [];
  if (filter && known?.name === "/search") {
    const rooms = filter.toLowerCase() === "in:" ? matching(rest, names.rooms, "room") : [];
    return [...rooms, ...matching(rest.replace(/^@/, ""), names.users, "user", "@", "", rest.length)].slice(0, MOST);
  }
  const need = known?.needs[position] ?? "";
  const mayOmit = need === "[room]" && /username/.test(known?.needs[position + 1] ?? "");
  const takesUser = /user/.test(need) || mayOmit;
  if (need === "[command]") {
    return matching(word, COMMANDS.map((one) => one.name.slice(1)), "command");
  }
  if ((!takesUser && !/room/.test(need)) || (word.startsWith("@") && takesUser)) return null;
  return [
    ...(/room/.test(need) ? matching(word, names.rooms, "room") : []),
    ...(takesUser ? matching(word, names.users, "user") : []),
  ].slice(0, MOST);
}

/** @param {string} name */
function find(name) {
  try {
    return named(name);
  } catch (wrong) {
    if (wrong instanceof CommandError) return null;
    throw wrong;
  }
}

/**
 * @param {string} word
 * @param {Iterable<string>} names
 * @param {"command"|"user"|"room"} about
 * @param {string} [before] What stands before a name.
 * @param {string} [behind]
 * @param {number} [replaces]
 * @returns {Candidate[]}
 */
function matching(word, names, about, before = "", behind = "", replaces = word.length + before.length) {
  const key = about === "user" ? userKey : roomKey;
  const begin = key(word);
  const found = [...names].filter((name) => key(name).startsWith(begin));
  if (about !== "command") found.sort((one, other) => (key(one) < key(other) ? -1 : 1));
  return found.slice(0, MOST).map((name) => ({ text: `${before}${name}${behind}`, replaces, about }));
}
