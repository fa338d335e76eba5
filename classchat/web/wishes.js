/** What a user wants of a chat besides saying something: from menus, dialogs and commands, loaded with them. */

import * as strings from "./strings.js";

/** @import { Chat } from "./chat.js" */
/** @import { Conversation } from "./types.js" */

/**
 * Return whether a sender is a program that posts with a webhook: there is no such user to write to, or to moderate.
 *
 * @param {string} name
 */
export function isProgram(name) {
  return name.endsWith("[bot]");
}

/**
 * Bring a private conversation into view, which may be new.
 *
 * @param {Chat} chat
 * @param {string} name
 */
export function talkTo(chat, name) {
  chat.view(chat.store.with("user", name));
}

/**
 * Set what the user wants of a conversation.
 *
 * @param {Chat} chat
 * @param {Conversation} conversation
 * @param {{muted?: boolean, quiet?: boolean}} wishes
 */
export function setWishes(chat, conversation, wishes) {
  Object.assign(conversation, wishes);
  chat.notify({ type: "changed", conversation });
  chat.notify({ type: "conversations" });
}

/**
 * Give the password for a dialog that a Change of type "ask" has opened; return "", or why it can't be sent.
 *
 * @param {Chat} chat
 * @param {"claim"|"password"} what
 * @param {string} password
 * @param {string} [current] The present password.
 * @returns {string}
 */
export function givePassword(chat, what, password, current) {
  if (chat.state.phase !== "up") return strings.notNow;
  return chat.ask({ status: what, text: password, ...(what === "password" ? { current } : {}) });
}
