/** Everything that the page shows, as data: conversations, their messages, counts, people. */

import { Known } from "./known.js";
import { mentions } from "./mentions.js";
import { SERVER, isProjector, roomKey, userKey } from "./names.js";
import { JOINED, LEFT } from "./protocol.js";
import { has, insert, merge, renumber } from "./sequence.js";
import { Sending } from "./sending.js";
import * as strings from "./strings.js";

/** @import { Change, Conversation, Message, Spoken } from "./types.js" */

export { missingAbove } from "./sequence.js";

const MOST_CONVERSATIONS = 500;

/** What most rows are: hundred thousands of them have only what differs, and take less memory. */
const USUAL = { kind: "said", numbered: true, own: false, mention: false, state: "sent" };

/** What the page knows of a server. It is told what happens, and notifies the page. */
export class Store {
  /** The user's name as others see it; "" before signing in. */
  me = "";
  /** Whether the user has an account, as far as the server has said. */
  claimed = false;
  /** Whether the user is an operator of the server. */
  operates = false;
  /** Whether guests may register their names, as far as the server has said. */
  takesClaims = true;
  /** The room that new users join, or "". */
  lobby = "";
  /** The last room that the user could not join because it does not exist, or "". */
  missing = "";
  /** @type {Map<string, Conversation>} In the order in which they came up. */
  conversations = new Map();
  /** @type {Conversation|null} The one in view. */
  focus = null;
  /** Whether the user sees the end of the conversation in view. */
  following = false;
  /** @type {Set<string>} The keys of users whose messages are hidden. */
  ignored = new Set();
  /** Whether joins and leaves are hidden in new conversations. */
  quiet = false;
  /** @type {Set<string>} The keys of the names that the user had before. */
  former = new Set();
  /** The sender of the last private message. */
  lastSender = "";
  known = new Known();

  sending = new Sending(this);

  /**
   * @param {(change: Change) => void} notify
   * @param {() => number} now
   */
  constructor(notify, now) {
    this.notify = notify;
    this.now = now;
  }

  // Conversations.

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
    const known = this.conversations.get(key);
    if (known) return known;
    /** @type {Conversation} */
    const made = {
      key, kind, name, messages: [], pending: [], start: 0, tail: -1, atStart: false, loading: false, unread: 0,
      mentions: 0, read: 0, mark: -1, joined: false, ended: "", topic: "", private: false, closed: false, announce: false,
      people: new Map(), draft: "", muted: false, quiet: this.quiet,
    };
    this.conversations.set(key, made);
    if (this.conversations.size > MOST_CONVERSATIONS) this.#dropOne(made);
    if (kind === "room") this.known.heardOf(name);
    else this.known.met(name);
    this.notify({ type: "conversations" });
    return made;
  }

  /** @param {Conversation} made */
  #dropOne(made) {
    for (const one of this.conversations.values()) {
      if (one === made || one === this.focus || one.joined || one.pending.length || one.draft) continue;
      this.conversations.delete(one.key);
      return;
    }
  }

  /** @param {Conversation} conversation */
  remove(conversation) {
    this.conversations.delete(conversation.key);
    this.notify({ type: "conversations" });
    if (this.focus === conversation) this.view(null);
  }

  /**
   * Bring a conversation into view.
   *
   * @param {Conversation|null} conversation
   */
  view(conversation) {
    this.focus = conversation;
    if (conversation && !conversation.unread) conversation.mark = -1;
    this.notify({ type: "focus" });
    if (this.following) this.follow(true);
  }

  /**
   * Record whether the end of the conversation in view is seen: what arrives there is read at once.
   *
   * @param {boolean} whether
   */
  follow(whether) {
    this.following = whether;
    if (whether && this.focus) this.#wasRead(this.focus);
  }

  /** @param {Conversation} conversation */
  #wasRead(conversation) {
    conversation.read = Math.max(conversation.read, conversation.tail);
    if (!conversation.unread && !conversation.mentions) return;
    conversation.unread = conversation.mentions = 0;
    this.notify({ type: "conversations" });
  }

  /**
   * Return whether a row is hidden: of an ignored user, or a join or leave of a projector, or where those are not wanted.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  hides({ quiet }, { kind, sender, event = "", user = "" }) {
    if (kind === "said") return this.ignored.size > 0 && this.ignored.has(userKey(sender));
    return (quiet || isProjector({ name: user })) && (JOINED.has(event) || LEFT.has(event)) && !this.isMe(user);
  }

  // What happens.

  /**
   * Add a message or event that is new.
   *
   * @param {Spoken} line
   */
  heard(line) {
    if (line.sender === SERVER) {
      this.#happened(line);
      return;
    }
    const own = this.isMe(line.sender);
    const room = line.status === "group";
    const conversation = this.with(room ? "room" : "user", own || room ? line.receiver : line.sender);
    const { seq = 0 } = line;
    if (!room) this.startOver(conversation, line);
    if (seq && has(conversation, seq)) return;
    const row = (own && this.sending.take(conversation, line)) || this.row(line, own);
    row.seq = seq || conversation.tail;
    if (!own) this.known.met(line.sender);
    if (!own && !room && !line.replay) this.lastSender = line.sender;
    const before = conversation.tail < 0 ? seq - 1 : conversation.tail;
    this.#add(conversation, row, !line.replay);
    this.sending.settle(conversation);
    this.#count(conversation, row, before, !line.replay);
  }

  /**
   * @param {Spoken} line
   * @param {boolean} own
   * @returns {Message}
   */
  row(line, own) {
    const { sender, text, event, file, seq = 0 } = line;
    const row = /** @type {Message} */ (/** @type {unknown} */ ({
      __proto__: USUAL, seq, time: Date.parse(line.time ?? "") || this.now(), sender, text,
    }));
    if (sender === SERVER) row.kind = "event";
    if (!seq) row.numbered = false;
    if (event) row.event = event;
    if (file) Object.assign(row, { file, text: text.split(": ")[0] }); // behind it is the link for people
    if (own) row.own = true;
    else if (mentions(text, this.me)) row.mention = true;
    return row;
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {boolean} live
   */
  #add(conversation, message, live) {
    const atEnd = insert(conversation, message);
    const seen = atEnd && !this.hides(conversation, message);
    this.notify(seen ? { type: "added", conversation, message, live } : { type: "changed", conversation });
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {number} before The last number before this message.
   * @param {boolean} live
   */
  #count(conversation, message, before, live) {
    if ((message.own && live) || (this.following && conversation === this.focus)) {
      this.#wasRead(conversation);
      return;
    }
    if (message.own || message.seq <= conversation.read || this.hides(conversation, message)) return;
    if (!conversation.unread) conversation.mark = before;
    conversation.unread++;
    if (message.mention || conversation.kind === "user") conversation.mentions++;
    this.notify({ type: "conversations" });
  }

  /**
   * Start the numbers of a private conversation over, if they are those of another person of the same name.
   *
   * @param {Conversation} conversation
   * @param {{seq?: number, time?: string}} line
   */
  startOver(conversation, { seq = 0, time = "" }) {
    if (!seq || seq > conversation.tail) return;
    const last = conversation.messages.findLast((row) => row.numbered);
    if (last && Date.parse(time) > last.time) renumber(conversation);
  }

  /** @param {Spoken} line */
  #happened(line) {
    if (line.event === "renamed" && line.user && line.name) {
      this.renamed(line.user, line.name, line);
      return;
    }
    const { about, event = "", user = "" } = line;
    if (about) {
      this.notify({ type: "class", line });
      if (!line.text) return; // it is for programs
    }
    if (line.status === "private") {
      if (!about) this.notify({ type: "notice", text: line.text, error: false, room: event === "invited" ? line.room : undefined });
      const place = (about && this.find("room", about.room)) ?? this.focus;
      if (place) this.note(place, about ? line.text.replace(`${place.name}: `, "") : line.text);
      return;
    }
    const comes = this.isMe(user) && JOINED.has(event);
    const room = comes ? this.entered(line.receiver, {}) : this.find("room", line.receiver);
    if (!room) return;
    const row = Object.assign(this.row(line, false), { seq: room.tail, user, about });
    if (event === "offline" || event === "online") row.text = strings.presence(user, event === "offline");
    if (this.known.happened(room, line)) this.notify({ type: "people", conversation: room });
    if (this.isMe(user) && event === "left") this.left(room, "");
    else this.#add(room, row, !line.replay);
  }

  /**
   * Record that a user, perhaps this one, has another name; say so where the user is.
   *
   * @param {string} old
   * @param {string} name
   * @param {Spoken} [line]
   */
  renamed(old, name, line) {
    const [from, to, talk] = [userKey(old), userKey(name), this.find("user", old)];
    const places = [...this.conversations.values()].filter((one) => one === talk || one.people.has(from));
    if (this.isMe(old)) {
      if (from !== to) this.former.add(from);
      this.me = name;
    }
    for (const people of [this.known.users, ...places.map((one) => one.people)]) {
      const person = people.get(from);
      people.delete(from);
      if (person) people.set(to, { ...person, name });
    }
    if (this.ignored.delete(from)) this.ignored.add(to);
    if (userKey(this.lastSender) === from) this.lastSender = name;
    if (talk) {
      const other = this.find("user", name); // of the one who had the name before
      this.conversations.delete(talk.key);
      Object.assign(talk, { name, key: keyOf("user", name) });
      this.conversations.set(talk.key, talk);
      if (other && other === this.focus && other !== talk) this.view(talk);
    }
    this.notify({ type: "conversations" });
    if (line) for (const one of places) this.#add(one, Object.assign(this.row(line, false), { seq: one.tail, event: "renamed", user: name }), !line.replay);
  }

  /** @param {string} name */
  isMe(name) {
    return userKey(name) === userKey(this.me);
  }

  // Rooms.

  /**
   * Record that the user is in a room, whose last message has this number.
   *
   * @param {string} name
   * @param {{seq?: number, missed?: number}} answer
   */
  entered(name, { missed, seq = -1 }) {
    const room = this.with("room", name);
    if (!room.joined) this.notify({ type: "conversations" });
    Object.assign(room, { joined: true, ended: "" });
    if (seq > room.tail) {
      const known = room.tail >= 0;
      room.tail = seq;
      if (known) this.note(room, strings.missed(missed));
      else room.read = seq;
      this.sending.settle(room);
    }
    return room;
  }

  /**
   * Record that the user is not in a room any more, for this reason; without one, it leaves the list.
   *
   * @param {Conversation} room
   * @param {string} why
   */
  left(room, why) {
    room.joined = false;
    room.people.clear();
    if (!why) {
      this.remove(room);
      return;
    }
    room.ended = why;
    this.note(room, why, "ended");
    this.notify({ type: "conversations" });
  }

  /** Start all numbering over: the server has another journal. */
  renumbered() {
    for (const conversation of this.conversations.values()) {
      if (conversation.tail >= 0) this.note(conversation, strings.renumbered);
      renumber(conversation);
      this.notify({ type: "changed", conversation });
    }
  }

  /**
   * Add a sentence of the page itself to a conversation.
   *
   * @param {Conversation} conversation
   * @param {string} text
   * @param {string} [code] Where it is an error: which.
   */
  note(conversation, text, code) {
    const row = this.row({ status: "group", sender: SERVER, receiver: "", text }, false);
    this.#add(conversation, Object.assign(row, { kind: "note", seq: conversation.tail, code }), true);
  }

  /**
   * Put a page of older messages, or of missing ones, where it belongs.
   *
   * @param {Conversation} conversation
   * @param {Spoken[]} found Oldest first.
   */
  page(conversation, found) {
    const was = (/** @type {string} */ name) => conversation.kind === "user" && this.former.has(name) && `@${name}` !== conversation.key;
    const own = (/** @type {Spoken} */ { sender }) => this.isMe(sender) || was(userKey(sender));
    const rows = found.filter((line) => line.seq).map((line) => this.row(line, own(line)));
    merge(conversation, rows);
    this.sending.settle(conversation);
    this.notify({ type: "changed", conversation });
  }
}

/**
 * @param {"room"|"user"} kind
 * @param {string} name
 */
export function keyOf(kind, name) {
  return kind === "room" ? `#${roomKey(name)}` : `@${userKey(name)}`;
}
