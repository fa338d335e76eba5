/** Whether the connection still works: a broken one looks like a silent one. All times are in milliseconds. */

/** @import { World } from "./types.js" */

const TICK = 5000; // between two looks
const QUIET = 75_000; // without a line, after which the server is asked; our servers send a ping every 60 s
const PATIENCE = 30_000; // that answers may take
const HURRIED = 5000; // that the answer may take when the machine has slept

/** Looks at one connection after the other. */
export class Watch {
  #heardAt = 0;
  #askedAt = 0; // since when the next answer is awaited
  #patience = 0; // that a line may take
  #until = 0; // when the connection counts as broken, unless a line arrives
  #isSignedIn = false;
  #isProbed = false; // whether the server was asked, and has said nothing since
  #cancel = () => {};

  /**
   * @param {World} world
   * @param {() => void} ask Send a ping.
   * @param {() => boolean} waits Return whether a request is not answered.
   * @param {() => void} broken
   */
  constructor(world, ask, waits, broken) {
    this.world = world;
    this.ask = ask;
    this.waits = waits;
    this.broken = broken;
  }

  /**
   * Begin, before the client is signed in: it takes no longer than this from one line to the next.
   *
   * @param {number} ms
   */
  start(ms) {
    const now = this.world.now();
    this.#isSignedIn = false;
    this.#patience = ms;
    this.#until = now + ms;
    this.#tick(now);
  }

  /** Record that the client is signed in. */
  signedIn() {
    this.#isSignedIn = true;
    this.#patience = QUIET + PATIENCE;
    this.heard();
    this.answered();
  }

  /** Record that a line has arrived. */
  heard() {
    this.#heardAt = this.world.now();
    this.#isProbed = false;
    this.#until = this.#heardAt + this.#patience;
  }

  /** Record that the server gets on with what was asked, or that nothing was asked before. */
  answered() {
    this.#askedAt = this.world.now();
  }

  /** Look closely: the machine is online again, or the user is back. */
  hurry() {
    if (!this.#isProbed && this.world.now() - this.#heardAt > HURRIED) this.#probe(HURRIED);
  }

  stop() {
    this.#cancel();
  }

  /** @param {number} ms */
  #probe(ms) {
    this.#isProbed = true;
    this.#until = this.world.now() + ms;
    this.ask();
  }

  /** @param {number} before When the last look was. */
  #tick(before) {
    this.#cancel();
    const now = this.world.now();
    const mayProbe = this.#isSignedIn && !this.#isProbed;
    const stuck = this.#isSignedIn && this.waits() && now - this.#askedAt > PATIENCE;
    if (mayProbe && now - before > 3 * TICK) {
      this.answered(); // the machine has slept: what has arrived meanwhile is read after this
      this.#probe(HURRIED);
    } else if (now >= this.#until || stuck) {
      this.broken();
      return;
    } else if (mayProbe && now - this.#heardAt > QUIET) {
      this.#probe(PATIENCE);
    }
    this.#cancel = this.world.later(TICK, () => this.#tick(now));
  }
}
