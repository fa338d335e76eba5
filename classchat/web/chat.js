/**
 * One user's chat: joins the connection, the store and the commands. The page calls this, and draws what it is told.
 *
 * This is the whole of what the modules with a DOM need:
 *
 *     const chat = new Chat(world, notify, saved)      world: see types.js; notify: called with each Change
 *     chat.opened(), received(frame), closed(code)     the socket calls
 *     chat.hurry()                                     on `online`, and when the tab becomes visible
 *     chat.signIn(name, {password, claim, room})       the form; also to sign in under another name
 *     chat.resume()                                    the button "Try again", "Use it here"
 *     chat.type(text)                                  a line of the box; returns "" or why it can't be sent
 *     chat.ask(request)                                a menu
 *     chat.view(conversation), chat.follow(whether)    what is in view, and whether its end is seen
 *     chat.older(conversation), chat.fill(conversation, index)
 *     chat.retry(message), chat.discard(message)
 *     chat.complete(text)                              completions of the text before the caret
 *     chat.snapshot()                                  what a reload needs, for sessionStorage
 *     chat.store, chat.state                           what there is to draw
 */

import { CommandError, parse } from "./commands.js";
import { Link } from "./resume.js";
import { Store } from "./store.js";

/** @import { Candidate } from "./commands.js" */
/** @import { Change, Conversation, LinkState, Message, Request, World } from "./types.js" */

/** One user's chat with one server. */
export class Chat {
  /**
   * @param {World} world
   * @param {(change: Change) => void} notify
   * @param {unknown} [saved] What `snapshot` returned before a reload, or anything at all.
   */
  constructor(world, notify, saved) {
    void saved;
    this.world = world;
    this.notify = notify;
    this.store = new Store(notify, world.now);
    this.link = new Link(world, this);
  }

  /** @returns {LinkState} */
  get state() {
    return this.link.state;
  }

  // The socket calls.

  opened() {
    this.link.opened();
  }

  /** @param {string} frame */
  received(frame) {
    this.link.received(frame);
  }

  /**
   * @param {number} code
   * @param {string} [reason]
   */
  closed(code, reason) {
    void reason;
    this.link.closed(code);
  }

  /** Try at once: the machine is online again, or the tab is visible. */
  hurry() {}

  // The user.

  /**
   * Sign in, and join a room.
   *
   * @param {string} name
   * @param {{password?: string, claim?: boolean, room?: string}} [how]
   */
  signIn(name, how = {}) {
    this.link.signIn(name, how);
  }

  /** Connect again after the end: "Try again", "Use it here". */
  resume() {}

  /** Leave the server. */
  quit() {}

  /**
   * Say or do what was typed into the box; return "", or why it can't be done. The box keeps the text then.
   *
   * @param {string} text
   * @returns {string}
   */
  type(text) {
    try {
      parse(text, { focus: null, isRoom: () => false, isUser: () => false, here: "", now: this.world.now() });
    } catch (wrong) {
      if (wrong instanceof CommandError) return wrong.message;
      throw wrong;
    }
    return "";
  }

  /**
   * Return the completions of a text that ends at the caret.
   *
   * @param {string} text
   * @returns {Candidate[]}
   */
  complete(text) {
    void text;
    return [];
  }

  /**
   * Send a request of a menu; return "", or why it can't be sent.
   *
   * @param {Request} request
   * @returns {string}
   */
  ask(request) {
    void request;
    return "";
  }

  /**
   * Give the password for a dialog that a Change of type "ask" has opened; return "", or why it can't be sent.
   *
   * @param {"claim"|"password"} what
   * @param {string} password
   * @param {string} [current] The present password.
   * @returns {string}
   */
  password(what, password, current = "") {
    void [what, password, current];
    return "";
  }

  /**
   * Bring a conversation into view.
   *
   * @param {Conversation|null} conversation
   */
  view(conversation) {
    this.store.focus = conversation;
    this.notify({ type: "focus" });
  }

  /**
   * Bring a private conversation into view, which may be new.
   *
   * @param {string} name
   */
  talkTo(name) {
    this.view(this.store.with("user", name));
  }

  /**
   * Record whether the end of the conversation in view is seen: what arrives there is read at once.
   *
   * @param {boolean} whether
   */
  follow(whether) {
    this.store.following = whether;
  }

  /**
   * Load older messages, unless there are none or they are on their way.
   *
   * @param {Conversation} conversation
   */
  older(conversation) {
    void conversation;
  }

  /**
   * Load what is missing above the row at an index.
   *
   * @param {Conversation} conversation
   * @param {number} index
   */
  fill(conversation, index) {
    void [conversation, index];
  }

  /**
   * Load the messages around a number, for a link to one message.
   *
   * @param {Conversation} conversation
   * @param {number} seq
   */
  around(conversation, seq) {
    void [conversation, seq];
  }

  /**
   * Ask the server again who is in a room, or on the server.
   *
   * @param {Conversation|null} conversation
   */
  people(conversation) {
    void conversation;
  }

  /**
   * Send a message that was not sent again, under the same id.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  retry(conversation, message) {
    void [conversation, message];
  }

  /**
   * Drop a message that was not sent; return its text, for the box.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  discard(conversation, message) {
    conversation.pending = conversation.pending.filter((one) => one !== message);
    this.notify({ type: "changed", conversation });
    return message.text;
  }

  /**
   * Drop a conversation from the list: a private one, or a room that the user is not in any more.
   *
   * @param {Conversation} conversation
   */
  close(conversation) {
    this.store.conversations.delete(conversation.key);
    this.notify({ type: "conversations" });
  }

  /**
   * Set what the user wants of a conversation.
   *
   * @param {Conversation} conversation
   * @param {{muted?: boolean, quiet?: boolean}} wishes
   */
  set(conversation, wishes) {
    Object.assign(conversation, wishes);
    this.notify({ type: "changed", conversation });
    this.notify({ type: "conversations" });
  }

  /**
   * Return what a reload needs, as data for JSON. It has the token: sessionStorage only.
   *
   * @returns {unknown}
   */
  snapshot() {
    return null;
  }

  // The link calls.

  /**
   * @param {import("./types.js").Success} welcome
   */
  welcomed(welcome) {
    this.store.me = welcome.receiver;
  }

  /** @param {import("./types.js").Spoken} line */
  heard(line) {
    this.store.heard(line);
  }

  answered() {}
  page() {}
  rejoined() {}
  caughtUp() {}
  unconfirmed() {}
  renumbered() {}

  changed() {
    this.notify({ type: "link" });
  }
}
