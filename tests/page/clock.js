/** A clock that tests set, and the world of a page on it. */

/** @import { World } from "../../classchat/web/types.js" */

/** Calls what is due, in order. */
export class Clock {
  now = Date.UTC(2026, 10, 23, 10);
  /** @type {{at: number, call: () => void}[]} In the order in which they are called. */
  #due = [];

  /**
   * @param {number} ms
   * @param {() => void} call
   */
  later = (ms, call) => {
    const entry = { at: this.now + ms, call };
    this.#due.splice(this.#due.findLastIndex((one) => one.at <= entry.at) + 1, 0, entry);
    return () => {
      this.#due = this.#due.filter((one) => one !== entry);
    };
  };

  /**
   * Let time pass.
   *
   * @param {number} ms
   */
  pass(ms) {
    const end = this.now + ms;
    for (let next = this.#due[0]; next && next.at <= end; next = this.#due[0]) {
      this.#due.shift();
      this.now = Math.max(this.now, next.at);
      next.call();
    }
    this.now = end;
  }

  /**
   * Let time pass during which nothing runs, as on a machine that sleeps.
   *
   * @param {number} ms
   */
  sleep(ms) {
    this.now += ms;
  }
}

/**
 * Return the world of a page on a clock.
 *
 * @param {Clock} clock
 * @param {import("../../classchat/web/types.js").Port} port
 * @param {() => number} random
 * @param {string} word What its ids begin with.
 * @returns {World}
 */
export function worldOf(clock, port, random, word) {
  return { port, now: () => clock.now, random, later: clock.later, newId: () => word };
}
