/** What a reload of the page needs: bounded data for sessionStorage, which may come back as anything at all. */

import { isNumber } from "./protocol.js";
import { records } from "./places.js";

/** @import { Store } from "./store.js" */
/** @import { Conversation } from "./types.js" */

const MOST = 200; // conversations
const MOST_TEXT = 200_000; // characters of all drafts and unsent messages
const LONGEST = 20_000; // of one
const MOST_UNSENT = 100;

/** Return the state of a store as data. */
export function save(/** @type {Store} */ store) {
  let left = MOST_TEXT;
  const fits = (/** @type {string} */ text) => text.length <= LONGEST && (left -= text.length) >= 0;
  const all = [...store.conversations.values()].slice(-MOST);
  const unsent = all.flatMap(({ kind, name, pending }) =>
    pending.filter((row) => row.state !== "sent").map(({ id, text, state, error }) => ({ kind, name, id, text, state, error })),
  );
  return {
    focus: store.focus?.key,
    ignored: [...store.ignored].slice(0, MOST),
    quiet: store.quiet,
    lastSender: store.lastSender,
    unsent: unsent.slice(-MOST_UNSENT).filter(({ text }) => fits(text)),
    conversations: all.map(({ kind, name, joined, tail, read, mark, unread, mentions, topic, muted, quiet, draft }) => ({
      kind, name, joined, tail, read, mark, unread, mentions, topic, muted, quiet, draft: fits(draft) ? draft : "",
    })),
  };
}

/**
 * Take what `save` returned, or anything at all; return the messages that were on their way.
 *
 * @param {Store} store
 * @param {Record<string, unknown>} saved
 */
export function restore(store, saved) {
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
