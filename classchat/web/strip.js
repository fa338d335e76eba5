/** A student's buttons under the box, and the card that one of them opens. */

/** @import { Lesson } from "./lesson.js" */
/** @import { Send } from "./cards.js" */

import { AskCard, HandCard, HereCard, VoteCard } from "./cards.js";
import * as texts from "./classtexts.js";
import { button, h, iconButton, put } from "./dom.js";
import { isStaff, openPolls } from "./lesson.js";
import * as strings from "./strings.js";

/** @typedef {"hand"|"ask"|"vote"|"here"} Name */

/** The buttons, each there only while it is of use. */
export class Strip {
  /**
   * @param {Send} send
   * @param {() => boolean} isFree Whether the user writes nothing, so that a card may open by itself.
   * @param {() => void} toBox Put the focus where the user writes.
   */
  constructor(send, isFree, toBox) {
    this.isFree = isFree;
    this.toBox = toBox;
    this.cards = {
      hand: new HandCard(send),
      ask: new AskCard(send, ({ number, supported }) => send({ status: "support", number, value: !supported })),
      vote: new VoteCard(send),
      here: new HereCard(send),
    };
    /** @type {Name|null} */
    this.opened = null;
    this.names = /** @type {Name[]} */ (Object.keys(this.cards));
    this.buttons = Object.fromEntries(this.names.map((name) => [name, button(this.cards[name].title, () => this.toggleCard(name), { "aria-expanded": "false", "aria-controls": "class-card", hidden: true, class: `strip-${name}` })]));
    this.note = h("p", { class: "mode" });
    this.element = h("div", { class: "strip", role: "group", "aria-label": texts.student }, this.note, ...Object.values(this.buttons));
    this.headingLine = h("h2", { id: "class-card-title" });
    this.card = h("section", { class: "card", id: "class-card", "aria-labelledby": "class-card-title", hidden: true, keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event) },
      h("div", { class: "bar" }, this.headingLine, iconButton("close", strings.close, () => this.closeCard())), ...this.names.map((name) => this.cards[name].element));
    /** @type {Set<number>} The polls that have opened the card by themselves. */
    this.called = new Set();
  }

  /**
   * Draw the buttons; staff have none, but read what holds for the students.
   *
   * @param {Lesson|null} lesson
   * @param {number} now
   */
  draw(lesson, now) {
    const learns = lesson !== null && !isStaff(lesson);
    const note = lesson ? texts.modeNote(lesson.mode, lesson.slow, !learns) : "";
    put(this.note, note);
    this.note.hidden = !note;
    let some = note !== "";
    for (const name of this.names) {
      const card = this.cards[name];
      const offered = learns && (card.offered(lesson) || (name === "vote" && this.opened === name));
      const made = this.buttons[name];
      if (!made) continue;
      made.hidden = !offered;
      some ||= offered;
      if (!offered && this.opened === name) this.closeCard();
      if (offered) put(made, card.label(lesson, now));
    }
    this.element.hidden = !some;
    if (!learns) return;
    this.call(lesson);
    const { opened } = this;
    if (!opened) return;
    put(this.headingLine, this.cards[opened].title);
    this.cards[opened].draw(lesson, now);
  }

  /**
   * Open the card of a new poll, if the user does nothing else here.
   *
   * @param {Lesson} lesson
   */
  call(lesson) {
    const fresh = openPolls(lesson).filter(({ number, mine }) => !this.called.has(number) && !mine.length);
    for (const { number } of fresh) this.called.add(number);
    if (fresh.length && !this.opened && this.isFree()) this.openCard("vote");
  }

  /** @param {Name} name */
  toggleCard(name) {
    if (this.opened === name) this.closeCard();
    else this.openCard(name, true);
  }

  /**
   * @param {Name} name
   * @param {boolean} [focused] Whether the user has asked for it.
   */
  openCard(name, focused = false) {
    const had = document.activeElement;
    this.opened = name;
    this.unfold();
    this.redraw();
    const wants = focused || (had instanceof HTMLTextAreaElement && !had.offsetParent); // in a low window it takes the place of the box
    /** @type {HTMLElement|null} */
    const first = this.cards[name].element.querySelector(":is(input:is([type=radio], [type=checkbox], :placeholder-shown), textarea, button.main)");
    if (wants && first?.offsetParent) first.focus();
    else if (wants) this.card.querySelector("button")?.focus();
  }

  closeCard() {
    const { opened } = this;
    const had = this.card.contains(document.activeElement);
    this.opened = null;
    this.cards.vote.closed();
    if (opened === "here") this.cards.here.linked = false;
    this.unfold();
    if (!opened || !had) return;
    const made = this.buttons[opened];
    if (made && !made.hidden) made.focus();
    else this.toBox();
  }

  unfold() {
    this.card.hidden = !this.opened;
    for (const name of this.names) {
      this.cards[name].element.hidden = this.opened !== name;
      this.buttons[name]?.setAttribute("aria-expanded", String(this.opened === name));
    }
  }

  /** Draw again, as the owner of this says. */
  redraw() {}

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.closeCard();
  }
}
