/** A list whose rows stay for as long as they look the same: a user may be about to press a button in one. */

import { arrange } from "./dom.js";

const CONTROLS = "button, select, input";

/**
 * Return what a control does, which stays the same when its row is drawn again with other counts.
 *
 * @param {Element} control
 */
function purposeOf(control) {
  if (/^(main|support)$/.test(control.className)) return control.className; // a row has one of each at most
  return [control.localName, control.getAttribute("aria-label") ?? control.textContent, control.getAttribute("value")].join(" ");
}

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
   * Show these items; the focus stays on the same control of the same item. If that is gone the item has the focus, the one
   * in its place, or the panel: another button would do something else when the same key is pressed again.
   *
   * @param {T[]} items
   */
  draw(items) {
    const had = this.#focused();
    const rows = new Map(items.map((item) => [this.keyOf(item), this.#rowOf(item)]));
    this.#rows = rows;
    arrange(this.list, [...rows.values()].map(({ row }) => row));
    if (!had || document.activeElement !== document.body) return;
    const same = rows.get(had.key)?.row;
    const row = same ?? [...rows.values()].at(Math.min(had.place, rows.size - 1))?.row;
    if (row) row.tabIndex = -1;
    const again = [...(same?.querySelectorAll(CONTROLS) ?? [])].find((one) => purposeOf(one) === had.purpose);
    const next = again ?? row ?? this.list.closest("[role=tabpanel]");
    if (next instanceof HTMLElement) next.focus();
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
    const place = [...this.list.children].findIndex((row) => row.contains(focused));
    const [key = ""] = [...this.#rows].find(([, { row }]) => row.contains(focused)) ?? [];
    return { key, place, purpose: purposeOf(focused) };
  }
}
