/** What screen readers say: new messages of the conversation in view, joined once a second, and errors at once. */

/** @import { Message } from "./types.js" */

import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";

const EVERY = 1000; // ms
const MOST = 5; // messages that are read out together; of more, only how many they are
const LONGEST = 300; // characters

/** The two live regions of the page. */
export class Announcer {
  constructor() {
    this.polite = /** @type {HTMLElement} */ (document.getElementById("polite"));
    this.urgent = /** @type {HTMLElement} */ (document.getElementById("urgent"));
    /** @type {string[]} */
    this.waiting = [];
    this.timer = 0;
  }

  /** @param {Message} message A new message of someone else, in the conversation in view. */
  message(message) {
    const words = shown(message.text).slice(0, LONGEST);
    this.say(message.kind === "said" ? `${shownName(message.sender)}: ${words}` : words);
  }

  /** @param {string} words */
  say(words) {
    this.waiting.push(words);
    if (!this.timer) this.timer = window.setTimeout(() => this.flush(), EVERY);
  }

  /** Drop what is not said yet: another conversation is in view. */
  clear() {
    this.waiting = [];
  }

  flush() {
    const waiting = this.waiting;
    this.timer = 0;
    this.waiting = [];
    if (waiting.length) this.polite.textContent = waiting.length > MOST ? strings.fresh(waiting.length) : waiting.join("\n");
  }

  /** @param {string} words An error, which is said at once; "" when it is past. */
  error(words) {
    this.urgent.textContent = "";
    this.urgent.textContent = words;
  }
}
