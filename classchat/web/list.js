/** The log of messages: at most 150 rows stand in the page, whatever the conversation holds. */

/** @import { Conversation, Message } from "./types.js" */
/** @import { Place } from "./rows.js" */

import { button, h } from "./dom.js";
import { placeOf, rowOf } from "./rows.js";
import { missingAbove } from "./store.js";
import * as strings from "./strings.js";

const MOST_ROWS = 150;
const STEP = 100; // rows that stand above the end where there is time, and where the reader goes to another place
const FEW = 10; // rows that are added at once where there is no haste: few enough for one frame
const HEIGHT = 24; // pixels of the lowest rows
const LOWER = 2; // rows more than fill the window: some are lower than most
const FILL_EVERY = 100; // ms between two such steps while the reader is at the end
const NEAR_END = 100; // pixels from the end within which the log follows new messages
const NEAR_EDGE = 600; // pixels from either end of the rows at which more are added

/**
 * @typedef {object} Reader What the log asks of the page.
 * @property {() => string} me
 * @property {(conversation: Conversation, message: Message) => boolean} hides Whether the user does not want to see a message.
 * @property {(conversation: Conversation) => void} older Load older messages.
 * @property {(conversation: Conversation) => void} invite
 * @property {(message: Message, item: HTMLLIElement) => void} drew A row is new, or is drawn again.
 * @property {() => void} moved Whether the end is in view, or how many are new, has changed.
 */

/** The log of the conversation in view. */
export class Log {
  /** @param {Reader} reader */
  constructor(reader) {
    this.reader = reader;
    this.top = h("div", { class: "top" });
    this.rows = h("ol");
    this.box = h("div", {
      class: "log", role: "log", "aria-live": "off", "aria-label": strings.messages, tabindex: 0,
      scroll: () => this.scrolled(),
    }, this.top, this.rows);
    /** @type {Conversation|null} */
    this.conversation = null;
    /** @type {Map<Message, {item: HTMLLIElement, look: string}>} */
    this.drawn = new Map();
    /** Where the rows in the page begin and end among the messages; they end with the pending ones if `end` is the end. */
    this.from = 0;
    this.end = 0;
    /** @type {Message|undefined} */
    this.first = undefined;
    this.follows = true;
    /** Where the box was scrolled to when this last looked. */
    this.scrolledTo = 0;
    /** Whether the newest message was among the rows when they were drawn: more may have come since. */
    this.atEnd = true;
    /** How many messages of others have come since the reader left the end. */
    this.fresh = 0;
    /** @type {{message: Message, offset: number}|null} */
    this.anchor = null;
    this.filling = 0;
    /** Whether more has changed than that there are new messages. */
    this.dirty = true;
    /** Whether none of the rows that were last in view is there any more: more is said than anybody can read. */
    this.flooded = false;
    /** How many rows fill the window: more of them would scroll out of view before anybody has seen them. */
    this.windowful = innerHeight >> 4; // until rows are measured: none is as low as 16 pixels
    new ResizeObserver(() => this.resized()).observe(this.box);
  }

  /**
   * Show a conversation, from its end.
   *
   * @param {Conversation|null} conversation
   */
  show(conversation) {
    this.conversation = conversation;
    this.drawn.clear();
    this.rows.replaceChildren();
    this.top.replaceChildren();
    this.toEnd();
  }

  /** Go to the newest message. */
  toEnd() {
    this.follows = true;
    this.fresh = 0;
    this.draw();
    this.reader.moved();
  }

  /** Draw what has changed, and keep the reader's place. */
  draw() {
    const { conversation } = this;
    const stays = !(this.dirty || this.follows || this.atEnd) && this.end - this.from >= MOST_ROWS; // what is new is not in the page
    this.dirty = false;
    if (!conversation || stays) return;
    this.redraw(conversation);
    this.fillTop(conversation);
  }

  /** @param {Conversation} conversation */
  redraw(conversation) {
    this.bound(conversation);
    this.reconcile(conversation);
    this.begin(conversation);
    this.settle();
  }

  /**
   * Say what stands above the rows.
   *
   * @param {Conversation} conversation
   */
  begin(conversation) {
    const atStart = conversation.atStart && this.from === 0;
    const look = conversation.loading ? strings.loading : atStart ? strings.beginning : "";
    if (this.top.firstChild?.textContent === look) return;
    const invite = button(strings.invitePeople, () => this.reader.invite(conversation), { class: "link" });
    this.top.replaceChildren(look, ...(atStart && conversation.kind === "room" ? [" · ", invite] : []));
  }

  /**
   * Choose which messages stand in the page.
   *
   * @param {Conversation} conversation
   */
  bound(conversation) {
    const all = conversation.messages;
    const added = all.length - this.end;
    this.flooded = this.follows && added > this.windowful;
    if (this.follows) {
      this.end = all.length;
      if (this.flooded || this.end - this.from > STEP + this.windowful || this.first !== all[this.from]) this.from = Math.max(0, this.end - this.windowful);
    } else if (this.first !== all[this.from]) {
      const moved = this.first ? all.indexOf(this.first) : -1; // older ones were put before it
      const count = this.end - this.from;
      this.from = moved < 0 ? Math.max(0, all.length - STEP) : moved;
      this.end = Math.min(all.length, this.from + count);
    } else if (this.end - this.from < MOST_ROWS) {
      this.end = Math.min(all.length, this.from + MOST_ROWS, this.end + FEW);
    }
    this.first = all[this.from];
    this.atEnd = this.end === all.length;
  }

  /**
   * Make the rows in the page those of the messages: unchanged ones stay.
   *
   * @param {Conversation} conversation
   */
  reconcile(conversation) {
    const { messages, pending } = conversation;
    const wanted = messages.slice(this.from, this.end).concat(this.atEnd ? pending : []);
    const shown = new Set(wanted.filter((message) => !this.reader.hides(conversation, message)));
    for (const [message, { item }] of this.drawn) {
      if (shown.has(message)) continue;
      item.remove();
      this.drawn.delete(message);
    }
    let before = messages[this.from - 1] ?? null;
    /** @type {Element|null} */
    let next = this.rows.firstElementChild;
    wanted.forEach((message, at) => {
      if (!shown.has(message)) return;
      const index = this.from + at;
      const stood = this.drawn.get(message)?.item === next; // it may be replaced
      const item = this.row(conversation, message, placeOf(before, message, conversation.mark, index < this.end ? missingAbove(conversation, index) : 0));
      if (stood && next) next = item.nextElementSibling;
      else this.rows.insertBefore(item, next);
      before = message;
    });
  }

  /**
   * Return the row of a message, drawn again if it looks different.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {Place} place
   */
  row(conversation, message, place) {
    const look = `${place.head} ${place.day} ${place.fresh} ${place.missing} ${message.numbered} ${message.state} ${message.error}`;
    const old = this.drawn.get(message);
    if (old?.look === look) return old.item;
    const item = rowOf(conversation, message, place, this.reader.me());
    this.reader.drew(message, item);
    if (old) {
      const focused = old.item === document.activeElement;
      old.item.replaceWith(item);
      if (focused) item.focus({ preventScroll: true });
    }
    this.drawn.set(message, { item, look });
    return item;
  }

  /** Keep the reader's place in a box of another size. */
  resized() {
    this.settle();
    if (this.conversation) this.fillTop(this.conversation);
  }

  /**
   * Add rows at the top: until the box is full, for then the reader has something to scroll; and where they are near.
   *
   * @param {Conversation} conversation
   */
  fillTop(conversation) {
    const { box } = this;
    if (!box.clientHeight) return; // it is hidden
    while (this.follows && this.from && !box.scrollTop && this.end - this.from < MOST_ROWS) this.extendUp(conversation);
    if (this.follows && box.scrollTop) this.fillLater();
    else if (box.scrollTop < NEAR_EDGE) this.extendUp(conversation);
  }

  /** Add rows above the end that the reader sees, a few at a time, while nothing new waits to be drawn. */
  fillLater() {
    if (this.filling || !this.from || this.end - this.from >= STEP) return;
    this.filling = window.setTimeout(() => {
      this.filling = 0;
      if (this.end === this.conversation?.messages.length && this.follows && this.from) this.extendUp(this.conversation);
      this.fillLater();
    }, FILL_EVERY);
  }

  /** Put the reader's place back: the end, or the row that they look at. Both need the layout, which tells how high rows are. */
  settle() {
    const { box, rows } = this;
    if (this.follows) {
      const high = Math.max(HEIGHT, rows.offsetHeight / rows.childElementCount || 0);
      this.windowful = Math.ceil(box.clientHeight / high) + LOWER;
      box.scrollTop = box.scrollHeight;
    } else if (this.anchor) {
      const kept = this.drawn.get(this.anchor.message)?.item;
      if (kept) box.scrollTop += kept.getBoundingClientRect().top - box.getBoundingClientRect().top - this.anchor.offset;
    }
    this.scrolledTo = box.scrollTop;
  }

  /** Note the reader's place, and add rows where they come near an end of them. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    const below = scrollHeight - scrollTop - clientHeight;
    const conversation = this.conversation;
    if (!conversation) return;
    const followed = this.follows;
    const leaves = scrollTop < this.scrolledTo && below > 1; // a new message would throw the reader back
    if (scrollTop !== this.scrolledTo) this.follows = this.atEnd && below < NEAR_END && !leaves; // else only rows were added above
    this.scrolledTo = scrollTop;
    if (this.follows && followed) return;
    this.keep();
    if (this.follows) this.fresh = 0;
    const { from, end } = this;
    if (scrollTop < NEAR_EDGE && !this.follows) this.extendUp(conversation);
    else if (below < NEAR_EDGE && end < conversation.messages.length) this.extendDown(conversation);
    if (from !== this.from || end !== this.end) requestAnimationFrame(() => this.scrolled()); // a few may not be enough
    this.reader.moved();
  }

  /** @param {Conversation} conversation */
  extendUp(conversation) {
    if (this.from === 0) {
      if (!conversation.loading && !conversation.atStart) this.reader.older(conversation);
      return;
    }
    this.from = Math.max(0, this.from - FEW);
    this.end = Math.min(this.end, this.from + MOST_ROWS);
    this.first = conversation.messages[this.from];
    this.redraw(conversation);
  }

  /** @param {Conversation} conversation */
  extendDown(conversation) {
    this.end = Math.min(conversation.messages.length, this.end + FEW);
    this.from = Math.max(this.from, this.end - MOST_ROWS);
    this.first = conversation.messages[this.from];
    this.redraw(conversation);
  }

  /** Remember the topmost row in view, and where it stands. */
  keep() {
    const top = this.box.getBoundingClientRect().top;
    const items = this.rows.children;
    let low = 0;
    let high = items.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {Element} */ (items[middle]).getBoundingClientRect().bottom > top) high = middle;
      else low = middle + 1;
    }
    const item = items[low];
    const message = this.messageOf(item);
    this.anchor = item && message ? { message, offset: item.getBoundingClientRect().top - top } : null;
  }

  /**
   * Return the message of the row that holds an element.
   *
   * @param {EventTarget|null|undefined} target
   */
  messageOf(target) {
    const item = target instanceof Element && target.closest("li");
    for (const [message, one] of this.drawn) if (one.item === item) return message;
    return null;
  }
}
