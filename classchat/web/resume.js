/**
 * The way to the server, which lasts longer than any one connection.
 *
 *     idle, refused -> connecting    signIn(): the form
 *     connecting    -> up            welcome, and everything that was missed has arrived
 *     connecting    -> refused       the name is taken, or needs a password …
 *     connecting, up -> away         the connection is lost
 *     away          -> up            welcome again: see exchange.js
 *     away          -> refused       the name belongs to another user now, or needs its password
 *     any           -> over          quit(); the server says that this client should not come back
 *     over          -> connecting    resume(): the button
 */

import { Exchange } from "./exchange.js";
import { userKey } from "./names.js";
import { readFrame, writeLine } from "./protocol.js";
import * as strings from "./strings.js";
import { Watch } from "./watch.js";

/** @import { Failure, Hearer, Line, LinkState, Request, World } from "./types.js" */

const FIRST_DELAY = 1000; // milliseconds, as all times here
const LONGEST_DELAY = 30_000;
const STABLE = 10_000; // that a connection has to last, so that the delays start over
const CONNECTING = 15_000; // that a connection may take
const SIGNING_IN = 10_000; // that the server may take to answer
const CHECKING = 30_000; // the same with a password, which takes longer
const BUSY = 2000; // until a server that is too busy for passwords is asked again

const TOO_LONG = 1009; // the close code
const OURS = "still-there"; // the id of this client's own pings

/** Close codes of a server to which this client does not come back. */
const LAST_CODES = /** @type {Record<number, string>} */ ({
  4500: "taken_over", 4501: "tls_required", 4502: "claimed_only",
});
/** Codes of errors before such an end. */
const LAST = new Set(["taken_over", "name_released", "kicked", "banned", "tls_required"]);
/** Codes of refusals that will pass. */
const PASSING = new Set(["too_many", "timeout", "slow_reader", "shutting_down", "internal_error", "busy"]);

/** One user's way to the server. */
export class Link {
  /** @type {LinkState} */
  state = { phase: "idle", since: 0, retryAt: 0, code: "", text: "" };
  name = "";

  /** @type {Request|null} What the sign-in has besides, with a password, until it is done. */
  #secret = null;
  /** @type {boolean|undefined} Whether this only shows rooms on a screen. */
  #screen;
  #isOpen = false;
  #signedIn = false;
  #attempts = 0;
  #upAt = 0;
  #progress = 0;
  #cancelRetry = () => {};
  /** @type {Failure|null} Why the server is about to close. */
  #last = null;

  /**
   * @param {World} world
   * @param {Hearer} hearer
   */
  constructor(world, hearer) {
    this.world = world;
    this.hearer = hearer;
    const prefix = world.newId();
    let count = 0;
    /** Return an id for a request: unique over all runs of the page. */
    this.newId = () => `${prefix}-${++count}`;
    this.exchange = new Exchange(hearer, this.newId);
    this.watch = new Watch(
      world,
      () => this.#send({ status: "ping", id: OURS }),
      () => !(this.exchange.talking && this.exchange.idle),
      () => this.closed(0),
    );
  }

  // The user.

  /**
   * Sign in; with a password, to an account, or with `claim` to register the name with it, perhaps by a join code.
   *
   * @param {string} name
   * @param {{password?: string, claim?: boolean, code?: string, screen?: boolean}} [how]
   */
  signIn(name, { password = "", claim = false, code, screen } = {}) {
    if (this.name && userKey(name) !== userKey(this.name)) this.exchange.drop();
    this.name = name;
    this.#secret = password ? { status: claim ? "claim" : "register", text: password, code } : null;
    this.#screen = screen;
    this.#begin();
  }

  /** Connect again after the end, or at once instead of later. */
  resume() {
    const { phase } = this.state;
    if (phase === "up" || phase === "connecting" || !this.name) return;
    if (phase === "away") {
      this.#attempts = 0;
      this.hurry();
    } else this.#begin();
  }

  /** Try at once: the machine is online again, or the page is looked at. */
  hurry() {
    const { phase, retryAt } = this.state;
    if (phase === "away" && retryAt) this.#open();
    else if (phase === "up") this.watch.hurry();
  }

  /** Leave for good. */
  quit() {
    if (this.#isOpen) this.#send({ status: "quit" });
    this.exchange.drop();
    this.#close();
    this.#set({ phase: "over", code: "quit", text: strings.ended("quit") });
  }

  /**
   * Send a request, now or after reconnecting; return its id, or "" if too many wait already.
   *
   * @param {Request} request
   * @param {string} [id]
   */
  ask(request, id) {
    if (this.exchange.idle) this.watch.answered();
    return this.exchange.ask(request, id);
  }

  // The socket calls.

  /** Sign in. */
  opened() {
    this.#isOpen = true;
    this.#greet();
  }

  /**
   * Take a frame.
   *
   * @param {string} frame
   */
  received(frame) {
    for (const line of readFrame(frame)) this.#line(line);
  }

  /**
   * Take the end of the socket.
   *
   * @param {number} code
   */
  closed(code) {
    const last = this.#last;
    this.#close();
    if (code === TOO_LONG) this.exchange.giveUp(); // else it would be sent again, and again
    const why = (last && LAST.has(last.code ?? "") && last.code) || LAST_CODES[code];
    if (this.state.phase === "idle" || this.state.phase === "refused" || this.state.phase === "over") return;
    if (why === "claimed_only") this.#refuse(why, last?.text ?? strings.ended(why));
    else if (why) this.#set({ phase: "over", code: why, text: last?.text || strings.ended(why) });
    else this.#comeBack();
  }

  // Connecting.

  #begin() {
    this.#attempts = 0;
    this.#set({ phase: "connecting", code: "", text: "", retryAt: 0 });
    if (this.#isOpen) this.#greet(); // after a refusal the server takes another name
    else this.#open();
  }

  #open() {
    this.#cancelRetry();
    this.#last = null;
    if (this.state.retryAt) this.#set({ retryAt: 0 });
    this.watch.start(CONNECTING);
    this.world.port.open();
  }

  #greet() {
    const { token, places } = this.exchange;
    /** @type {Request} */
    const register = { status: "register", sender: this.name, answers: true, screen: this.#screen, ...this.#secret };
    if (token && register.status === "register") Object.assign(register, { token, since: places.sinceAll() });
    this.#signedIn = false;
    this.watch.start(this.#secret ? CHECKING : SIGNING_IN);
    this.#send(register);
  }

  /** Let go of the socket, and of what was sent over it. */
  #close() {
    this.watch.stop();
    this.#cancelRetry();
    this.world.port.close();
    this.#isOpen = this.#signedIn = false;
    this.exchange.lost();
  }

  #comeBack() {
    const now = this.world.now();
    const { phase, since } = this.state;
    const lasted = phase === "up" && now - this.#upAt >= STABLE;
    if (lasted || this.exchange.progress > this.#progress) this.#attempts = 0;
    this.#progress = this.exchange.progress;
    const delay = Math.min(FIRST_DELAY * 2 ** this.#attempts++, LONGEST_DELAY) * (0.8 + 0.4 * this.world.random());
    this.#set({ phase: "away", since: since || now, retryAt: now + delay, text: this.#last?.text ?? "" });
    this.#cancelRetry = this.world.later(delay, () => this.#open());
  }

  // Talking.

  /** @param {Line} line */
  #line(line) {
    this.watch.heard();
    if (line.status === "ping") this.#send({ status: "pong" });
    else if (!this.#isOpen || ("id" in line && line.id === OURS)) return;
    else if (this.#signedIn) this.#heard(line);
    else if (line.status === "success") this.#welcomed(line);
    else if (line.status === "error") this.#refused(line);
    else this.exchange.heard(line);
  }

  /** @param {import("./types.js").Success} welcome */
  #welcomed(welcome) {
    this.#signedIn = true;
    this.watch.signedIn();
    this.#secret = null;
    this.name = welcome.receiver;
    this.exchange.welcomed(welcome, (request) => this.#send(request));
    this.#caughtUp();
  }

  /** @param {Line} line */
  #heard(line) {
    const { code = "", id, room } = line.status === "error" ? line : { id: "" };
    if (id === undefined && room === undefined && (LAST.has(code) || PASSING.has(code))) {
      this.#last = /** @type {Failure} */ (line); // `closed` tells it
      return;
    }
    if (line.status === "success" || line.status === "error" || !this.exchange.talking) this.watch.answered();
    this.exchange.heard(line);
    this.name = this.exchange.places.me;
    this.#caughtUp();
  }

  #caughtUp() {
    if (this.state.phase === "up" || !this.exchange.talking) return;
    this.#upAt = this.world.now();
    this.#set({ phase: "up", since: 0, retryAt: 0, code: "", text: "" });
  }

  /** @param {Failure} failure */
  #refused(failure) {
    const code = failure.code ?? "";
    this.#last = failure;
    if (code === "busy") this.#cancelRetry = this.world.later(BUSY, () => this.#greet());
    else if (!PASSING.has(code) && !LAST.has(code)) this.#refuse(code, failure.text);
  }

  /**
   * Show the form again; the connection stays for the next attempt.
   *
   * @param {string} code
   * @param {string} text
   */
  #refuse(code, text) {
    this.watch.stop();
    this.#secret = null;
    this.#set({ phase: "refused", code, text, retryAt: 0 });
  }

  /** @param {Request} request */
  #send(request) {
    this.world.port.send(writeLine(request));
  }

  /** @param {Partial<LinkState>} state */
  #set(state) {
    this.state = { ...this.state, ...state };
    this.hearer.changed(this.state);
  }

  /** Return what a reload needs, as data. */
  snapshot() {
    const { exchange, name } = this;
    if (!exchange.token) return null;
    return { name, token: exchange.token, ...exchange.places.snapshot() };
  }
}
