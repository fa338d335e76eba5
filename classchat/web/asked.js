/** The questions of a class, by support. */

/** @import { Lesson, Question } from "./lesson.js" */

import * as texts from "./classtexts.js";
import { button, h, named } from "./dom.js";
import { inOrder, isStaff } from "./lesson.js";
import { Roll } from "./roll.js";
import { shown, shownName } from "./text.js";
import { clock } from "./times.js";

/**
 * @typedef {object} Readers What the list is for.
 * @property {(question: Question) => void} [supports] Support a question, or take that back.
 * @property {(question: Question) => Node[]} [deeds] Return what staff can do with a question.
 * @property {boolean} [nameless] Whether it is for all eyes: only open questions, and no names.
 * @property {number} [most] Questions that are shown.
 */

/** The list. */
export class Asked {
  /** @param {Readers} readers */
  constructor(readers) {
    this.readers = readers;
    const list = h("ol", { class: "asked", "aria-label": texts.questions });
    this.roll = new Roll(list, (/** @type {Question} */ question) => String(question.number), (question) => this.rowOf(question));
    this.none = h("p", { class: "none", text: texts.noQuestions });
    this.element = h("div", {}, this.none, list);
  }

  /** @param {Lesson} lesson */
  draw(lesson) {
    const { nameless = false, most = Infinity } = this.readers;
    const shows = (/** @type {Question} */ one) => (nameless ? one.state === "open" : one.state !== "dismissed" || one.mine || isStaff(lesson));
    const all = inOrder(lesson.questions.list).filter(shows).slice(0, most);
    this.none.hidden = all.length > 0;
    this.roll.draw(all);
  }

  /** @param {Question} question */
  rowOf(question) {
    const { number, text, state, minute, user, supports, supported, mine, revealed, answer, by } = question;
    const when = Date.parse(minute);
    const who = user ? named(shownName(user)) : texts.anonymous;
    const notes = [mine && texts.yours, when > 0 && clock(when), state === "waiting" && texts.waits, state === "answered" && texts.answered, state === "dismissed" && texts.dismissed].filter(Boolean);
    const supporter = state === "open" && this.readers.supports
      ? button(`▲ ${supports}`, () => this.readers.supports?.(question), { class: "support", "aria-pressed": String(supported), "aria-label": texts.support(number, supports, supported) })
      : h("span", { class: "support", role: "img", "aria-label": texts.supporters(supports) }, `▲ ${supports}`);
    return h("li", { class: `question ${state}` }, supporter, h("div", { class: "words" },
      h("p", { dir: "auto" }, h("b", { class: "number", text: `${number} ` }), shown(text)),
      !this.readers.nameless && h("small", {}, who, notes.length > 0 && ` · ${notes.join(" · ")}`),
      revealed.length > 0 && h("small", { class: "seen-by", dir: "auto", text: texts.revealed(revealed.map((one) => shownName(one))) }),
      answer && h("p", { class: "answer", dir: "auto" }, h("small", { text: `${(state === "dismissed" ? texts.dismissedBy : texts.answerBy)(shownName(by))} ` }), shown(answer)),
      ...(this.readers.deeds?.(question) ?? [])));
  }
}
