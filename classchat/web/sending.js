/** The user's own messages from the moment they are typed: on their way, sent, or not sent. */

import { has, insert } from "./sequence.js";
import * as strings from "./strings.js";

/** @import { Store } from "./store.js" */
/** @import { Answer, Conversation, Message, Open, Spoken, Success } from "./types.js" */

export class Sending {
  /** @type {Map<string, {conversation: Conversation, message: Message}>} Messages without an answer, by id. */
  #open = new Map();

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
  }

  /**
   * Show a message that is on its way.
   *
   * @param {Conversation} conversation
   * @param {string} text
   * @param {string} id
   */
  start(conversation, text, id) {
    const row = this.store.row({ status: "group", sender: this.store.me, receiver: "", text }, true);
    /** @type {Message} */
    const message = Object.assign(row, { state: /** @type {const} */ ("pending"), id });
    conversation.pending.push(message);
    conversation.mark = -1;
    this.#open.set(id, { conversation, message });
    this.store.notify({ type: "added", conversation, message, live: true });
    return message;
  }

  /**
   * Record that a failed message is on its way again.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  again(conversation, message) {
    message.state = "pending";
    delete message.error;
    this.#open.set(message.id ?? "", { conversation, message });
    this.store.notify({ type: "changed", conversation, message });
  }

  /**
   * Return the row of a message that has come back from the room, or null; it is not pending any more.
   *
   * @param {Conversation} conversation
   * @param {Spoken} line
   */
  take({ pending }, { seq, text, time }) {
    let at = pending.findIndex((row) => row.state === "sent" && row.seq === seq);
    if (at < 0) at = pending.findIndex((row) => row.state === "pending" && row.text === text);
    const [row] = at < 0 ? [] : pending.splice(at, 1);
    return row ? Object.assign(row, { text, time: Date.parse(time ?? "") || row.time, numbered: Number(seq) > 0, state: "sent" }) : null;
  }

  /**
   * Record the answer to a message.
   *
   * @param {string} id
   * @param {Answer} answer
   */
  answered(id, answer) {
    const sent = this.#open.get(id);
    if (!sent) return;
    const { conversation, message } = sent;
    this.#open.delete(id);
    if (answer.status === "error") {
      this.failed(conversation, message, answer.text);
      const inLog = conversation === this.store.focus;
      this.store.notify({ type: "notice", text: strings.failed(answer.text), error: true, inLog });
      return;
    }
    if (answer.held) this.#held(conversation, message);
    else if (message.state === "pending") this.#accepted(conversation, message, answer);
    if (answer.away || answer.held) this.store.note(conversation, answer.text);
  }

  /**
   * Keep a message where it was written: only the staff have read it, so it never comes back.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  #held(conversation, message) {
    conversation.pending = conversation.pending.filter((one) => one !== message);
    insert(conversation, Object.assign(message, { state: "sent", seq: conversation.tail }));
  }

  /**
   * In a room, the message comes back like those of others, and gets its place then.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {Success} answer
   */
  #accepted(conversation, message, { seq = 0, time }) {
    Object.assign(message, { state: "sent", seq, time: Date.parse(time ?? "") || message.time });
    if (conversation.kind === "user") {
      this.store.startOver(conversation, { seq, time });
      this.settle(conversation, seq);
    } else this.settle(conversation);
    this.store.notify({ type: "changed", conversation });
  }

  /**
   * Give accepted messages their place if they do not come back any more: later ones are here.
   *
   * @param {Conversation} conversation
   * @param {number} [tail]
   */
  settle(conversation, tail = conversation.tail) {
    if (!conversation.pending.length) return;
    const settled = conversation.pending.filter((row) => row.state === "sent" && row.seq <= tail);
    for (const row of settled) {
      row.numbered = true;
      if (!has(conversation, row.seq)) insert(conversation, row);
    }
    conversation.pending = conversation.pending.filter((row) => !settled.includes(row));
  }

  /**
   * Mark a message that was not sent.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {string} why
   */
  failed(conversation, message, why) {
    let failed = message;
    if (message.numbered) {
      // Another device sent the same text: this one is the same in all but its number.
      failed = /** @type {Message} */ (/** @type {unknown} */ ({ __proto__: message, numbered: false }));
      conversation.pending.push(failed);
    }
    Object.assign(failed, { state: "failed", error: why });
    this.#open.delete(failed.id ?? "");
    this.store.notify({ type: "changed", conversation, message: failed });
  }

  /**
   * Mark messages whose outcome is not known.
   *
   * @param {Open[]} open
   */
  unconfirmed(open) {
    for (const { request, sent } of open) {
      const one = this.#open.get(request.id ?? "");
      if (one?.message.state === "pending") this.failed(one.conversation, one.message, sent ? strings.unconfirmed : "");
    }
  }
}
