/** When two names are the same, as in classchat/names.py: in any case and any encoding of the same letters. */

/** The sender of the server's own events. */
export const SERVER = "SERVER";

const LONGEST = 256; // characters that count: normalizing very long names takes long

/**
 * Return the key of a room's name; equal names have equal keys.
 *
 * @param {string} name
 */
export function roomKey(name) {
  const folded = name.slice(0, LONGEST).normalize("NFD").replace(/[^ı]+/g, (part) => part.toUpperCase().toLowerCase());
  return folded.replaceAll("ς", "σ").normalize("NFC");
}

/**
 * Return the key of a user's name; equal names have equal keys, in any width.
 *
 * @param {string} name
 */
export function userKey(name) {
  const narrow = name.slice(0, LONGEST).replace(/[\uff01-\uffee\u3000]/g, (one) => one.normalize("NFKC"));
  return narrow.toLowerCase().normalize("NFC");
}
