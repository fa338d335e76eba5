/** What a page was before a reload: read from sessionStorage, which may hold anything at all. */

import { userKey } from "./names.js";
import { LONGEST_NAME, MOST_DIALOGS, MOST_ROOMS } from "./places.js";
import { isNumber, isRecord } from "./protocol.js";
import { LONGEST, MOST, MOST_UNSENT } from "./snapshot.js";

/** @import { Chat } from "./chat.js" */
/** @import { Places } from "./places.js" */
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
  restorePlaces(exchange.places, saved.link);
  for (const { conversation, message } of restored(store, list(saved.rest))) chat.retry(conversation, message);
}

/**
 * Take what the `snapshot` of places returned, or anything at all.
 *
 * @param {Places} places
 * @param {Record<string, unknown>} saved
 */
export function restorePlaces(places, saved) {
  if (typeof saved.epoch !== "string") return;
  places.epoch = saved.epoch;
  places.forgotten = textOf(saved.past);
  for (const { name, epoch, seq } of list(saved.rooms, MOST_ROOMS).filter(isRecord)) {
    if (typeof name === "string" && typeof epoch === "string" && isNumber(seq)) places.joined(name, { epoch, seq });
  }
  for (const { name, seq, time } of list(saved.dialogs, MOST_DIALOGS).filter(isRecord)) {
    if (typeof name === "string" && isNumber(seq) && typeof time === "string") {
      places.dialogs.set(userKey(name), { name: name.slice(0, LONGEST_NAME), seq, time });
    }
  }
}

/**
 * Take what `save` returned, or any list; return the messages that were on their way.
 *
 * @param {Store} store
 * @param {unknown[]} saved
 */
function restored(store, [focus, ignored, quiet, lastSender, unsent, conversations]) {
  for (const [kind, name, joined, tail, read, mark, unread, mentions, topic, muted, isQuiet, draft] of list(conversations, MOST).map((one) => list(one))) {
    const conversation = conversationOf(store, kind, name);
    if (!conversation) continue;
    Object.assign(conversation, { tail: numberOf(tail, -1), read: numberOf(read), mark: numberOf(mark, -1), unread: numberOf(unread), mentions: numberOf(mentions) });
    Object.assign(conversation, { topic: textOf(topic), draft: textOf(draft), joined: joined === true, muted: muted === true, quiet: isQuiet === true });
  }
  store.quiet = quiet === true;
  store.lastSender = textOf(lastSender);
  store.ignored = new Set(list(ignored, MOST).map(textOf));
  store.focus = store.conversations.get(textOf(focus)) ?? null;
  return list(unsent, MOST_UNSENT).flatMap((one) => {
    const [kind, name, id, text, state, error] = list(one);
    const [conversation, key, words] = [conversationOf(store, kind, name), textOf(id), textOf(text)];
    if (!conversation || !key || !words) return [];
    const message = store.sending.start(conversation, words, key);
    if (state === "pending") return [{ conversation, message }];
    store.sending.failed(conversation, message, textOf(error));
    return [];
  });
}

/**
 * @param {Store} store
 * @param {unknown} kind
 * @param {unknown} name
 * @returns {Conversation|null}
 */
function conversationOf(store, kind, name) {
  return (kind === "room" || kind === "user") && typeof name === "string" ? store.with(kind, name.slice(0, LONGEST_NAME)) : null;
}

/**
 * Return the beginning of a list that may be anything.
 *
 * @param {unknown} value
 * @param {number} [most]
 * @returns {unknown[]}
 */
function list(value, most = MOST) {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

/**
 * @param {unknown} value
 * @param {number} [otherwise]
 */
function numberOf(value, otherwise = 0) {
  return isNumber(value) ? value : otherwise;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value.slice(0, LONGEST) : "";
}
