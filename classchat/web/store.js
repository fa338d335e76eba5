/** Everything that the page shows, as data: conversations, people, counts. */

import { SERVER, roomKey, userKey } from "./names.js";
import { mentions } from "./text.js";

/** @import { Answer, Change, Conversation, LinkState, Message, Open, Request, Spoken, Success } from "./types.js" */

/** What the page knows of a server. A Link tells it what happens. */
export class Store {
  /** The user's name as others see it; "" before signing in. */
  me = "";
  /** Whether the user has an account, as far as the server has said. */
  claimed = false;
  /** Whether guests may register their names, as far as the server has said. */
  takesClaims = true;
  /** @type {Set<string>} The keys of users whose messages are hidden. */
  ignored = new Set();
  /** The room that new users join, or "". */
  lobby = "";
  /** @type {Map<string, Conversation>} In the order in which they came up. */
  conversations = new Map();
  /** @type {Conversation|null} The one in view. */
  focus = null;
  /** Whether the user sees the end of the conversation in view. */
  following = false;

  #keys = 0;

  /**
   * @param {(change: Change) => void} notify
   * @param {() => number} now
   */
  constructor(notify, now) {
    this.notify = notify;
    this.now = now;
  }

  /**
   * Return a conversation, or null if it is not known.
   *
   * @param {"room"|"user"} kind
   * @param {string} name
   * @returns {Conversation|null}
   */
  find(kind, name) {
    return this.conversations.get(keyOf(kind, name)) ?? null;
  }

  /**
   * Return a conversation, and make it if it is not known.
   *
   * @param {"room"|"user"} kind
   * @param {string} name
   * @returns {Conversation}
   */
  with(kind, name) {
    const key = keyOf(kind, name);
    let known = this.conversations.get(key);
    if (!known) {
      known = {
        key, kind, name, messages: [], pending: [], start: 0, tail: 0, atStart: false, loading: false, unread: 0,
        mentions: 0, read: 0, mark: -1, joined: false, ended: "", topic: "", private: false, closed: false,
        people: new Map(), draft: "", muted: false, quiet: false,
      };
      this.conversations.set(key, known);
      this.notify({ type: "conversations" });
    }
    return known;
  }

  /**
   * Add a message or event that is new.
   *
   * @param {Spoken} line
   */
  heard(line) {
    const own = userKey(line.sender) === userKey(this.me);
    const conversation =
      line.status === "group" ? this.with("room", line.receiver) : this.with("user", own ? line.receiver : line.sender);
    const numbered = line.seq !== undefined;
    conversation.tail = Math.max(conversation.tail, line.seq ?? 0);
    /** @type {Message} */
    const message = {
      key: ++this.#keys,
      kind: line.sender === SERVER ? "event" : "said",
      seq: line.seq ?? conversation.tail,
      numbered,
      time: Date.parse(line.time ?? "") || this.now(),
      sender: line.sender,
      text: line.text,
      own,
      mention: !own && mentions(line.text, this.me),
      state: "sent",
    };
    conversation.messages.push(message);
    this.notify({ type: "added", conversation, message, live: !line.replay });
  }
}

/**
 * @param {"room"|"user"} kind
 * @param {string} name
 */
export function keyOf(kind, name) {
  return kind === "room" ? `#${roomKey(name)}` : `@${userKey(name)}`;
}

/**
 * Return how many messages are missing above a row: 0 if the rows are next to each other.
 *
 * @param {Conversation} conversation
 * @param {number} index
 */
export function missingAbove(conversation, index) {
  const row = conversation.messages[index];
  const above = index > conversation.start && conversation.messages[index - 1]?.seq;
  return row && above ? Math.max(0, row.seq - above - 1) : 0;
}
