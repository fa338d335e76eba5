/** The queue of hands, for the staff. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Hand, Lesson, Turn } from "./lesson.js" */

import * as texts from "./classtexts.js";
import { button, h, named, put } from "./dom.js";
import { choice, showChoice } from "./forms.js";
import { leads } from "./lesson.js";
import { Roll } from "./roll.js";
import * as staff from "./stafftexts.js";
import { shown, shownName } from "./text.js";
import { clock } from "./times.js";

/** The hands in the order in which they are taken, and who is being helped. */
export class QueuePart {
  name = "hands";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    const ask = classroom.request.bind(classroom);
    this.classroom = classroom;
    this.now = 0;
    this.next = button(staff.next, () => ask({ status: "next" }), { class: "main" });
    this.state = h("p", {});
    this.who = h("h3", {});
    this.topic = h("p", { dir: "auto" });
    this.own = h("section", { class: "with", "aria-live": "polite" }, this.who, this.topic,
      h("div", { class: "buttons" }, ...staff.outcomes.map(([text, label], at) => button(label, () => ask({ status: "done", text }), at ? {} : { class: "main" }))));
    const list = h("ol", { class: "queue", "aria-label": staff.hands });
    this.roll = new Roll(list, (/** @type {Hand} */ hand) => hand.user, (hand) => this.rowOf(hand));
    const others = h("ul", {});
    this.turns = new Roll(others, (/** @type {Turn} */ turn) => turn.user, ({ user, by }) => h("li", { dir: "auto", text: staff.with_(shownName(user), shownName(by)) }));
    this.others = h("section", {}, h("h3", { text: staff.others }), others);
    this.switch = button("", () => ask({ status: "hands", text: this.isOpen ? "closed" : "open" }));
    this.isOpen = false;
    this.order = choice(staff.order, staff.orders, (text) => ask({ status: "hands", text }));
    this.settings = h("div", { class: "settings" }, this.switch, this.order.element);
    this.element = h("div", { class: "stack" }, this.own, h("div", { class: "buttons" }, this.next, this.state), list, this.others, this.settings);
  }

  offered() {
    return true;
  }

  /** @param {Lesson} lesson */
  title({ hands }) {
    return hands.waiting ? `${staff.hands} ${hands.waiting}` : staff.hands;
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  draw(lesson, now) {
    const { hands: { open, rule, waiting, turn, list, turns } } = lesson;
    this.isOpen = open;
    this.now = now;
    this.own.hidden = turn === null;
    put(this.who, turn ? staff.youHelp(shownName(turn.user)) : "");
    put(this.topic, turn ? [turn.topic && texts.about(shown(turn.topic)), waited(turn.since, now)].filter(Boolean).join(" · ") : "");
    this.next.disabled = waiting === 0;
    put(this.state, waiting ? texts.handsWaiting(waiting) : open ? staff.nobody : staff.handsClosed);
    this.roll.draw(list);
    const others = turns.filter(({ user }) => user !== turn?.user);
    this.others.hidden = others.length === 0;
    this.turns.draw(others);
    this.settings.hidden = !leads(lesson);
    put(this.switch, open ? staff.closeHands : staff.openHands);
    showChoice(this.order.select, rule);
    for (const time of this.element.querySelectorAll("[data-since]")) put(time, waited(time.getAttribute("data-since") ?? "", now));
  }

  /** @param {Hand} hand */
  rowOf({ user, topic, since, times, away, passed }) {
    const ask = this.classroom.request.bind(this.classroom);
    const name = shownName(user);
    const until = Date.parse(away);
    const notes = [times ? staff.helpedTimes(times) : staff.firstTime, until > 0 && staff.awayUntil(clock(until)), passed && staff.passed].filter(Boolean);
    return h("li", { class: until > 0 || passed ? "off" : "" },
      h("div", { class: "words" }, h("p", {}, h("b", {}, named(name)), h("small", { "data-since": since, text: waited(since, this.now) })),
        topic && h("p", { dir: "auto", text: shown(topic) }), h("small", { text: notes.join(" · ") })),
      button(staff.nextOne, () => ask({ status: "next", user }), { "aria-label": staff.goTo(name) }),
      button(staff.lower, () => ask({ status: "lower", user }), { "aria-label": staff.lowerHand(name) }));
  }
}

/**
 * Return how long ago something was.
 *
 * @param {string} since
 * @param {number} now
 */
function waited(since, now) {
  const ms = now - Date.parse(since);
  return Number.isFinite(ms) ? texts.minutesAgo(Math.max(0, Math.floor(ms / 60_000))) : "";
}
