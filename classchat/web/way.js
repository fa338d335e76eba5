/** The way to one message: of a link, or of a result of the search. */

import { around } from "./filling.js";
import { styled } from "./look.js";

/** @import { Page } from "./page.js" */
/** @import { Log } from "./list.js" */
/** @import { Message } from "./types.js" */

const AROUND = 100; // rows on either side of it

/** Goes to messages, which may have to be loaded first. */
export class Way {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {{room: string, seq: number}|null} */
    this.wanted = null;
  }

  /**
   * @param {string} name
   * @param {"room"|"user"} kind
   * @param {number} seq
   */
  goTo(name, kind, seq) {
    const { page } = this;
    const conversation = page.chat.store.find(kind, name);
    if (!conversation || (kind === "room" && !conversation.joined)) {
      page.ask({ status: "join", receiver: name });
      this.wanted = { room: name, seq };
      return;
    }
    page.chat.view(conversation);
    if (conversation !== page.log.conversation) page.focused();
    this.wanted = { room: conversation.name, seq };
    if (!this.reach()) around(page.chat.pages, conversation, seq);
  }

  /** Go to the wanted message if it is loaded; return whether it was. */
  reach() {
    const { wanted } = this;
    const { focus } = this.page.chat.store;
    const found = wanted && focus?.name === wanted.room && focus.messages.findLast((one) => one.numbered && one.seq === wanted.seq);
    if (!found) return false;
    this.wanted = null;
    show(this.page.log, found);
    return true;
  }

  /** The message can't be had: else the page would go there whenever it comes. */
  forget() {
    this.wanted = null;
  }
}

/**
 * Show one message in the middle of the log, and mark it for a moment.
 *
 * @param {Log} log
 * @param {Message} message
 */
function show(log, message) {
  const conversation = log.conversation;
  const at = conversation ? conversation.messages.indexOf(message) : -1;
  if (!conversation || at < 0) return;
  log.follows = false;
  log.anchor = null;
  log.from = Math.max(0, at - AROUND);
  log.end = Math.min(conversation.messages.length, at + AROUND);
  log.first = conversation.messages[log.from];
  log.redraw(conversation);
  const item = log.drawn.get(message)?.item;
  if (!item) return;
  item.scrollIntoView({ block: "center" });
  item.focus({ preventScroll: true });
  item.classList.add("found");
  void styled();
  log.keep();
}
