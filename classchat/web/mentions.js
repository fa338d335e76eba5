/** Mentions: where a user's name stands in a text as a word of its own, as in classchat/client/display/mentions.py. */

import { userKey } from "./names.js";

const LONGEST = 512; // characters of a word that may be a name
const ENDING = new Set("._…-");
const WORD = /[\p{L}\p{M}\p{N}._…-]+/gu;
/** Scripts without spaces between words, or in which a suffix follows a name directly. */
const UNSPACED =
  "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\ud7ff\uf900-\ufaff\u{20000}-\u{3ffff}";
const RUNS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");
const IN_A_RUN = new RegExp(`^[${UNSPACED}]{2,}$`, "u");
const INSIDE = '[^\\s<>"\u3000-\u303f\uff00-\uffef]';
const LOCAL = `(?:(?![${UNSPACED}])[\\p{L}\\p{N}_]|[.%+-])`; // of an e-mail address
/** Links and addresses: a name inside one is not a mention. */
const LINK = new RegExp(
  [
    `(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|[Ww]{3}\\.)${INSIDE}+`, // https://example.org/alice
    `(?<!${LOCAL})(?![_.%+-])${LOCAL}{1,64}@` + // alice@example.org, git@example.org:alice/notes
      `(?:[A-Za-z0-9][\\p{L}\\p{N}_.-]*|[\\p{L}\\p{N}][\\p{L}\\p{N}_-]{0,63}\\.[\\p{L}\\p{N}_.-]+|\\[[\\w:.]+\\])` +
      `(?::[\\w.~-]*/${INSIDE}*)?`,
    `(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]{1,63}\\.){1,8}[A-Za-z0-9-]{1,63}(?:(?::\\d{1,5})?/|\\?\\w{1,20}=)${INSIDE}*`, // example.org/a
    `(?<![A-Za-z0-9.-])[A-Za-z][A-Za-z0-9-]{0,62}:\\d{1,5}/${INSIDE}*`, // localhost:8080/alice
  ].join("|"),
  "gu",
);

/**
 * Return whether a text mentions a user, in any spelling.
 *
 * @param {string} text
 * @param {string} name
 */
export function mentions(text, name) {
  return mentionsIn(text, name).length > 0;
}

/**
 * Return the beginning and end of each mention of a name.
 *
 * @param {string} text
 * @param {string} name
 * @returns {[number, number][]}
 */
export function mentionsIn(text, name) {
  const key = userKey(name);
  if (!key || (isAscii(text) && !text.toLowerCase().includes(key))) return [];
  /** @type {[number, number][]} */
  const found = [];
  /** @type {Map<string, [number, number]|null>} */
  const places = new Map();
  for (const { 0: word, index } of text.matchAll(WORD)) {
    let place = places.get(word);
    if (place === undefined) places.set(word, (place = word.length <= LONGEST ? placeOf(word, name, key) : null));
    if (place) found.push([index + place[0], index + place[1]]);
  }
  if (!found.length) return found;
  const links = [...text.matchAll(LINK)].map(({ 0: link, index }) => [index, index + link.length]);
  let at = 0;
  return found.filter(([begin, end]) => {
    while (Number(links[at]?.[1]) <= begin) at++;
    return !(Number(links[at]?.[0]) < end);
  });
}

/**
 * Return where the name is in a word, without punctuation or another script around it, or null.
 *
 * @param {string} word
 * @param {string} name
 * @param {string} key
 * @returns {[number, number]|null}
 */
function placeOf(word, name, key) {
  if (word.length * 3 < key.length) return null; // composing a name makes it shorter, by a factor of three at most
  const { begin, end } = bare(word);
  for (const from of new Set([0, begin])) {
    for (const to of new Set([word.length, end])) if (isName(word.slice(from, to), key)) return [from, to];
  }
  if (isAscii(word)) return null;
  for (const { 0: run, index } of word.matchAll(RUNS)) {
    const { begin: from, end: to } = bare(run);
    if (isName(run.slice(from, to), key)) return [index + from, index + to];
    const within = IN_A_RUN.test(name) ? run.indexOf(name) : -1;
    if (within >= 0) return [index + within, index + within + name.length];
  }
  return null;
}

/** @param {string} text */
function isAscii(text) {
  return !/[^\x00-\x7f]/.test(text);
}

/**
 * Return where a word begins and ends without the punctuation around it.
 *
 * @param {string} word
 */
function bare(word) {
  let [begin, end] = [0, word.length];
  while (begin < end && ENDING.has(word[begin] ?? "")) begin++;
  while (begin < end && ENDING.has(word[end - 1] ?? "")) end--;
  return { begin, end };
}

/**
 * @param {string} word
 * @param {string} key
 */
function isName(word, key) {
  return word.length <= key.length * 4 && userKey(word) === key;
}
