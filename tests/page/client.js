/** A page without a DOM, whose socket leads to a model of the server. */

import { Chat } from "../../classchat/web/chat.js";
import * as commands from "../../classchat/web/deeds.js";
import { restore } from "../../classchat/web/restoring.js";
import { worldOf } from "./clock.js";
import { Connection } from "./model.js";

/** @import { Change, Conversation } from "../../classchat/web/types.js" */
/** @import { Clock } from "./clock.js" */
/** @import { Model } from "./model.js" */

let pages = 0;

/** One user's page. */
export class Client {
  /** @type {Change[]} */
  changes = [];
  /** Whether frames are lost on the way, without an end of the connection. */
  isDeaf = false;
  /** @type {string[]} */
  sent = [];
  isGone = false;
  #pipe = 0;

  /**
   * @param {Model} model
   * @param {Clock} clock
   * @param {string} name
   * @param {{saved?: unknown, random?: () => number, delay?: () => number}} [how]
   */
  constructor(model, clock, name, { saved, random = () => 0.5, delay = () => 0 } = {}) {
    this.model = model;
    this.clock = clock;
    this.name = name;
    this.delay = delay;
    /** @type {Connection|null} */
    this.connection = null;
    const port = { open: () => this.#open(), send: (/** @type {string} */ frame) => this.#send(frame), close: () => this.#close() };
    this.chat = new Chat(worldOf(clock, port, random, `${name}-page${++pages}`), (change) => this.changes.push(change));
    restore(this.chat, saved);
    this.chat.commands = commands;
  }

  /**
   * Call something after the delay, in order; nothing if there is another socket by then.
   *
   * @param {() => void} call
   */
  #soon(call) {
    const pipe = this.#pipe;
    this.last = Math.max(this.last ?? 0, this.clock.now + this.delay());
    this.clock.later(this.last - this.clock.now, () => pipe === this.#pipe && call());
  }

  /** Hear again; the connection over which something was lost has ended. */
  recover() {
    if (!this.isDeaf) return;
    this.isDeaf = false;
    this.chat.closed(1006);
  }

  /** Close the page: nothing of it runs any more. Return what it has kept for the next one. */
  unload() {
    const saved = JSON.parse(JSON.stringify(this.chat.snapshot()));
    this.#close();
    this.isGone = true;
    return saved;
  }

  #open() {
    this.#close();
    if (this.isGone) return;
    this.#soon(() => {
      if (!this.model.isUp) {
        this.chat.closed(1006);
        return;
      }
      const connection = new Connection(
        (frame) => this.#soon(() => connection === this.connection && !this.isDeaf && this.chat.received(frame)),
        (code) => this.#soon(() => connection === this.connection && this.chat.closed(code)),
      );
      this.connection = connection;
      this.model.accept(connection);
      this.chat.opened();
    });
  }

  /** @param {string} frame */
  #send(frame) {
    this.sent.push(frame);
    const { connection } = this;
    // What is on its way when the server is killed does not arrive.
    this.#soon(() => connection?.isOpen && !this.isDeaf && this.model.receive(connection, frame));
  }

  #close() {
    const { connection } = this;
    this.connection = null;
    this.#pipe++;
    if (connection) this.clock.later(this.delay(), () => this.model.drop(connection));
  }

  // What tests look at.

  get phase() {
    return this.chat.state.phase;
  }

  /** @param {string} room */
  room(room) {
    return /** @type {Conversation} */ (this.chat.store.find("room", room));
  }

  /** @param {string} user */
  dialog(user) {
    return /** @type {Conversation} */ (this.chat.store.find("user", user));
  }

  /** The sentences for the user since the last call. */
  notices() {
    const told = this.changes.flatMap((change) => (change.type === "notice" ? change.text : []));
    this.changes = [];
    return told;
  }
}

/**
 * Return the texts of a conversation: as they stand, with `?` behind pending ones and `!` behind failed ones.
 *
 * @param {Conversation} conversation
 */
export function texts({ messages, pending }) {
  const marks = { sent: "", pending: "?", failed: "!" };
  return [...messages, ...pending].filter((row) => row.kind === "said").map((row) => `${row.text}${marks[row.state]}`);
}
