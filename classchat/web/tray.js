/** The list of files above the box: what the user is about to share with the conversation in view, and all that is on its way. */

import { arrange, button, h, iconButton, named } from "./dom.js";
import * as texts from "./filetexts.js";
import * as phrases from "./phrases.js";
import { shownName } from "./text.js";

/** @import { Page } from "./page.js" */
/** @import { Share, Shares } from "./shares.js" */
/** @import { Conversation } from "./types.js" */

const LONGEST_NAME = 120; // characters

/** @typedef {{item: HTMLLIElement, look: string, bar: HTMLProgressElement, words: HTMLElement}} Row */

/** The list. */
export class Tray {
  /**
   * @param {Page} page
   * @param {Shares} shares
   */
  constructor(page, shares) {
    this.page = page;
    this.shares = shares;
    /** @type {Map<Share, Row>} */
    this.drawn = new Map();
    this.title = h("h2", { id: "tray" });
    this.rows = h("ul", { "aria-labelledby": "tray" });
    this.send = button("", () => this.start(), { class: "main" });
    this.dropping = button(phrases.cancel, () => this.drop());
    this.buttons = h("div", { class: "buttons" }, this.send, this.dropping);
    this.element = h("section", { class: "tray", "aria-labelledby": "tray", hidden: true }, this.title, this.rows, this.buttons);
    this.drawing = false;
  }

  /** Draw it in the next frame. */
  later() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.draw();
    });
  }

  draw() {
    const { focus } = this.page.chat.store;
    const shown = this.shares.list.filter(({ state, conversation, hopeless }) => conversation === focus || !(state === "chosen" || hopeless));
    const chosen = this.chosen();
    const had = this.element.contains(document.activeElement);
    for (const share of this.drawn.keys()) if (!this.shares.list.includes(share)) this.drawn.delete(share);
    this.element.hidden = !shown.length;
    this.title.replaceChildren(texts.chosen, ...(chosen.length && focus ? [" · ", placeOf(focus)] : []));
    arrange(this.rows, shown.map((share) => this.row(share, focus)));
    this.send.textContent = texts.send(chosen.length);
    this.buttons.hidden = !chosen.length;
    if (had && !this.element.contains(document.activeElement)) this.focus();
  }

  /** Return what the user has chosen for the conversation in view, and can still be taken back. */
  chosen() {
    const { focus } = this.page.chat.store;
    return this.shares.list.filter(({ state, conversation }) => state === "chosen" && conversation === focus);
  }

  /**
   * Ask whether to share what was chosen for a conversation.
   *
   * @param {Conversation} conversation
   */
  ask(conversation) {
    this.draw();
    const { length } = this.chosen();
    this.page.announcer.say(`${texts.send(length)}: ${shownName(conversation.name)}`);
    if (length) this.send.focus();
  }

  start() {
    const { focus } = this.page.chat.store;
    if (focus) this.shares.start(focus);
    this.page.composer.box.focus();
  }

  /** Take back what was chosen. */
  drop() {
    const { focus } = this.page.chat.store;
    for (const share of this.shares.list.filter(({ state, conversation, hopeless }) => conversation === focus && (state === "chosen" || hopeless))) this.shares.remove(share);
    this.page.composer.box.focus();
  }

  /** The button that had the focus is gone: the next thing to do gets it. */
  focus() {
    /** @type {HTMLElement} */ (this.buttons.hidden ? (this.rows.querySelector("button") ?? this.page.composer.box) : this.send).focus();
  }

  /**
   * @param {Share} share
   * @param {Conversation|null} focus
   */
  row(share, focus) {
    const { state, file, sent, error } = share;
    const look = `${state} ${error} ${share.conversation === focus} ${share.conversation.name}`;
    const old = this.drawn.get(share);
    const made = old?.look === look ? old : this.made(share, look, share.conversation === focus, old);
    const waits = state === "sending" && this.page.chat.state.phase !== "up";
    const words = { chosen: "", waiting: texts.waiting, reading: texts.reading, failed: "", sending: waits ? texts.offline : texts.sent(texts.sizeInWords(sent), texts.sizeInWords(file.size)) }[state];
    if (made.words.textContent !== words) made.words.textContent = words;
    made.bar.value = sent;
    this.drawn.set(share, made);
    return made.item;
  }

  /**
   * @param {Share} share
   * @param {string} look
   * @param {boolean} here Whether its conversation is in view.
   * @param {Row} [old]
   * @returns {Row}
   */
  made(share, look, here, old) {
    const { file, state, error, hopeless, conversation } = share;
    const name = shownName(share.name, LONGEST_NAME);
    const bar = h("progress", { max: Math.max(1, file.size), "aria-label": texts.progressOf(name), hidden: state !== "sending" });
    const words = h("small", {});
    const label = state === "chosen" || state === "failed" ? texts.remove(name) : texts.stop(name);
    const item = old?.item ?? h("li", {});
    item.replaceChildren(...[
      h("div", { class: "what" }, named(name), h("small", { text: texts.sizeInWords(file.size) }), here ? null : h("small", {}, placeOf(conversation))),
      state === "failed" && !hopeless && button(texts.again, () => this.shares.retry(share), { "aria-label": texts.retry(name) }),
      iconButton("close", label, () => this.shares.remove(share)),
      bar, words,
      error && h("div", { class: "error", dir: "auto", text: error }),
    ].filter((one) => one !== false && one !== ""));
    return { item, look, bar, words };
  }
}

/** @param {Conversation} conversation */
function placeOf({ kind, name }) {
  const place = named(shownName(name));
  place.prepend(kind === "room" ? "#" : "@");
  return place;
}
