/** The box that messages and commands are typed into. */

/** @import { Conversation } from "./types.js" */
/** @import { Candidate } from "./commands.js" */

import { form } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { strings } from "./strings.js";
import { shownName } from "./text.js";

const LONGEST = 10_000; // characters of a message
const WARN = 1_000; // characters before the limit at which the box says how many are left
const ASK_LINES = 10; // lines of a paste that needs no question
const MOST_PAST = 100;

/**
 * @typedef {object} Writer
 * @property {(text: string) => string} type Say or do it; returns "" or why not.
 * @property {(text: string) => Candidate[]} complete
 */

/** The box, its completions, and the drafts of all conversations. */
export class Composer {
  /** @param {Writer} writer */
  constructor(writer) {
    this.writer = writer;
    /** @type {Conversation|null} */
    this.conversation = null;
    /** @type {string[]} What was sent, newest last. */
    this.past = [];
    this.recalled = -1;
    /** @type {Candidate[]} */
    this.candidates = [];
    this.chosen = 0;
    this.box = h("textarea", {
      id: "message", rows: 1, "aria-label": strings.message, placeholder: strings.message, enterkeyhint: "send", dir: "auto", autocapitalize: "sentences",
      "aria-autocomplete": "list", "aria-controls": "options", "aria-describedby": "under",
      keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
      input: () => this.changed(),
      click: () => this.suggest(),
      blur: () => this.offer([]),
      paste: (/** @type {ClipboardEvent} */ event) => this.pasted(event),
    });
    this.options = h("ul", { id: "options", class: "options", role: "listbox", "aria-label": strings.completions, hidden: true });
    this.send = h("button", { type: "button", class: "icon send", "aria-label": strings.send, title: strings.send, click: () => this.submit() }, icon("send"));
    this.error = h("span", { class: "error", role: "alert" });
    this.left = h("span", {});
    this.element = h("div", { class: "write" }, this.options, h("div", { class: "box" }, this.box, this.send), h("div", { class: "under", id: "under" }, this.error, this.left));
    this.show(null);
  }

  /**
   * Write to a conversation: its draft is in the box again.
   *
   * @param {Conversation|null} conversation
   */
  show(conversation) {
    const carried = this.conversation ? "" : this.box.value; // typed while the room was being joined
    this.conversation = conversation;
    this.recalled = -1;
    if (carried && !conversation?.draft) this.changed(false);
    else this.put(conversation?.draft ?? "");
    const to = conversation ? shownName(conversation.name) : "";
    this.box.placeholder = conversation ? strings.writeTo(conversation.kind === "room" ? to : `@${to}`) : strings.writeCommand;
  }

  /** @param {string} text */
  put(text) {
    this.box.value = text;
    this.box.setSelectionRange(text.length, text.length);
    this.changed(false);
  }

  /**
   * Insert a text where the caret is, apart from the words around it.
   *
   * @param {string} text
   */
  insert(text) {
    const { value, selectionStart } = this.box;
    const gap = selectionStart && !/\s$/.test(value.slice(0, selectionStart)) ? " " : "";
    this.box.setRangeText(`${gap}${text} `, selectionStart, this.box.selectionEnd, "end");
    this.changed(false);
    this.box.focus();
  }

  /** @param {boolean} [suggest] */
  changed(suggest = true) {
    const { box } = this;
    if (this.conversation) this.conversation.draft = box.value;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    const left = LONGEST - (box.value.length > LONGEST - WARN ? [...box.value].length : 0);
    this.left.textContent = left < WARN ? strings.left(left) : "";
    this.left.className = left < 0 ? "error" : "";
    this.send.disabled = !box.value.trim();
    this.error.textContent = "";
    if (suggest) this.suggest();
    else this.offer([]);
  }

  submit() {
    const text = this.box.value;
    if (!text.trim()) return;
    const wrong = [...text].length > LONGEST ? strings.tooLong(LONGEST) : this.writer.type(text);
    if (wrong) {
      this.error.textContent = wrong;
      return;
    }
    this.past = [...this.past.filter((one) => one !== text), text].slice(-MOST_PAST);
    this.recalled = -1;
    if (this.box.value === text) this.put("");
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.candidates.length && this.pick(event)) return;
    const { value, selectionStart, selectionEnd } = this.box;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && selectionEnd === 0 || (event.key === "ArrowUp" || event.key === "ArrowDown") && this.recalled >= 0 && selectionStart === value.length) {
      this.recall(event);
    }
  }

  /** @param {KeyboardEvent} event */
  recall(event) {
    if (this.recalled < 0 && this.box.value) return;
    const at = this.recalled + (event.key === "ArrowUp" ? 1 : -1);
    if (at >= this.past.length) return;
    event.preventDefault();
    this.put(at < 0 ? "" : (this.past.at(-1 - at) ?? ""));
    this.recalled = at;
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = text.split("\n").length;
    if (lines <= ASK_LINES) return;
    event.preventDefault();
    const put = () => {
      this.box.setRangeText(text, this.box.selectionStart, this.box.selectionEnd, "end");
      this.changed(false);
      return "";
    };
    form(strings.pasteTitle, [], strings.paste, put, strings.pasteAsk(lines));
  }

  // Completion.

  suggest() {
    const { value, selectionStart, selectionEnd } = this.box;
    this.offer(selectionStart === selectionEnd ? this.writer.complete(value.slice(0, selectionStart)) : []);
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
    this.changed();
    const [only, second] = this.candidates;
    if (only?.text === text && !second) this.offer([]);
    this.box.focus();
  }
}
