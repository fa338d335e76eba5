/** What a page was before a reload: read from sessionStorage, which may hold anything at all. */

import { isNumber, isRecord } from "./protocol.js";
import { records } from "./places.js";
import { LONGEST, MOST, MOST_UNSENT } from "./snapshot.js";

/** @import { Chat } from "./chat.js" */
/** @import { Store } from "./store.js" */
/** @import { Conversation } from "./types.js" */

/**
 * Make a new chat what it was when it returned this as its `snapshot`.
 *
 * @param {Chat} chat
 * @param {unknown} saved
 */
export function restore(chat, saved) {
  if (!isRecord(saved) || !isRecord(saved.link)) return;
  const { name, token } = saved.link;
  if (typeof name !== "string" || typeof token !== "string" || !name || !token) return;
  const { link, store } = chat;
  const { exchange } = link;
  link.name = store.me = exchange.places.me = name;
  exchange.token = token;
  exchange.places.restore(saved.link);
  for (const { conversation, message } of restored(store, saved)) chat.retry(conversation, message);
}

/**
 * Take what `save` returned; return the messages that were on their way.
 *
 * @param {Store} store
 * @param {Record<string, unknown>} saved
 */
function restored(store, saved) {
  for (const one of records(saved.conversations, MOST)) {
    const conversation = conversationOf(store, one);
    if (!conversation) continue;
    for (const name of /** @type {const} */ (["tail", "read", "unread", "mentions"])) {
      if (isNumber(one[name])) conversation[name] = one[name];
    }
    if (one.mark === -1 || isNumber(one.mark)) conversation.mark = one.mark;
    for (const name of /** @type {const} */ (["topic", "draft"])) conversation[name] = textOf(one[name]);
    for (const name of /** @type {const} */ (["joined", "muted", "quiet"])) conversation[name] = one[name] === true;
  }
  store.quiet = saved.quiet === true;
  store.lastSender = textOf(saved.lastSender);
  if (Array.isArray(saved.ignored)) store.ignored = new Set(saved.ignored.slice(0, MOST).map(textOf));
  store.focus = store.conversations.get(textOf(saved.focus)) ?? null;
  return records(saved.unsent, MOST_UNSENT).flatMap((one) => {
    const [conversation, id, text] = [conversationOf(store, one), textOf(one.id), textOf(one.text)];
    if (!conversation || !id || !text) return [];
    const message = store.sending.start(conversation, text, id);
    if (one.state === "pending") return [{ conversation, message }];
    store.sending.failed(conversation, message, textOf(one.error));
    return [];
  });
}

/**
 * @param {Store} store
 * @param {Record<string, unknown>} one
 * @returns {Conversation|null}
 */
function conversationOf(store, { kind, name }) {
  return (kind === "room" || kind === "user") && typeof name === "string" ? store.with(kind, name.slice(0, 255)) : null;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value.slice(0, LONGEST) : "";
}
