/** Messages that were deleted: their rows lose the text. Loaded when the first one is. */

import * as phrases from "./phrases.js";
import { indexOf } from "./sequence.js";

/** @import { Spoken } from "./types.js" */
/** @import { Store } from "./store.js" */

/**
 * Show that a message was deleted, where it is shown.
 *
 * @param {Store} store
 * @param {Spoken} line
 */
export function deleted(store, { status, receiver, name = "", number = 0, by = "" }) {
  const conversation = status === "group" ? store.find("room", receiver) : store.find("user", name);
  if (!conversation) return;
  const at = indexOf(conversation, number);
  const message = conversation.messages[at];
  if (message?.seq !== number || !message.numbered) return;
  // Another object, because a row is drawn again only for another message.
  const gone = { ...message, __proto__: Object.getPrototypeOf(message), text: phrases.deletedBy(by), mention: false, event: "deleted", file: undefined };
  conversation.messages[at] = gone;
  store.notify({ type: "changed", conversation, message: gone });
}
