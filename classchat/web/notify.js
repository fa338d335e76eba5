/** What is unread, as the page's title and its badges show it. */

/** @import { Conversation } from "./types.js" */

import * as entry from "./entrytexts.js";
import { shownName } from "./text.js";

/**
 * Return how many messages of conversations that are not muted are unread, and whether one of them is for the user.
 *
 * @param {Iterable<Conversation>} all
 */
export function unreadIn(all) {
  let [count, wanted] = [0, false];
  for (const { muted, unread, kind, mentions } of all) {
    if (muted) continue;
    count += unread;
    wanted ||= unread > 0 && (kind === "user" || mentions > 0);
  }
  return { count, wanted };
}

/**
 * Return a number as a badge shows it.
 *
 * @param {number} count
 */
export function badge(count) {
  return count > 999 ? "999+" : String(count);
}

/**
 * Put the number of unread messages into the title.
 *
 * @param {number} count
 * @param {Conversation|null} focus
 * @param {string} [call] What the user must not miss.
 */
export function setTitle(count, focus, call = "") {
  const place = focus ? `${shownName(focus.name)} – ` : "";
  const title = `${call}${count ? `(${badge(count)}) ` : ""}${place}${entry.title}`;
  if (document.title !== title) document.title = title;
}
