/** The rows of a conversation, in the order of their numbers: where a message belongs, and what is missing. */

/** @import { Conversation, Message } from "./types.js" */

const MOST_ROWS = 200_000; // of one conversation, in memory; older ones can be loaded again

/**
 * Return the index of the first row with this number or a higher one.
 *
 * @param {Conversation} conversation
 * @param {number} seq
 */
export function indexOf({ messages, start }, seq) {
  let low = start;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Message} */ (messages[middle]).seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Return whether a conversation has the message with this number.
 *
 * @param {Conversation} conversation
 * @param {number} seq
 */
export function has(conversation, seq) {
  if (seq > conversation.tail) return false;
  const row = conversation.messages[indexOf(conversation, seq)];
  return row?.seq === seq && row.numbered;
}

/**
 * Put a row where its number belongs, behind rows with the same one; return whether that is the end.
 *
 * @param {Conversation} conversation
 * @param {Message} row
 */
export function insert(conversation, row) {
  const { messages } = conversation;
  const last = messages.length > conversation.start ? messages.at(-1) : undefined;
  const atEnd = !last || last.seq < row.seq || (last.seq === row.seq && !row.numbered);
  if (atEnd) messages.push(row);
  else messages.splice(row.numbered ? indexOf(conversation, row.seq) : indexOf(conversation, row.seq + 1), 0, row);
  conversation.tail = Math.max(conversation.tail, row.seq);
  if (messages.length > MOST_ROWS) {
    messages.splice(0, MOST_ROWS >> 1);
    conversation.start = Math.max(0, conversation.start - (MOST_ROWS >> 1));
    conversation.atStart = false;
    return false; // all indexes are other ones now
  }
  return atEnd;
}

/**
 * Put a page of numbered rows, oldest first, where it belongs; rows that are there already stay as they are.
 *
 * @param {Conversation} conversation
 * @param {Message[]} page
 */
export function merge(conversation, page) {
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return;
  const low = indexOf(conversation, first.seq);
  const high = indexOf(conversation, last.seq + 1);
  const known = conversation.messages.slice(low, high);
  const numbers = new Set(known.filter((row) => row.numbered).map((row) => row.seq));
  const all = [...page.filter((row) => !numbers.has(row.seq)), ...known];
  // The sort is stable: a row without a number stays behind the message with the same one.
  all.sort((one, other) => one.seq - other.seq || Number(other.numbered) - Number(one.numbered));
  conversation.messages = conversation.messages.slice(0, low).concat(all, conversation.messages.slice(high));
  conversation.tail = Math.max(conversation.tail, last.seq);
}

/**
 * Start the numbering over: rows that are here already keep their place, above all later ones.
 *
 * @param {Conversation} conversation
 */
export function renumber(conversation) {
  conversation.start = conversation.messages.length;
  conversation.tail = -1;
  conversation.read = 0;
  conversation.mark = -1;
  conversation.atStart = false;
}

/**
 * Return how many messages are missing above a row: 0 if the rows are next to each other.
 *
 * @param {Conversation} conversation
 * @param {number} index
 */
export function missingAbove(conversation, index) {
  const row = conversation.messages[index];
  const above = index > conversation.start ? conversation.messages[index - 1] : undefined;
  if (!row || !above || above.seq < 0 || row.gone) return 0;
  return Math.max(0, row.seq - above.seq - Number(row.numbered)); // a row without a number stands behind the message
}
