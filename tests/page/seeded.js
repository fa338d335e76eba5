/** A random generator with a seed, so that a failing case can be run again. */

/**
 * Return a generator of numbers from 0 to 1 (mulberry32).
 *
 * @param {number} seed
 */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Return one of several things.
 *
 * @template T
 * @param {() => number} random
 * @param {readonly T[]} things
 * @returns {T}
 */
export function oneOf(random, things) {
  return /** @type {T} */ (things[Math.floor(random() * things.length)]);
}
