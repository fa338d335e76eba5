/** A class on a projector: large, and without names. */

/** @import { Chat } from "./chat.js" */
/** @import { Poll } from "./lesson.js" */
/** @import { Told } from "./lessons.js" */
/** @import { Projected } from "./projecting.js" */

import { Asked } from "./asked.js";
import { barsOf } from "./bars.js";
import * as texts from "./classtexts.js";
import { h, put } from "./dom.js";
import { countdown, openPolls, secondsTo } from "./lesson.js";
import { Lessons } from "./lessons.js";
import { invitationTo } from "./links.js";
import { qrOf } from "./menus.js";
import { Projecting, isSameRoom } from "./projecting.js";
import { Roll } from "./roll.js";
import * as staff from "./stafftexts.js";
import { shown } from "./text.js";

const TICK = 1000; // ms
const RESULT_STAYS = 300_000; // ms
const MOST_QUESTIONS = 6;
const FEW_QUESTIONS = 3; // below a poll

/** What stands above the messages while a class does something. */
export class Stage {
  /**
   * @param {Chat} chat
   * @param {string} room
   */
  constructor(chat, room) {
    this.room = room;
    this.lessons = new Lessons(chat, () => this.drawStage());
    /** @type {Projected|null} */
    this.projected = null;
    this.link = "";
    this.shownCode = "";
    this.ticking = 0;
    /** @type {Map<number, number>} When each poll has ended that this has shown. */
    this.ended = new Map();
    this.projecting = new Projecting((about, projected) => this.hears(about, projected));
    this.hands = h("p", { class: "hands", hidden: true });
    this.groups = h("p", { class: "hands", role: "timer", hidden: true });
    this.code = h("p", { class: "code" });
    this.qr = h("div", {});
    this.next = h("p", { role: "timer" });
    this.attendance = h("section", { class: "attendance", hidden: true }, this.qr, h("div", {}, h("h2", { text: staff.attendance }), this.code, this.next));
    const polls = h("div", {});
    /** @type {Map<number, HTMLElement>} */
    this.times = new Map();
    this.polls = new Roll(polls, (/** @type {Poll} */ poll) => String(poll.number), (poll) => this.pollOf(poll));
    this.readers = { nameless: true, most: MOST_QUESTIONS };
    this.asked = new Asked(this.readers);
    this.questions = h("section", { hidden: true }, h("h2", { text: texts.questions }), this.asked.element);
    this.element = h("div", { class: "stage", hidden: true }, this.attendance, polls, this.questions);
    this.projecting.wants(room);
    void invitationTo(room).then(({ link }) => (this.link = link));
  }

  /** @param {Told} told */
  heard(told) {
    this.lessons.take(told);
  }

  /**
   * @param {string} room
   * @param {Projected|null} projected
   */
  hears(room, projected) {
    if (!projected || !isSameRoom(room, this.room)) return;
    this.projected = projected;
    this.drawStage();
  }

  /** Draw what has changed. */
  drawStage() {
    const lesson = this.lessons.present;
    const now = this.lessons.time;
    const { here = null, groups = null } = this.projected ?? {};
    this.drawCode(here?.open ? here.code : "", secondsTo(here?.changes ?? "", now));
    const left = secondsTo((lesson?.groups ?? groups)?.until ?? "", now);
    this.groups.hidden = !(left > 0);
    put(this.groups, left > 0 ? `${texts.groups}: ${texts.left(countdown(left))}` : "");
    const waiting = lesson?.hands.waiting ?? 0;
    this.hands.hidden = waiting === 0;
    put(this.hands, waiting ? texts.handsWaiting(waiting) : "");
    const coded = !this.attendance.hidden;
    const polls = lesson ? this.wanted(openPolls(lesson), coded ? [] : lesson.polls, now) : [];
    this.polls.draw(polls.map((poll) => (poll.live || poll.state === "closed" ? poll : { ...poll, votes: 0 })));
    for (const { number, until, votes } of polls) {
      const seconds = secondsTo(until, now);
      const time = this.times.get(number);
      if (time) put(time, [seconds >= 0 && texts.left(countdown(seconds)), votes > 0 && staff.soFar(votes)].filter(Boolean).join(" · "));
    }
    const open = !coded && (lesson?.questions.list.some(({ state }) => state === "open") ?? false);
    this.readers.most = polls.length ? FEW_QUESTIONS : MOST_QUESTIONS;
    this.questions.hidden = !open;
    if (lesson) this.asked.draw(lesson);
    this.element.hidden = !open && !polls.length && !coded;
    const place = this.element.parentElement?.classList;
    place?.toggle("staged", !this.element.hidden);
    place?.toggle("full", polls.length > 0 || coded);
    clearTimeout(this.ticking);
    if (left > 0 || polls.length || coded) this.ticking = window.setTimeout(() => this.drawStage(), TICK - (now % TICK));
  }

  /**
   * Return the polls to show: those that are open, or else the results of the last ones, for a while.
   *
   * @param {Poll[]} open
   * @param {Poll[]} all
   * @param {number} now
   */
  wanted(open, all, now) {
    for (const { number } of open) this.ended.set(number, 0);
    for (const { number, state } of all) if (state === "closed" && this.ended.get(number) === 0) this.ended.set(number, now);
    return open.length ? open : all.filter(({ number }) => now - (this.ended.get(number) ?? 0) < RESULT_STAYS).slice(-1);
  }

  /** @param {Poll} poll */
  pollOf(poll) {
    const { number, text, options, state, live } = poll;
    const time = h("p", { role: "timer" });
    if (state === "open") this.times.set(number, time);
    else this.times.delete(number);
    return h("section", { class: "poll" }, h("h2", { dir: "auto" }, h("small", { text: texts.poll(number) }), ` ${shown(text)}`),
      state === "closed" || live ? barsOf({ ...poll, mine: [] }) : h("ol", { class: "choices" }, ...options.map((option) => h("li", { dir: "auto", text: shown(option) }))), state === "open" && time);
  }

  /**
   * @param {string} code
   * @param {number} next
   */
  drawCode(code, next) {
    this.attendance.hidden = !code;
    put(this.code, code);
    put(this.next, next >= 0 ? staff.changesIn(next) : "");
    const look = code && this.link ? `${this.link}/here=${code}` : "";
    if (look === this.shownCode) return;
    this.shownCode = look;
    this.qr.replaceChildren(...(look ? [qrOf(look)] : []));
  }
}
