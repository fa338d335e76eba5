/**
 * SHA-256 (FIPS 180-4), of a content that comes in pieces. Web Crypto takes a content only as a whole, and is missing
 * where the page came without encryption from another machine, as in most classrooms.
 */

const BLOCK = 64; // bytes

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUNDS = Int32Array.from(fractions(64, 1 / 3));

/** A digest that is being computed. */
export class Digest {
  #state = Int32Array.from(fractions(8, 1 / 2));
  #words = new Int32Array(BLOCK);
  #rest = new Uint8Array(BLOCK);
  #length = 0;

  /**
   * Add the next piece.
   *
   * @param {Uint8Array} bytes
   */
  add(bytes) {
    const kept = this.#length % BLOCK;
    this.#length += bytes.length;
    let at = 0;
    if (kept) {
      at = Math.min(BLOCK - kept, bytes.length);
      this.#rest.set(bytes.subarray(0, at), kept);
      if (kept + at < BLOCK) return;
      this.#block(this.#rest, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#block(bytes, at);
    this.#rest.set(bytes.subarray(at));
  }

  /** Return the digest in hexadecimal; nothing can be added any more. */
  hex() {
    const length = this.#length;
    const end = new Uint8Array(BLOCK - ((length + 8) % BLOCK) + 8);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(end.length - 4, (length * 8) >>> 0);
    this.add(end);
    return [...this.#state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  #block(bytes, at) {
    const words = this.#words;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK);
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(4 * t);
    for (let t = 16; t < 64; t++) {
      const x = /** @type {number} */ (words[t - 15]);
      const y = /** @type {number} */ (words[t - 2]);
      const low = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
      const high = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
      words[t] = (((/** @type {number} */ (words[t - 16]) + low) | 0) + ((/** @type {number} */ (words[t - 7]) + high) | 0)) | 0; // else it is computed with fractions, much slower
    }
    mix(this.#state, words);
  }
}

/**
 * Mix the words of a block into a state.
 *
 * @param {Int32Array} state
 * @param {Int32Array} words
 */
function mix(state, words) {
  const { 0: a0 = 0, 1: b0 = 0, 2: c0 = 0, 3: d0 = 0, 4: e0 = 0, 5: f0 = 0, 6: g0 = 0, 7: h0 = 0 } = state;
  let a = a0, b = b0, c = c0, d = d0, e = e0, f = f0, g = g0, h = h0;
  for (let t = 0; t < 64; t++) {
    const given = (/** @type {number} */ (ROUNDS[t]) + /** @type {number} */ (words[t])) | 0;
    const one = (((h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25))) | 0) + ((((e & f) ^ (~e & g)) + given) | 0)) | 0;
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] = a0 + a;
  state[1] = b0 + b;
  state[2] = c0 + c;
  state[3] = d0 + d;
  state[4] = e0 + e;
  state[5] = f0 + f;
  state[6] = g0 + g;
  state[7] = h0 + h;
}

/**
 * @param {number} word
 * @param {number} by
 */
function turned(word, by) {
  return (word >>> by) | (word << (32 - by));
}

/**
 * Return the first 32 bits of the fractional parts of powers of the first primes.
 *
 * @param {number} count
 * @param {number} power
 */
function fractions(count, power) {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  return primes.map((prime) => ((prime ** power) % 1) * 2 ** 32);
}
