/** How the page calls a user who looks elsewhere: its title, and notifications if they want them. */

/** @import { Conversation, Message } from "./types.js" */

import { strings } from "./strings.js";
import { shown, shownName } from "./text.js";

const WANTED = "classchat notify";

/** Return whether notifications can be had here: only over TLS or on this machine. */
export function canNotify() {
  return "Notification" in window && isSecureContext && Notification.permission !== "denied";
}

/** Return whether the user wants them. */
export function wantsNotify() {
  try {
    return canNotify() && Notification.permission === "granted" && localStorage.getItem(WANTED) === "yes";
  } catch {
    return false;
  }
}

/**
 * Turn notifications on or off; the browser asks the user the first time.
 *
 * @param {boolean} want
 */
export async function setNotify(want) {
  const granted = want && (await Notification.requestPermission()) === "granted";
  try {
    localStorage.setItem(WANTED, granted ? "yes" : "no");
  } catch {
    // Not kept: the user is asked again next time.
  }
  return granted;
}

/**
 * Call the user for a message, if it is for them and they look elsewhere.
 *
 * @param {Conversation} conversation
 * @param {Message} message
 * @param {() => void} open
 */
export function call(conversation, message, open) {
  const forThem = message.mention || (conversation.kind === "user" && !message.own);
  if (!forThem || conversation.muted || document.hasFocus() || !wantsNotify()) return;
  navigator.vibrate?.(80);
  const place = conversation.kind === "room" ? ` – ${shownName(conversation.name)}` : "";
  try {
    const made = new Notification(`${shownName(message.sender)}${place}`, { body: shown(message.text).slice(0, 200), tag: conversation.key });
    made.onclick = () => {
      window.focus();
      open();
      made.close();
    };
  } catch {
    // Some phones have notifications only for service workers.
  }
}

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
 */
export function setTitle(count, focus) {
  const place = focus ? `${shownName(focus.name)} – ` : "";
  const title = `${count ? `(${badge(count)}) ` : ""}${place}${strings.title}`;
  if (document.title !== title) document.title = title;
}
