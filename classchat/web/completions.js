/** The completions above the box: what is offered for the text before the caret. */

/** @import { Candidate } from "./commands.js" */
/** @import { Composer } from "./composer.js" */

import { h } from "./dom.js";

/** The list of completions. */
export class Completions {
  /** @param {Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.box = composer.box;
    this.options = composer.options;
    /** @type {Candidate[]} */
    this.candidates = [];
    this.chosen = 0;
  }

  /** @param {Candidate[]} candidates */
  offer(candidates) {
    this.candidates = candidates;
    this.chosen = 0;
    this.options.hidden = !candidates.length;
    this.options.replaceChildren(...candidates.map((candidate, at) =>
      h("li", { id: `option${at}`, role: "option", dir: "auto", text: candidate.text, mousedown: (/** @type {Event} */ event) => event.preventDefault(), click: () => this.take(candidate) })));
    this.mark();
  }

  mark() {
    [...this.options.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === this.chosen)));
    if (this.candidates.length) this.box.setAttribute("aria-activedescendant", `option${this.chosen}`);
    else this.box.removeAttribute("aria-activedescendant");
    this.options.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  /**
   * Use a key for the completions; return whether it was one of theirs.
   *
   * @param {KeyboardEvent} event
   */
  pick(event) {
    const { key } = event;
    const count = this.candidates.length;
    const candidate = this.candidates[this.chosen];
    if (!candidate) return false;
    const typed = this.box.value.slice(this.box.selectionStart - candidate.replaces, this.box.selectionStart);
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.chosen = (this.chosen + (key === "ArrowDown" ? 1 : count - 1)) % count;
      this.mark();
    } else if (!event.shiftKey && (key === "Tab" || (key === "Enter" && candidate.text.trim() !== typed))) {
      this.take(candidate);
    } else if (key === "Escape") {
      this.offer([]);
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {Candidate} candidate */
  take({ text, replaces }) {
    const end = this.box.selectionStart;
    this.box.setRangeText(text, end - replaces, end, "end");
    this.composer.changed();
    const [only, second] = this.candidates;
    if (only?.text === text && !second) this.offer([]);
    this.box.focus();
  }
}
