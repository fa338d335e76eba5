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
