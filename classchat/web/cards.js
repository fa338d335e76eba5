/** What a student's buttons open: a hand with its topic, a question, a vote, the code of attendance. */

/** @import { Lesson, Poll, Question } from "./lesson.js" */
/** @import { Request } from "./types.js" */

import { Asked } from "./asked.js";
import { barsOf } from "./bars.js";
import * as texts from "./classtexts.js";
import { button, h, put } from "./dom.js";
import { codeOf, countdown, openPolls, secondsTo } from "./lesson.js";
import { Roll } from "./roll.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";

const LONGEST_TOPIC = 200;
const LONGEST_QUESTION = 1000;

/** @typedef {(request: Request) => void} Send Send a request about the room in view. */

/** One's hand. */
export class HandCard {
  title = texts.yourHand;

  /** @param {Send} send */
  constructor(send) {
    this.words = h("p", {});
    this.topic = h("input", { placeholder: " ", maxlength: LONGEST_TOPIC, dir: "auto", autocomplete: "off" });
    this.raise = h("button", { class: "main" });
    this.lower = button(texts.lower, () => send({ status: "lower" }), { title: texts.lowering });
    this.helped = button(texts.helped, () => send({ status: "done", text: "helped" }), { class: "main" });
    this.form = h("form", { submit: (/** @type {Event} */ event) => { event.preventDefault(); send({ status: "hand", text: this.topic.value.trim() }); } },
      h("label", {}, texts.topic, this.topic, h("small", { text: texts.topicNote })), h("div", { class: "buttons" }, this.raise, this.lower));
    this.element = h("div", { class: "body" }, this.words, this.form, h("div", { class: "buttons" }, this.helped));
    this.shownTopic = "";
  }

  /** @param {Lesson} lesson */
  offered({ hands }) {
    return hands.open || hands.place > 0 || hands.turn !== null;
  }

  /** @param {Lesson} lesson */
  label({ hands: { place, waiting, turn } }) {
    return turn ? texts.comes(shownName(turn.by)) : place ? texts.handUp(place, waiting) : strings.raise;
  }

  /** @param {Lesson} lesson */
  draw({ hands: { place, waiting, turn, topic } }) {
    put(this.words, turn ? `${texts.comes(shownName(turn.by))}.` : place ? texts.yourPlace(place, waiting) : texts.handsWaiting(waiting));
    put(this.raise, place ? texts.change : strings.raise);
    this.lower.hidden = !place;
    this.form.hidden = turn !== null;
    this.helped.hidden = turn === null;
    if (topic !== this.shownTopic) this.topic.value = this.shownTopic = topic;
  }
}

/** A question, and those of the others. */
export class AskCard {
  title = texts.askTitle;

  /**
   * @param {Send} send
   * @param {(question: Question) => void} supports
   */
  constructor(send, supports) {
    this.send = send;
    this.room = "";
    /** @type {Map<string, string>} What was typed in other rooms. */
    this.drafts = new Map();
    this.box = h("textarea", { rows: 2, maxlength: LONGEST_QUESTION, dir: "auto", "aria-describedby": "who-sees", required: true });
    this.box.addEventListener("input", () => this.typed());
    this.named = h("input", { type: "checkbox", change: () => this.note() });
    this.check = h("label", { class: "check" }, this.named, texts.withName);
    this.who = h("p", { class: "note who-sees", id: "who-sees" });
    this.button = h("button", { class: "main", text: texts.askNow });
    this.asked = new Asked({ supports });
    this.anonymous = "peers";
    this.approves = false;
    this.element = h("div", { class: "body" },
      h("form", { submit: (/** @type {Event} */ event) => { event.preventDefault(); this.submit(); } }, this.who, h("label", {}, texts.question, this.box), this.check, h("div", { class: "buttons" }, this.button)),
      this.asked.element);
  }

  submit() {
    const text = this.box.value.trim();
    if (!text) return;
    this.button.disabled = true; // until it is answered; the text stays until then
    this.send({ status: "ask", text, anonymous: this.anonymous, ...(this.named.checked && this.anonymous !== "no" ? { named: true } : {}) });
  }

  /** @param {boolean} granted The answer is here. */
  done(granted) {
    if (granted) this.box.value = "";
    this.typed();
  }

  typed() {
    this.button.disabled = false; // the answer may never come
    this.drafts.set(this.room, this.box.value);
  }

  note() {
    const who = this.anonymous !== "no" && this.named.checked ? texts.named : texts.WHO[this.anonymous];
    put(this.who, [who, this.approves && texts.approval].filter(Boolean).join(" "));
  }

  /** @param {Lesson} lesson */
  offered({ questions }) {
    return questions.policy !== "off";
  }

  /** @param {Lesson} lesson */
  label({ questions }) {
    const open = questions.list.filter((one) => one.state === "open").length;
    return open ? `${texts.ask} · ${open}` : texts.ask;
  }

  /** @param {Lesson} lesson */
  draw(lesson) {
    const { room, mode, questions: { policy, anonymous } } = lesson;
    if (room !== this.room) {
      this.room = room;
      this.box.value = this.drafts.get(room) ?? "";
      this.button.disabled = this.named.checked = false;
    }
    this.anonymous = anonymous;
    this.approves = policy === "approve" || mode === "exam";
    this.check.hidden = anonymous === "no";
    this.note();
    this.asked.draw(lesson);
  }
}

/** The polls that run; one that ends meanwhile shows its result. */
export class VoteCard {
  title = texts.vote;

  /** @param {Send} send */
  constructor(send) {
    this.send = send;
    /** @type {Map<number, {time: HTMLElement, votes: HTMLElement}>} What changes while a poll runs; the choices stay as they are. */
    this.running = new Map();
    /** @type {Set<number>} The polls that were open while the card was. */
    this.seen = new Set();
    this.element = h("div", { class: "body" });
    this.roll = new Roll(this.element, (/** @type {Poll} */ poll) => `${poll.number}`, (poll) => (poll.state === "open" ? this.formOf(poll) : this.resultOf(poll)));
  }

  /** @param {Lesson} lesson */
  offered(lesson) {
    return openPolls(lesson).length > 0;
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  label(lesson, now) {
    const [poll] = openPolls(lesson);
    const seconds = poll ? secondsTo(poll.until, now) : NaN;
    return seconds >= 0 ? `${texts.vote} · ${countdown(seconds)}` : texts.vote;
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  draw(lesson, now) {
    for (const { number } of openPolls(lesson)) this.seen.add(number);
    const polls = lesson.polls.filter((one) => this.seen.has(one.number));
    this.roll.draw(polls.map((one) => (one.state === "closed" ? one : { ...one, votes: 0, guestVotes: 0, here: 0, until: "", counts: null, guests: null })));
    for (const one of polls) {
      const seconds = secondsTo(one.until, now);
      const running = this.running.get(one.number);
      if (!running) continue;
      put(running.time, seconds >= 0 ? texts.left(countdown(seconds)) : "");
      running.votes.replaceChildren(...(one.live && one.counts ? [barsOf(one)] : []));
    }
  }

  /** Forget the results: the card is closed. */
  closed() {
    this.seen.clear();
  }

  /** @param {Poll} poll */
  formOf(poll) {
    const { number, text, options, many, named, mine } = poll;
    const time = h("span", { class: "time", role: "timer" });
    const votes = h("div", {});
    const error = h("p", { class: "error", role: "alert" });
    const inputs = options.map((_, at) => {
      const input = h("input", { type: many ? "checkbox" : "radio", name: `poll-${number}`, value: at });
      input.checked = mine.includes(at);
      return input;
    });
    this.running.set(number, { time, votes });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const choices = inputs.flatMap((input, at) => (input.checked ? at : []));
      error.textContent = choices.length ? "" : texts.chooseOne;
      if (choices.length) this.send({ status: "vote", number, choices });
    };
    return h("form", { submit }, h("fieldset", {},
      h("legend", {}, h("small", { text: texts.poll(number) }), " ", h("span", { dir: "auto", text: shown(text) })),
      many && h("p", { text: texts.chooseMany }),
      ...inputs.map((input, at) => h("label", { class: "check", dir: "auto" }, input, shown(options[at] ?? "")))),
    mine.length > 0 && h("p", { class: "done", text: texts.voted(mine.map((at) => shown(options[at] ?? ""))) }),
    error,
    h("div", { class: "buttons" }, h("button", { class: "main", text: mine.length ? texts.changeVote : texts.send }), time),
    h("small", { text: named ? texts.openVote : texts.secret }),
    votes);
  }

  /** @param {Poll} poll */
  resultOf(poll) {
    this.running.delete(poll.number);
    return h("section", {}, h("h3", {}, h("small", { text: texts.poll(poll.number) }), " ", h("span", { dir: "auto", text: shown(poll.text) })), barsOf(poll));
  }
}

/** The code of attendance. */
export class HereCard {
  title = texts.attendance;

  /** @param {Send} send */
  constructor(send) {
    this.code = h("input", { class: "code", placeholder: " ", maxlength: 9, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", required: true });
    this.form = h("form", { submit: (/** @type {Event} */ event) => { event.preventDefault(); send({ status: "here", text: codeOf(this.code.value) }); } },
      h("label", {}, texts.code, this.code, h("small", { text: texts.codeNote })), h("div", { class: "buttons" }, h("button", { class: "main", text: texts.iAmHere })));
    this.words = h("p", { class: "done" });
    this.element = h("div", { class: "body" }, this.words, this.form);
    /** Whether a link has brought a code. */
    this.linked = false;
  }

  /** @param {Lesson} lesson */
  offered({ here }) {
    return here.open || this.linked;
  }

  /** @param {Lesson} lesson */
  label({ here: { seen } }) {
    return seen ? `✓ ${texts.present}` : texts.here;
  }

  /** @param {Lesson} lesson */
  draw({ here: { open, seen, mark } }) {
    this.form.hidden = seen || !open;
    put(this.words, [seen ? texts.beenSeen : !open && texts.attendanceClosed, mark && texts.marked(mark)].filter(Boolean).join(" "));
  }

  /** @param {string} code */
  fill(code) {
    this.linked = true;
    this.code.value = codeOf(code);
  }
}
