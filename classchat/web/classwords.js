/**
 * The words of a command about a class. The room may be left out, as in targets.js:
 *
 *     /hand pointers              the room in view
 *     /hand #lab pointers         any room
 *     /queue lab                  a command without a free text also takes the name of any known room
 */

import { roomKey } from "./names.js";
import { CommandError, quoted } from "./targets.js";

/** @import { Whereabouts } from "./commands.js" */

const LARGEST = 2 ** 31 - 1; // of a question or a poll
const SECONDS = /** @type {Record<string, number>} */ ({ s: 1, m: 60, h: 3600, d: 86400 });

/** The words, taken from the first to the last. */
export class Words {
  /**
   * @param {Whereabouts} where
   * @param {string} text
   * @param {string} usage
   */
  constructor(where, text, usage) {
    this.where = where;
    this.usage = usage;
    this.text = text.trim();
  }

  /** The refusal that shows the usage. */
  get wrong() {
    return new CommandError(`Usage: ${this.usage}`);
  }

  /** The next word, which stays; "" if there is none. */
  get first() {
    return this.text.split(/\s/, 1)[0] ?? "";
  }

  get length() {
    return this.text.split(/\s+/).filter(Boolean).length;
  }

  /** Take the next word; "" if there is none. */
  word() {
    const { first } = this;
    this.text = this.text.slice(first.length).trimStart();
    return first;
  }

  /** Take the next word in small letters. */
  small() {
    return this.word().toLowerCase();
  }

  /** @param {number} [most] Take a number, from 1. */
  number(most = LARGEST) {
    const word = this.word();
    if (!word) throw this.wrong;
    const number = numberOf(word);
    if (!number || number > most) throw new CommandError(`'${quoted(word)}' is not a number from 1. Usage: ${this.usage}`);
    return number;
  }

  /**
   * Take a duration.
   *
   * @param {number} least
   * @param {number} most
   * @param {string} written How it is written.
   */
  seconds(least, most, written) {
    const word = this.word();
    const seconds = duration(word);
    if (!seconds || seconds < least || seconds > most) throw new CommandError(`'${quoted(word)}' is not a time: write ${written}`);
    return seconds;
  }

  /**
   * Take one of these words; "" if there is no word.
   *
   * @param {string[]} known
   */
  oneOf(known) {
    const word = this.small();
    if (word && !known.includes(word)) throw this.wrong;
    return word;
  }

  /** Check that no words are left. */
  ends() {
    if (this.text) throw this.wrong;
  }

  /**
   * Take the room, or return the one in view.
   *
   * @param {(first: string) => boolean} own Whether a word is the command's, even if a room has that name.
   */
  room(own) {
    const { first, where: { focus, isRoom } } = this;
    if (first.startsWith("#") && !numberOf(first)) return this.word().slice(1) || this.needsRoom();
    if (focus === null) return first && isRoom(first) ? this.word() : this.needsRoom();
    if (first && roomKey(first) === roomKey(focus)) this.word();
    else if (isRoom(first) && !own(first)) return this.word();
    return focus;
  }

  /** @returns {never} */
  needsRoom() {
    throw new CommandError(`No room is selected: /focus ROOM, or name it here: ${this.usage.replace("[room]", "<room>")}`);
  }

  /** @param {...string} words Take the room, unless the first word is one of these, a user, or a number. */
  roomUnless(...words) {
    return this.room((first) => words.includes(first.toLowerCase()) || this.where.isUser(first) || numberOf(first) > 0);
  }

  /** Take the room before a free text: only `#room`, or the room in view itself. */
  roomBeforeText() {
    return this.room(() => true);
  }
}

/**
 * Return the number that `7` or `#7` stands for; 0 if it is none.
 *
 * @param {string} word
 */
export function numberOf(word) {
  return Number(/^#?(\d{1,10})$/.exec(word)?.[1] ?? 0);
}

/**
 * Return how many seconds a word such as `30m` stands for; 0 if it is no duration.
 *
 * @param {string} word
 */
export function duration(word) {
  const [, number, unit = ""] = /^(\d{1,8})([smhd])$/i.exec(word) ?? [];
  return Number(number ?? 0) * (SECONDS[unit.toLowerCase()] ?? 0);
}
