/** Notifications, if the user wants them. */

/** @import { Conversation, Message } from "./types.js" */

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
 * Call the user, who looks elsewhere, for a message, if they want that.
 *
 * @param {Conversation} conversation
 * @param {Message} message
 * @param {() => void} open
 */
export function call(conversation, message, open) {
  if (!wantsNotify()) return;
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
