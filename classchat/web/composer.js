/** The box that messages and commands are typed into. */

/** @import { Conversation } from "./types.js" */
/** @import { Candidate } from "./commands.js" */
/** @import { Completions } from "./completions.js" */

import { h, iconButton } from "./dom.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

const LONGEST = 10_000; // characters of a message
const WARN = 1_000; // characters before the limit at which the box says how many are left
const ASK_LINES = 10; // lines of a paste that needs no question
const MOST_PAST = 100;
const LONGEST_WORD = 200; // characters before the caret that may name a user

/**
 * @typedef {object} Writer
 * @property {(text: string) => Promise<string>} type Say or do it; returns "" or why not.
 * @property {() => Promise<typeof import("./completions.js")|null>} completes Load the completions.
 * @property {(text: string) => Candidate[]} complete
 * @property {(lines: number, text: string) => void} asks Ask whether to paste a long text.
 * @property {(event: MouseEvent) => void} offers Let the user choose files.
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
    this.sending = false;
    /** @type {Completions|null} */
    this.completions = null;
    this.box = h("textarea", {
      id: "message", rows: 1, "aria-label": strings.message, enterkeyhint: "send", dir: "auto", autocapitalize: "sentences",
      "aria-autocomplete": "list", "aria-controls": "options", "aria-describedby": "under",
      keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
      input: () => this.changed(),
      click: () => this.suggest(),
      blur: () => this.completions?.offer([]),
      paste: (/** @type {ClipboardEvent} */ event) => this.pasted(event),
    });
    this.options = h("ul", { id: "options", class: "options", role: "listbox", "aria-label": strings.completions, hidden: true });
    this.send = iconButton("send", strings.send, () => {
      this.box.focus(); // the button goes off; and a phone keeps its keyboard
      void this.submit();
    }, { class: "icon send" });
    this.error = h("span", { class: "error", role: "alert" });
    this.left = h("span");
    this.element = h("div", { class: "write" }, this.options, h("div", { class: "box" }, iconButton("clip", strings.share, writer.offers), this.box, this.send), h("div", { class: "under", id: "under" }, this.error, this.left));
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
    this.address(conversation);
  }

  /**
   * Say to whom it goes, who may have another name now.
   *
   * @param {Conversation|null} conversation
   */
  address(conversation) {
    const to = conversation ? shownName(conversation.name) : "";
    const text = conversation ? strings.writeTo(conversation.kind === "room" ? to : `@${to}`) : strings.writeCommand;
    if (this.box.placeholder !== text) this.box.placeholder = text;
  }

  /** @param {string} text */
  put(text) {
    this.box.value = text;
    this.box.setSelectionRange(text.length, text.length);
    this.changed(false);
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
    else this.completions?.offer([]);
  }

  async submit() {
    const text = this.box.value;
    if (!text.trim() || this.sending) return;
    this.sending = true;
    const wrong = await this.writer.type(text);
    this.sending = false;
    if (wrong) {
      this.error.textContent = wrong;
      return;
    }
    this.past = [...this.past.filter((one) => one !== text), text].slice(-MOST_PAST);
    this.recalled = -1;
    if (this.box.value.startsWith(text)) this.put(this.box.value.slice(text.length)); // more may be typed meanwhile
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.completions?.pick(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void this.submit();
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = text.split("\n").length;
    if (lines <= ASK_LINES) return;
    event.preventDefault();
    this.writer.asks(lines, text);
  }

  // Completion, which is loaded when it is first needed.

  suggest() {
    const { value, selectionStart, selectionEnd } = this.box;
    const text = selectionStart === selectionEnd ? value.slice(0, selectionStart) : "";
    if (this.completions) this.completions.offer(this.writer.complete(text));
    else if (/^\/|(^|\s)@\S+$/.test(text.slice(0, 1) + text.slice(-LONGEST_WORD))) void this.loadCompletions();
  }

  async loadCompletions() {
    const loaded = await this.writer.completes();
    if (!loaded || this.completions) return;
    this.completions = new loaded.Completions(this);
    this.suggest();
  }
}
