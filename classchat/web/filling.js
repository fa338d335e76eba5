/** Messages that are not here: those of a gap, and those around the one that a link leads to. */

import { indexOf } from "./sequence.js";
import * as phrases from "./phrases.js";

/** @import { Pages } from "./loading.js" */
/** @import { Conversation } from "./types.js" */

const AROUND = 25; // messages before and after one that a link leads to

/**
 * Load what is missing above the row at an index.
 *
 * @param {Pages} pages
 * @param {Conversation} conversation
 * @param {number} index
 */
export function fill(pages, conversation, index) {
  const [above, row] = [conversation.messages[index - 1], conversation.messages[index]];
  if (above && row) pages.ask(conversation, { after: above.seq }, (found, more) => markDeleted(conversation, above.seq, found[0]?.seq, more));
}

/**
 * Load the messages around a number.
 *
 * @param {Pages} pages
 * @param {Conversation} conversation
 * @param {number} seq
 */
export function around(pages, conversation, seq) {
  pages.ask(conversation, { after: Math.max(0, seq - AROUND - 1), limit: 2 * AROUND }, (found) => {
    if (!found.some((line) => line.seq === seq)) pages.store.notify({ type: "notice", text: phrases.notHere, error: true });
  });
}

/**
 * Mark the row above which messages can't be loaded, because they are deleted.
 *
 * @param {Conversation} conversation
 * @param {number} after The number above the gap.
 * @param {number|undefined} first The first number that was found behind it.
 * @param {boolean} more
 */
function markDeleted(conversation, after, first, more) {
  const row = conversation.messages[indexOf(conversation, first ?? after + 1)];
  if (row && (first === undefined ? !more : first > after + 1)) row.gone = true;
}
