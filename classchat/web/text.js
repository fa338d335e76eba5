/** Texts of other users made harmless, and cut into segments that the page shows as elements. */

/** @import { Segment } from "./types.js" */

/**
 * Return a text as segments: plain text, code, links, mentions of `me`.
 *
 * @param {string} text
 * @param {string} me
 * @returns {Segment[]}
 */
export function segments(text, me) {
  void me;
  return [{ kind: "text", text: shown(text) }];
}

/**
 * Return a text in a form that may be shown, with its lines.
 *
 * @param {string} text
 */
export function shown(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]/gu, "\ufffd");
}

/**
 * Return a name, or another single line, in a form that may be shown.
 *
 * @param {string} name
 * @param {number} [longest]
 */
export function shownName(name, longest = 64) {
  const short = name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
  return shown(short).replace(/[\n\t]/g, "\ufffd");
}

/**
 * Return whether a text mentions a user.
 *
 * @param {string} text
 * @param {string} name
 */
export function mentions(text, name) {
  return segments(text, name).some((one) => one.kind === "mention");
}
