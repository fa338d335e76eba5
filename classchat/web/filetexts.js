/** The English texts of shared files, loaded with the first of them. */

const UNITS = ["kB", "MB", "GB", "TB"];

/**
 * Return a number of bytes as people read it: "812 bytes", "1.2 MB", as the server writes it.
 *
 * @param {number} size
 */
export function sizeInWords(size) {
  if (size < 1000) return size === 1 ? "1 byte" : `${size} bytes`;
  let [value, at] = [size / 1000, 0];
  for (; value >= 999.5 && at < UNITS.length - 1; at++) value /= 1000;
  return `${value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[at]}`;
}

// In the log
export const download = "Download";
/** @param {string} size */
export const show = (size) => `Show the picture (${size})`;
export const noPicture = "This picture can't be shown. Its name leads to the file.";
export const gone = "This file is no longer there: it was deleted, or you have left the conversation.";
export const lost = "The server can't be reached now. Try again when the connection is back.";
/** @type {(at: number, count: number) => string} */
export const which = (at, count) => `${at} of ${count}`;
export const previous = "Previous picture";
export const next = "Next picture";

// Before a file is sent, and on its way
export const chosen = "Files to share";
/** @param {number} count */
export const send = (count) => (count === 1 ? "Share 1 file" : `Share ${count} files`);
export const dropHere = "Drop files here to share them";
/** @param {string} name */
export const remove = (name) => `Remove ${name}`;
/** @param {string} name */
export const stop = (name) => `Stop sharing ${name}`;
/** @param {string} name */
export const retry = (name) => `Try again to share ${name}`;
export const again = "Try again";
/** @param {string} name */
export const progressOf = (name) => `Upload of ${name}`;
export const waiting = "waits";
export const reading = "is read";
export const offline = "goes on when the connection is back";
/** @type {(sent: string, size: string) => string} */
export const sent = (sent, size) => `${sent} of ${size}`;
/** @type {(name: string, place: string) => string} */
export const isShared = (name, place) => `${name} is shared with ${place}`;
/** @type {(name: string, why: string) => string} */
export const notShared = (name, why) => `${name} is not shared: ${why}`;

/** @param {number} most */
export const tooMany = (most) => `At most ${most} files can wait at a time: the others were left out.`;
/** @param {number} most */
export const tooLarge = (most) => `The file is too large: at most ${sizeInWords(most)}. Please share a smaller one.`;
export const unreadable = "It can't be read: it was changed or removed meanwhile, or it is a folder.";
export const notMember = "You are not in this room any more: join it, and try again.";
export const busy = "Too many requests wait for the connection. Try again later.";
/** @type {Record<number, string>} By the status of an answer without a text. */
export const REFUSED = {
  403: "You may not share files there any more.",
  404: "The upload has expired. Try again to start from the beginning.",
  409: "The server does not take the file at the moment.",
  422: "The file was changed meanwhile. Try again to share it as it is now.",
  429: "The room is slow: wait a little, and try again.",
  503: "The server can't store the file at the moment.",
  507: "The server's disk is full. Try again later.",
};
export const lostAgain = "The connection was lost again and again.";
export const ended = "The connection has ended. Connect again, and try again.";

/**
 * Return the name of a picture that was pasted, which has none of its own.
 *
 * @param {Date} now
 * @param {string} name What the browser calls it, for its ending.
 */
export function pasted(now, name) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `Picture ${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("-")}${name.slice(name.lastIndexOf("."))}`;
}
