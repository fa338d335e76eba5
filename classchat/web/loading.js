/** Earlier messages: which pages of a history are on their way, and where they belong. */

import { indexOf } from "./sequence.js";
import * as strings from "./strings.js";

/** @import { Link } from "./resume.js" */
/** @import { Store } from "./store.js" */
/** @import { Answer, Conversation, Request, Spoken } from "./types.js" */

const PAGE = 100; // messages
const AROUND = 25; // messages before and after one that a link leads to

/** @typedef {{conversation: Conversation, what: "older"|"gap"|"around", seq?: number}} Loading */

export class Pages {
  /** @type {Map<string, Loading>} By the request's id. */
  #open = new Map();

  /**
   * @param {Store} store
   * @param {Link} link
   */
  constructor(store, link) {
    this.store = store;
    this.link = link;
  }

  /**
   * Load older messages, unless there are none or they are on their way.
   *
   * @param {Conversation} conversation
   */
  older(conversation) {
    if (conversation.loading || conversation.atStart || this.link.state.phase !== "up") return;
    const { messages, start, tail } = conversation;
    const first = messages.slice(start).find((row) => row.numbered)?.seq ?? tail + 1;
    if (tail >= 0 && first <= 1) {
      conversation.atStart = true;
      this.store.notify({ type: "changed", conversation });
    } else {
      conversation.loading = this.#ask(conversation, { ...(tail < 0 ? {} : { before: first }), limit: PAGE }, "older");
    }
  }

  /**
   * Load what is missing above the row at an index.
   *
   * @param {Conversation} conversation
   * @param {number} index
   */
  fill(conversation, index) {
    const [above, row] = [conversation.messages[index - 1], conversation.messages[index]];
    if (above && row) this.#ask(conversation, { after: above.seq, limit: PAGE }, "gap");
  }

  /**
   * Load the messages around a number.
   *
   * @param {Conversation} conversation
   * @param {number} seq
   */
  around(conversation, seq) {
    this.#ask(conversation, { after: Math.max(0, seq - AROUND - 1), limit: 2 * AROUND }, "around", seq);
  }

  /**
   * Load the latest messages: own ones, of another device or of this page before a reload, are not replayed.
   *
   * @param {Conversation} conversation
   */
  latest(conversation) {
    this.#ask(conversation, { limit: PAGE }, "around");
  }

  /**
   * Take a page.
   *
   * @param {Request} request
   * @param {Spoken[]} found
   * @param {Answer} answer
   */
  page(request, found, answer) {
    const id = request.id ?? "";
    const loading = this.#open.get(id);
    this.#open.delete(id);
    const more = answer.status === "success" && answer.more === true;
    if (request.status === "search") {
      this.store.notify({ type: "found", request, found, more });
      return;
    }
    const conversation = loading?.conversation ?? this.#conversationOf(found);
    if (!conversation) return;
    if (loading?.what === "older") {
      conversation.loading = false;
      conversation.atStart = !more;
    }
    this.store.page(conversation, found);
    if (loading?.what === "gap") markDeleted(conversation, request.after ?? 0, found[0]?.seq, more);
    const wanted = loading?.seq;
    if (wanted && !found.some((line) => line.seq === wanted)) this.store.notify({ type: "notice", text: strings.notHere, error: true });
  }

  /**
   * Forget a request that gets no answer; what it would have loaded can be loaded later.
   *
   * @param {Request} request
   */
  withdrawn(request) {
    const loading = this.#open.get(request.id ?? "");
    this.#open.delete(request.id ?? "");
    if (loading?.what === "older") loading.conversation.loading = false;
  }

  /** @param {Spoken[]} found */
  #conversationOf([line]) {
    if (!line) return null;
    if (line.status === "group") return this.store.with("room", line.receiver);
    return this.store.with("user", this.store.isMe(line.sender) ? line.receiver : line.sender);
  }

  /**
   * @param {Conversation} conversation
   * @param {Partial<Request>} extent
   * @param {Loading["what"]} what
   * @param {number} [seq] The message that a link leads to.
   */
  #ask(conversation, extent, what, seq) {
    const request = { status: "history", receiver: conversation.name, private: conversation.kind === "user", ...extent };
    const id = this.link.ask(request);
    if (id) this.#open.set(id, { conversation, what, seq });
    return id !== "";
  }
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
