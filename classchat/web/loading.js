/** Earlier messages: which pages of a history are on their way, and where they belong. */

/** @import { Link } from "./resume.js" */
/** @import { Store } from "./store.js" */
/** @import { Answer, Conversation, Request, Spoken } from "./types.js" */

const PAGE = 100; // messages

/**
 * @typedef {(found: Spoken[], more: boolean) => void} Done Called when a page is where it belongs.
 * @typedef {{conversation: Conversation, done?: Done, older?: boolean}} Loading
 */

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
      conversation.loading = this.ask(conversation, tail < 0 ? {} : { before: first }, undefined, true);
    }
  }

  /**
   * Load the latest messages: own ones, of another device or of this page before a reload, are not replayed.
   *
   * @param {Conversation} conversation
   */
  latest(conversation) {
    this.ask(conversation, {});
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
    if (loading?.older) {
      conversation.loading = false;
      conversation.atStart = !more;
    }
    this.store.page(conversation, found);
    loading?.done?.(found, more);
  }

  /**
   * Forget a request that gets no answer; what it would have loaded can be loaded later.
   *
   * @param {Request} request
   */
  withdrawn(request) {
    const loading = this.#open.get(request.id ?? "");
    this.#open.delete(request.id ?? "");
    if (loading?.older) loading.conversation.loading = false;
  }

  /** @param {Spoken[]} found */
  #conversationOf([line]) {
    if (!line) return null;
    if (line.status === "group") return this.store.with("room", line.receiver);
    return this.store.with("user", this.store.isMe(line.sender) ? line.receiver : line.sender);
  }

  /**
   * Load a page of messages; return whether it was asked for.
   *
   * @param {Conversation} conversation
   * @param {Partial<Request>} extent
   * @param {Done} [done]
   * @param {boolean} [older] Whether it is the page before the oldest message.
   */
  ask(conversation, extent, done, older) {
    const request = { status: "history", receiver: conversation.name, private: conversation.kind === "user", limit: PAGE, ...extent };
    const id = this.link.ask(request);
    if (id) this.#open.set(id, { conversation, done, older });
    return id !== "";
  }
}
