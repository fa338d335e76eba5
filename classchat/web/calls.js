/** Notifications and vibration, if the user wants them. */

/** @import { Conversation, Message } from "./types.js" */

import { shown, shownName } from "./text.js";

const WANTED = "classchat notify";
const LASTS = 80; // ms of a vibration

/** Return whether notifications can be had here: only over TLS or on this machine. */
export function canNotify() {
  return "Notification" in window && isSecureContext && Notification.permission !== "denied";
}

/** Return whether the user can be called at all: a phone also vibrates where there are no notifications. */
export function canCall() {
  return canNotify() || vibrates();
}

/** Return whether the user wants to be called. */
export function wantsCalls() {
  try {
    return localStorage.getItem(WANTED) === "yes" && (vibrates() || Notification.permission === "granted");
  } catch {
    return false;
  }
}

/**
 * Turn calls on or off; the browser asks the user the first time.
 *
 * @param {boolean} want
 */
export async function setCalls(want) {
  const granted = want && canNotify() && (await Notification.requestPermission()) === "granted";
  try {
    localStorage.setItem(WANTED, granted || (want && vibrates()) ? "yes" : "no");
  } catch {
    // Not kept: the user is asked again next time.
  }
}

/**
 * Call the user, who looks elsewhere, for a message, if they want that.
 *
 * @param {Conversation} conversation
 * @param {Message} message
 * @param {() => void} open
 */
export function call(conversation, message, open) {
  if (!wantsCalls()) return;
  if (vibrates()) navigator.vibrate(LASTS);
  if (document.hasFocus() || !canNotify()) return; // the list shows what is unread
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

/** Return whether this may be a phone that vibrates: browsers of other machines have the function as well. */
function vibrates() {
  return "vibrate" in navigator && matchMedia("(pointer: coarse)").matches;
}
