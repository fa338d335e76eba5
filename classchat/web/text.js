/** Texts of other users made harmless, and cut into segments that the page shows as elements. */

import { mentionsIn } from "./mentions.js";

/** @import { Segment } from "./types.js" */

const GONE = "\ufffd";
const MOST_MARKS = 8; // on one letter; more of them would cover the lines above
const MOST_NESTED = 125; // UAX 9, BD2: deeper levels are not looked at

// Controls but tab and newline, lone surrogates; line and paragraph separators, interlinear annotations, shorthand and
// musical formats, deprecated formats, tags.
const UNSAFE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u206a-\u206f\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]/gu;
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/;
const NEVER_IN_A_NAME = /[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f\u00ad\ufeff]/g;
const CLOSING = /** @type {Record<string, string>} */ ({
  "\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069",
});
/** Marks, joiners and selectors, letters that complete a Korean syllable, and skin tones: they take no column. */
const TOWERS =
  /([\p{Mn}\p{Mc}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff\u{1f3fb}-\u{1f3ff}]{8})[\p{Mn}\p{Mc}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff\u{1f3fb}-\u{1f3ff}]+/gu;

/**
 * Return a text in a form that may be shown, with its lines. The element that shows it is isolated, by `dir="auto"`.
 *
 * @param {string} text
 */
export function shown(text) {
  const plain = text.replace(UNSAFE, GONE).replace(TOWERS, "$1");
  return DIRECTIONS.test(plain) ? closed(plain) : plain;
}

/**
 * Return a name, or another single line, in a form that may be shown.
 *
 * @param {string} name
 * @param {number} [longest]
 */
export function shownName(name, longest = 64) {
  const short = name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
  return short.replace(UNSAFE, GONE).replace(/[\n\t]/g, GONE).replace(NEVER_IN_A_NAME, GONE).replace(TOWERS, "$1");
}

/**
 * Close the embeddings and isolates that each line leaves open; overrides are removed.
 *
 * @param {string} text
 */
function closed(text) {
  /** @type {string[]} */
  let open = [];
  const end = () => {
    const closing = open.reverse().join("");
    open = [];
    return closing;
  };
  const shown = text.replace(/[\u202a-\u202e\u2066-\u2069\n]/g, (one) => {
    if (one === "\n") return end() + one;
    const closing = CLOSING[one];
    if (closing) return open.length < MOST_NESTED && open.push(closing) ? one : GONE;
    return open.at(-1) === one ? (open.pop() ?? "") : GONE;
  });
  return shown + end();
}

/**
 * Return a text as segments: plain text, code, links, mentions of `me`. Together they are the whole text, but for the
 * marks around code.
 *
 * @param {string} text
 * @param {string} me
 * @returns {Segment[]}
 */
export function segments(text, me) {
  /** @type {Segment[]} */
  const found = [];
  blocks(shown(text), found, me);
  return found;
}

/**
 * Cut at fenced code: from a line that begins with three backticks to the next one.
 *
 * @param {string} text
 * @param {Segment[]} found
 * @param {string} me
 */
function blocks(text, found, me) {
  /** @type {string[]|null} */
  let code = null;
  /** @type {string[]} */
  let plain = [];
  const lines = text.split("\n");
  const fences = lines.reduce((count, line) => count + Number(line.startsWith("```")), 0);
  let left = fences - (fences % 2); // a fence that nothing closes is plain text
  for (const line of lines) {
    if (!line.startsWith("```") || !left) {
      (code ?? plain).push(line);
      continue;
    }
    left--;
    if (code) {
      found.push({ kind: "block", text: code.join("\n") });
      code = null;
    } else {
      if (plain.length) inline(plain.join("\n"), found, me);
      plain = [];
      code = [];
    }
  }
  if (plain.length) inline(plain.join("\n"), found, me);
}

/**
 * Cut at `inline code`.
 *
 * @param {string} text
 * @param {Segment[]} found
 * @param {string} me
 */
function inline(text, found, me) {
  let at = 0;
  for (const { 0: code, 1: inside = "", index } of text.matchAll(/`([^`\n]+)`/g)) {
    links(text.slice(at, index), found, me);
    found.push({ kind: "code", text: inside });
    at = index + code.length;
  }
  links(text.slice(at), found, me);
}

/**
 * Cut at links, http and https only.
 *
 * @param {string} text
 * @param {Segment[]} found
 * @param {string} me
 */
function links(text, found, me) {
  let at = 0;
  for (const { 0: match, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"\u3000-\u303f\uff00-\uffef]+/gi)) {
    const link = trimmed(match);
    const href = hrefOf(link);
    if (!href) continue;
    names(text.slice(at, index), found, me);
    found.push({ kind: "link", text: link, href });
    at = index + link.length;
  }
  names(text.slice(at), found, me);
}

/**
 * Return a link without the punctuation behind it, and without a parenthesis that it does not open.
 *
 * @param {string} link
 */
function trimmed(link) {
  let end = link.length;
  let open = 0;
  for (const one of link) open += one === "(" ? 1 : one === ")" ? -1 : 0;
  for (; end > 0; end--) {
    const last = link[end - 1] ?? "";
    if (last === ")" && open < 0) open++;
    else if (!/[.,;:!?'*_~\]}…\u202c\u2069]/.test(last)) break;
  }
  return link.slice(0, end);
}

/**
 * Return where a link leads; "" if it is none.
 *
 * @param {string} link
 */
function hrefOf(link) {
  try {
    const { protocol, hostname, href } = new URL(link);
    return hostname && (protocol === "https:" || protocol === "http:") ? href : "";
  } catch {
    return "";
  }
}

/**
 * Cut at the user's name.
 *
 * @param {string} text
 * @param {Segment[]} found
 * @param {string} me
 */
function names(text, found, me) {
  let at = 0;
  const add = (/** @type {"text"|"mention"} */ kind, /** @type {string} */ part) => part && found.push({ kind, text: part });
  for (const [name, end] of mentionsIn(text, me)) {
    const begin = name - Number(text[name - 1] === "@"); // "@Alice": it is highlighted as well
    add("text", text.slice(at, begin));
    add("mention", text.slice(begin, end));
    at = end;
  }
  add("text", text.slice(at));
}
