/** Polls, for the staff: a new one, the running ones, the results. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Lesson, Poll } from "./lesson.js" */
/** @import { Request, Success } from "./types.js" */

import { barsOf, resultOf } from "./bars.js";
import * as texts from "./classtexts.js";
import { button, h, put } from "./dom.js";
import { check, choice, formOf } from "./forms.js";
import { countdown, leads, openPolls, pollOf, secondsTo } from "./lesson.js";
import { Roll } from "./roll.js";
import * as staff from "./stafftexts.js";
import { shown, shownName } from "./text.js";

const LEAST = 2;
const MOST = 10; // options
const LONGEST = 200;
const USUAL = "60"; // seconds

/** What is asked of a class. */
export class PollingPart {
  name = "polls";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    this.classroom = classroom;
    this.text = h("input", { maxlength: LONGEST, dir: "auto", autocomplete: "off" });
    this.options = h("ol", { class: "options-of" });
    this.more = button(staff.addOption, () => this.addOption()?.focus());
    this.time = choice(staff.time, staff.times);
    this.time.select.value = USUAL;
    this.many = check(staff.many);
    this.named = check(staff.named);
    this.live = check(staff.live);
    this.error = h("p", { class: "error", role: "alert" });
    this.maker = h("details", {}, h("summary", { text: staff.newPoll }), formOf(() => this.begin(), h("label", {}, staff.pollText, this.text), this.options, h("div", { class: "buttons" }, this.more),
      this.time.element, this.many.element, this.named.element, this.live.element, this.error, h("div", { class: "buttons" }, h("button", { class: "main", text: staff.begin }))));
    this.clear();
    const running = h("div", {});
    /** @type {Map<number, HTMLElement>} */
    this.countdowns = new Map();
    this.running = new Roll(running, (/** @type {Poll} */ poll) => String(poll.number), (poll) => this.runningOf(poll));
    /** @type {Map<number, HTMLElement>} Where it stands who chose what, by poll. */
    this.voters = new Map();
    const results = h("div", {});
    this.results = new Roll(results, (/** @type {Poll} */ poll) => String(poll.number), (poll) => this.endedOf(poll));
    this.none = h("p", { class: "none", text: texts.noPolls });
    this.leads = false;
    /** Whether this was drawn before: while nothing was asked yet, the form is open. */
    this.drawn = false;
    this.element = h("div", { class: "stack" }, running, this.maker, this.none, results);
  }

  offered() {
    return true;
  }

  /** @param {Lesson} lesson */
  title(lesson) {
    const { length } = openPolls(lesson);
    return length ? `${texts.polls} ${length}` : texts.polls;
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  draw(lesson, now) {
    const open = openPolls(lesson);
    this.leads = leads(lesson);
    this.maker.hidden = !this.leads;
    if (!this.drawn) this.maker.open = lesson.polls.length === 0;
    this.drawn = true;
    this.none.hidden = lesson.polls.length > 0;
    this.running.draw(open);
    for (const { number, until, votes } of open) {
      const seconds = secondsTo(until, now);
      const state = this.countdowns.get(number);
      if (state) put(state, [staff.soFar(votes), seconds >= 0 && texts.left(countdown(seconds))].filter(Boolean).join(" · "));
    }
    this.results.draw(lesson.polls.filter((one) => one.state === "closed").reverse());
  }

  /** Add a line for an option; return its box, or undefined if there are enough. */
  addOption() {
    const number = this.options.children.length + 1;
    if (number > MOST) return undefined;
    const input = h("input", { maxlength: LONGEST, dir: "auto", autocomplete: "off", "aria-label": staff.option(number), placeholder: staff.option(number) });
    this.options.append(h("li", {}, input));
    this.more.hidden = number === MOST;
    return input;
  }

  clear() {
    this.text.value = "";
    this.options.replaceChildren();
    for (let count = 0; count < LEAST; count++) this.addOption();
    for (const { input } of [this.many, this.named, this.live]) input.checked = false;
  }

  begin() {
    const options = [...this.options.querySelectorAll("input")].map((input) => input.value.trim()).filter(Boolean);
    const text = this.text.value.trim();
    const wrong = !text || options.length < LEAST;
    this.error.textContent = wrong ? staff.needs : "";
    if (wrong) return;
    /** @type {Request} */
    const request = { status: "poll", text, options, seconds: Number(this.time.select.value) };
    for (const name of /** @type {const} */ (["many", "named", "live"])) if (this[name].input.checked) request[name] = true;
    this.classroom.request(request);
  }

  /**
   * @param {Request} request
   * @param {Success} answer
   */
  answered({ status }, { polls = [] }) {
    if (status === "polls") for (const poll of polls.map(pollOf)) this.told(poll);
    if (status !== "poll") return;
    this.clear();
    this.maker.open = false;
  }

  /** @param {Poll} poll Say who chose what. */
  told({ number, options, voters }) {
    const rows = Object.entries(voters ?? {}).map(([name, choices]) => h("li", { dir: "auto", text: `${shownName(name)}: ${choices.map((at) => shown(options[at] ?? "")).join(", ")}` }));
    this.voters.get(number)?.replaceChildren(...rows);
  }

  /** @param {Poll} poll */
  runningOf(poll) {
    const { number, text } = poll;
    const state = h("p", { role: "timer" });
    this.countdowns.set(number, state);
    return h("section", { class: "poll" }, h("h3", {}, h("small", { text: texts.poll(number) }), " ", h("span", { dir: "auto", text: shown(text) })), state, barsOf(poll),
      this.leads && h("div", { class: "buttons" }, button(staff.end, () => this.classroom.request({ status: "endpoll", number }))));
  }

  /** @param {Poll} poll */
  endedOf(poll) {
    const made = resultOf(poll);
    this.countdowns.delete(poll.number);
    if (!poll.named) return made;
    const list = h("ul", {});
    this.voters.set(poll.number, list);
    made.append(h("details", { toggle: () => this.classroom.request({ status: "polls", number: poll.number }) }, h("summary", { text: staff.whoChose }), list));
    return made;
  }
}
