/** A list whose rows stay for as long as they look the same: a user may be about to press a button in one. */

import { arrange } from "./dom.js";

/**
 * Makes the rows of a list.
 *
 * @template T
 */
export class Roll {
  /** @type {Map<string, {row: HTMLElement, look: string}>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} list
   * @param {(item: T) => string} keyOf
   * @param {(item: T) => HTMLElement} make
   */
  constructor(list, keyOf, make) {
    this.list = list;
    this.keyOf = keyOf;
    this.make = make;
  }

  /**
   * Show these items; the focus stays on the same button of the same item.
   *
   * @param {T[]} items
   */
  draw(items) {
    const had = this.#focused();
    const rows = new Map(items.map((item) => [this.keyOf(item), this.#rowOf(item)]));
    this.#rows = rows;
    arrange(this.list, [...rows.values()].map(({ row }) => row));
    if (!had || document.activeElement !== document.body) return;
    const again = rows.get(had.key)?.row.querySelectorAll("button, select, input")[had.at];
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {T} item */
  #rowOf(item) {
    const look = JSON.stringify(item);
    const old = this.#rows.get(this.keyOf(item));
    return old?.look === look ? old : { row: this.make(item), look };
  }

  #focused() {
    const focused = document.activeElement;
    if (!focused || !this.list.contains(focused)) return null;
    for (const [key, { row }] of this.#rows) {
      if (row.contains(focused)) return { key, at: [...row.querySelectorAll("button, select, input")].indexOf(focused) };
    }
    return null;
  }
}
