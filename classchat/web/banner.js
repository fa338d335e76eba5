/** The line that says that the connection is lost, or why it ended. */

/** @import { Chat } from "./chat.js" */
/** @import { Announcer } from "./announce.js" */

import { button, h } from "./dom.js";
import * as entry from "./entrytexts.js";
import * as strings from "./strings.js";
import { shown } from "./text.js";
import { clock } from "./times.js";

/** The banner, which counts the seconds to the next attempt. */
export class Banner {
  /**
   * @param {Chat} chat
   * @param {Announcer} announcer
   */
  constructor(chat, announcer) {
    this.chat = chat;
    this.announcer = announcer;
    this.words = h("span", { dir: "auto" });
    this.button = button("", () => chat.resume());
    this.element = h("div", { class: "banner", hidden: true }, this.words, this.button);
    this.phase = "";
    this.timer = 0;
  }

  draw() {
    const { phase, since, retryAt, code, text } = this.chat.state;
    const away = phase === "away";
    const over = phase === "over";
    this.element.hidden = !away && !over;
    this.element.classList.toggle("stop", over);
    if (over) {
      this.words.textContent = shown(text);
      this.button.textContent = code === "taken_over" ? entry.useHere : strings.tryAgain;
    } else if (away) {
      const left = Math.ceil((retryAt - Date.now()) / 1000);
      this.words.textContent = `${strings.offlineSince(clock(since))}, ${retryAt ? strings.nextTry(Math.max(0, left)) : strings.trying}`;
      this.button.textContent = strings.tryNow;
    }
    if (phase !== this.phase) this.said(phase, text, since);
    clearTimeout(this.timer);
    if (away && retryAt) this.timer = window.setTimeout(() => this.draw(), 1000 - (Date.now() % 1000));
  }

  /**
   * @param {string} phase
   * @param {string} text
   * @param {number} since
   */
  said(phase, text, since) {
    if (phase === "over") this.announcer.error(shown(text));
    else if (phase === "away" && this.element.isConnected) this.announcer.error(strings.offlineSince(clock(since)));
    else if (phase === "up" && this.phase === "away") {
      this.announcer.error("");
      this.announcer.say(strings.back);
    }
    this.phase = phase;
  }
}
