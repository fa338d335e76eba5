/**
 * One user's chat: joins the connection, the store and the commands. The page calls this, and draws what it is told.
 *
 * This is the whole of what the modules with a DOM need:
 *
 *     const chat = new Chat(world, notify)             world: see types.js; notify: called with each Change
 *     chat.opened(), received(frame), closed(code)     the socket calls
 *     chat.hurry()                                     on `online`, and when the tab becomes visible
 *     chat.signIn(name, {password, claim, room})       the form; also to sign in under another name
 *     chat.resume()                                    after a reload; the button "Try again", "Use it here"
 *     chat.type(text)                                  a line of the box; returns "" or why it can't be sent
 *     chat.ask(request)                                a menu
 *     chat.view(conversation)                          what is in view
 *     chat.pages                                       loads older messages, and missing ones
 *     chat.retry(conversation, message), chat.discard(conversation, message)
 *     chat.complete(text)                              completions of the text before the caret
 *     chat.classes                                     whether each answer is a Change as well, for classroom.js and files.js
 *     chat.commands                                    deeds.js, once it is loaded: without it no text is a command
 *     chat.snapshot()                                  what a reload needs, for sessionStorage
 *     chat.store, chat.state                           what there is to draw
 */

import { Hearing } from "./hearing.js";
import { Pages } from "./loading.js";
import { fits } from "./protocol.js";
import { Link } from "./resume.js";
import { save } from "./snapshot.js";
import { Store } from "./store.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

/** @import { Candidate } from "./commands.js" */
/** @import { Change, Conversation, LinkState, Message, Request, World } from "./types.js" */

const LONGEST_TEXT = 10_000; // characters

/** @typedef {Pick<typeof import("./deeds.js"), "carryOut"|"completed"|"described"|"turned">} Commands deeds.js, loaded later. */

/**
 * Return whether a typed text is a command. A blank before the slash of a single line is a slip: else a private
 * message would be said in a room.
 *
 * @param {string} text
 */
export function isCommand(text) {
  return (text.includes("\n") ? text : text.trimStart()).startsWith("/");
}

/** One user's chat with one server. */
export class Chat {
  /**
   * @param {World} world
   * @param {(change: Change) => void} notify
   */
  constructor(world, notify) {
    this.world = world;
    this.notify = notify;
    this.store = new Store(notify, world.now);
    this.hearing = new Hearing(this);
    this.link = new Link(world, this.hearing);
    this.pages = new Pages(this.store, this.link);
    /** @type {Commands|null} Until it is loaded, no command is understood. */
    this.commands = null;
    /** Whether the page shows what classes do, or shares files, and so has to hear all answers. */
    this.classes = false;
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

  /** @param {number} code */
  closed(code) {
    this.link.closed(code);
  }

  /** Try at once: the machine is online again, or the tab is visible. */
  hurry() {
    this.link.hurry();
  }

  // The user.

  /**
   * Sign in, and join a room.
   *
   * @param {string} name
   * @param {{password?: string, claim?: boolean, code?: string, screen?: boolean, room?: string}} [how]
   */
  signIn(name, { room = "", ...how } = {}) {
    this.hearing.wanted = room;
    this.link.signIn(name, how);
  }

  /** Connect again after a reload, or after the end: "Try again", "Use it here". */
  resume() {
    if (this.store.focus) this.notify({ type: "focus" });
    this.link.resume();
  }

  /** Leave the server. */
  quit() {
    this.link.quit();
  }

  /**
   * Say or do what was typed into the box; return "", or why it can't be done. The box keeps the text then.
   *
   * @param {string} text
   * @returns {string}
   */
  type(text) {
    if (isCommand(text)) return this.commands ? this.commands.carryOut(this, text) : strings.notNow;
    return text.trim() ? this.sayHere(text) : "";
  }

  /**
   * Say something in the conversation in view; return "", or why it can't be said.
   *
   * @param {string} text
   */
  sayHere(text) {
    const { focus, conversations } = this.store;
    if (focus?.kind === "room" && !focus.joined) return strings.elsewhereRoom(shownName(focus.name));
    if (focus) return this.say(focus, text);
    return conversations.size ? strings.noFocus : strings.noRoom;
  }

  /**
   * Say something in a conversation; return "", or why it can't be said.
   *
   * @param {Conversation} conversation
   * @param {string} text
   */
  say(conversation, text) {
    const status = conversation.kind === "room" ? "group" : "private";
    const request = { status, receiver: conversation.name, text };
    const { length } = [...text];
    if (length > LONGEST_TEXT) return strings.textTooLong(length, LONGEST_TEXT);
    if (!fits(request)) return strings.lineTooLong;
    const id = this.link.newId();
    this.store.sending.start(conversation, text, id);
    return this.#send(conversation, request, id);
  }

  /**
   * @param {Conversation} conversation
   * @param {Request} request
   * @param {string} id
   */
  #send(conversation, request, id) {
    if (this.link.ask(request, id)) return "";
    conversation.pending = conversation.pending.filter((row) => row.id !== id);
    this.notify({ type: "changed", conversation });
    return strings.tooMany;
  }

  /**
   * Return the completions of a text that ends at the caret.
   *
   * @param {string} text
   * @returns {Candidate[]}
   */
  complete(text) {
    return this.commands?.completed(this, text) ?? [];
  }

  /**
   * Send a request; return "", or why it can't be sent.
   *
   * @param {Request} request
   * @returns {string}
   */
  ask(request) {
    if (!fits(request)) return strings.lineTooLong;
    const id = this.link.ask(request);
    if (!id) return strings.tooMany;
    this.hearing.asked(id);
    return "";
  }

  /**
   * Bring a conversation into view.
   *
   * @param {Conversation|null} conversation
   */
  view(conversation) {
    this.store.view(conversation);
    this.hearing.refresh();
  }

  /**
   * Send a message that was not sent again, under the same id.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  retry(conversation, message) {
    const { id = "", text } = message;
    this.store.sending.again(conversation, message);
    const status = conversation.kind === "room" ? "group" : "private";
    this.#send(conversation, { status, receiver: conversation.name, text }, id);
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
   * Return what a reload needs, as data for JSON; null if nothing. It has the token: sessionStorage only.
   *
   * @returns {unknown}
   */
  snapshot() {
    const link = this.link.snapshot();
    return link && { link, rest: save(this.store) };
  }
}
