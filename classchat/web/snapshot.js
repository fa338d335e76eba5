/** What a reload of the page needs: bounded data for sessionStorage. restoring.js reads it. */

/** @import { Store } from "./store.js" */

export const MOST = 200; // conversations
const MOST_TEXT = 200_000; // characters of all drafts and unsent messages
export const LONGEST = 20_000; // of one
export const MOST_UNSENT = 100;

/** Return the state of a store as data, in lists: names of the page's own are others in its next version. */
export function save(/** @type {Store} */ store) {
  let left = MOST_TEXT;
  const fits = (/** @type {string} */ text) => text.length <= LONGEST && (left -= text.length) >= 0;
  const all = [...store.conversations.values()].slice(-MOST);
  const unsent = all.flatMap(({ kind, name, pending }) =>
    pending.filter((row) => row.state !== "sent").map(({ id, text, state, error }) => [kind, name, id, text, state, error]),
  );
  return [
    store.focus?.key, [...store.ignored].slice(0, MOST), store.quiet, store.lastSender,
    unsent.slice(-MOST_UNSENT).filter(([, , , text = ""]) => fits(text)),
    all.map(({ kind, name, joined, tail, read, mark, unread, mentions, topic, muted, quiet, draft }) => [
      kind, name, joined, tail, read, mark, unread, mentions, topic, muted, quiet, fits(draft) ? draft : "",
    ]),
  ];
}
