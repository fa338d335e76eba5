/** A clock that tests set, and the world of a page on it. */

/** @import { World } from "../../classchat/web/types.js" */

/** Calls what is due, in order. */
export class Clock {
  now = Date.UTC(2026, 10, 23, 10);
  /** @type {{at: number, order: number, call: () => void}[]} */
  #due = [];
  #order = 0;

  /**
   * @param {number} ms
   * @param {() => void} call
   */
  later = (ms, call) => {
    const entry = { at: this.now + ms, order: ++this.#order, call };
    this.#due.push(entry);
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
    for (;;) {
      const due = this.#due.filter((one) => one.at <= end).sort((a, b) => a.at - b.at || a.order - b.order);
      const [next] = due;
      if (!next) break;
      this.#due = this.#due.filter((one) => one !== next);
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
