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

/** The name of the projector's view; if there are several, the others have a number behind it. */
export const PROJECTOR = "Projector";

/**
 * Return whether a user is a projector, which does not count as a person.
 *
 * @param {{name: string}} user
 */
export function isProjector({ name }) {
  return name.replace(/-\d$/, "") === PROJECTOR;
}

/**
 * Return how many people are in a room.
 *
 * @param {{people: Map<string, {name: string}>}} room
 */
export function countOf({ people }) {
  return [...people.values()].filter((one) => !isProjector(one)).length;
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
