/** The line above the box: what the server has answered, and what goes wrong. */

/** @import { Announcer } from "./announce.js" */

import { button, h, iconButton } from "./dom.js";
import * as strings from "./strings.js";
import { shown } from "./text.js";
import { inLocalTime } from "./times.js";

const STAYS = 8000; // ms, unless it is an error or offers something

/** The line, which is hidden while there is nothing to say. */
export class Told {
  /** @param {Announcer} announcer */
  constructor(announcer) {
    this.announcer = announcer;
    this.element = h("div", { class: "banner told", hidden: true });
    this.clearing = 0;
    this.wrong = false;
  }

  /**
   * Show a sentence.
   *
   * @param {string} text
   * @param {boolean} error
   * @param {string} [label] What a button offers.
   * @param {() => void} [act]
   */
  show(text, error, label = "", act = () => {}) {
    const words = shown(inLocalTime(text));
    const offer = button(label, () => {
      this.hide();
      act();
    });
    this.element.className = `banner told${error ? " stop" : ""}`;
    this.element.replaceChildren(h("span", { dir: "auto", text: words }), ...(label ? [offer] : []), iconButton("close", strings.close, () => this.hide()));
    this.element.hidden = false;
    this.wrong = error;
    clearTimeout(this.clearing);
    if (error) this.announcer.error(words);
    else this.announcer.say(words);
    if (!error && !label) this.clearing = window.setTimeout(() => this.hide(), STAYS);
  }

  hide() {
    const had = this.element.contains(document.activeElement);
    if (!this.element.hidden) this.announcer.error(""); // else a screen reader still finds it
    this.element.hidden = true;
    if (had) document.getElementById("message")?.focus();
  }

  /** Hide an error: what it was about is done. */
  done() {
    if (this.wrong) this.hide();
  }
}
