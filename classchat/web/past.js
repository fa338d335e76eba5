/** Requests for earlier messages, as they are typed: a history, a search. */

import { CommandError, quoted } from "./targets.js";

/** @import { Request } from "./types.js" */
/** @import { Deed, Whereabouts } from "./commands.js" */

const MOST = 1000;
const USUAL = 50;
const UNITS = /** @type {Record<string, number>} */ ({ m: 60_000, h: 3_600_000, d: 86_400_000 });
const EXTENT = /^(\d{1,4})([mhd]?)$/i;

/**
 * Read what follows `/history`: a name, and a number or a time; both may be left out. `more` is the next page.
 *
 * @param {string[]} words
 * @param {Whereabouts} where
 * @returns {Request|Deed}
 */
export function readHistory([first = "", second = ""], where) {
  if (first.toLowerCase() === "more" && !second) return { do: "more", of: "history" };
  const [name, extent] = second || !EXTENT.test(first) ? [first, second] : ["", first];
  const [, digits = "", unit = ""] = EXTENT.exec(extent) ?? [];
  const count = Number(digits);
  if (extent && (!digits || (!unit && (count < 1 || count > MOST)))) {
    throw new CommandError(`'${quoted(extent)}' is not a number from 1 to ${MOST}, or a time such as 30m, 2h or 3d`);
  }
  const whom = name || where.here;
  if (!whom) throw new CommandError("Which room or user? Usage: /history <room|user> [N|2h]");
  const request = { status: "history", ...meant(whom) };
  if (!unit) return { ...request, limit: count || USUAL };
  const since = new Date(where.now - count * (UNITS[unit.toLowerCase()] ?? 0)).toISOString();
  return { ...request, limit: MOST, since };
}

/**
 * Read what follows `/search`: words, and `from:NAME` and `in:NAME` anywhere among them. `more` is the next page; in
 * quotation marks it is the word.
 *
 * @param {string} text
 * @returns {Request|Deed}
 */
export function readSearch(text) {
  if (/^more$/i.test(text.trim())) return { do: "more", of: "search" };
  if (/^"more"$/i.test(text.trim())) return { status: "search", text: "more" };
  /** @type {Record<string, string>} */
  const filters = {};
  const words = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, what = "", name = ""] = /^(from|in):(.*)$/is.exec(word) ?? [];
    const key = what.toLowerCase();
    if (!key) words.push(word);
    else if (!/[^@#]/.test(name)) {
      throw new CommandError(`'${quoted(word)}' has no name: write from:@Bob, in:lab or in:@Bob`);
    } else if ((filters[key] ??= name) !== name) throw new CommandError(`Use '${key}:' only once in a search`);
  }
  const { from, in: place } = filters;
  if (!words.length && !from) throw new CommandError("No words to search for. Usage: /search <words>");
  return {
    status: "search",
    text: words.join(" "),
    ...(from ? { user: meant(from).receiver } : {}),
    ...(place ? meant(place) : {}),
  };
}

/**
 * Return a name as it is on the wire; with an `@` it has to be a user's.
 *
 * @param {string} name
 */
export function meant(name) {
  if (name.length < 2 || !/^[@#]/.test(name)) return { receiver: name };
  return name.startsWith("@") ? { receiver: name.slice(1), private: true } : { receiver: name.slice(1) };
}
