/** The parts of the panel that only the staff of a class have. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Lesson, Question } from "./lesson.js" */
/** @import { Field } from "./dialogs.js" */
/** @import { Request } from "./types.js" */

import { Asked } from "./asked.js";
import { AttendancePart } from "./attendance.js";
import * as texts from "./classtexts.js";
import { form } from "./dialogs.js";
import { button, h } from "./dom.js";
import { choice, showChoice } from "./forms.js";
import { leads } from "./lesson.js";
import { PollingPart } from "./polling.js";
import { QueuePart } from "./queue.js";
import { GroupsPart, RoomPart, SessionLine } from "./settings.js";
import * as staff from "./stafftexts.js";

/**
 * Return the parts, in the order of their tabs.
 *
 * @param {Classroom} classroom
 * @returns {import("./sheet.js").Part[]}
 */
export function partsOf(classroom) {
  return [new QueuePart(classroom), new AnswerPart(classroom), new PollingPart(classroom), new AttendancePart(classroom), new GroupsPart(classroom), new RoomPart(classroom)];
}

/**
 * Return what stands above the tabs.
 *
 * @param {Classroom} classroom
 */
export function lineOf(classroom) {
  return new SessionLine(classroom);
}

/** The questions, with what can be done about each. */
class AnswerPart {
  name = "questions";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    this.classroom = classroom;
    this.leads = false;
    this.asked = new Asked({ deeds: (question) => [this.deedsOf(question)] });
    this.policy = choice(staff.policy, staff.policies, (text) => this.classroom.request({ status: "questions", text }));
    this.who = choice(staff.who, staff.anonymities, (anonymous) => this.classroom.request({ status: "questions", text: this.policy.select.value, anonymous }));
    this.settings = h("div", { class: "settings" }, this.policy.element, this.who.element, h("small", { text: staff.policyNote }));
    this.element = h("div", { class: "stack" }, this.asked.element, this.settings);
  }

  offered() {
    return true;
  }

  /** @param {Lesson} lesson */
  title({ questions }) {
    const open = questions.list.filter(({ state }) => state === "open" || state === "waiting").length;
    return open ? `${texts.questions} ${open}` : texts.questions;
  }

  /** @param {Lesson} lesson */
  draw(lesson) {
    this.leads = leads(lesson);
    this.settings.hidden = !this.leads;
    showChoice(this.policy.select, lesson.questions.policy);
    showChoice(this.who.select, lesson.questions.anonymous);
    this.asked.draw(lesson);
  }

  /** @param {Question} question */
  deedsOf(question) {
    const { number, state, user, anonymous } = question;
    const ends = state === "answered" || state === "dismissed";
    const hidden = !user && anonymous !== "no";
    const room = this.classroom.lessons.place; // an answer must not go to the room that is in view when it is typed
    /** @type {(label: string, status: string, fields: Field[], intro?: string) => HTMLButtonElement} */
    const asks = (label, status, fields, intro = "") =>
      button(label, () => form(`${staff.question(number)}: ${label}`, fields, label, ({ text, seconds }) => this.ask({ status, receiver: room, number, ...(text ? { text } : {}), ...(Number(seconds) ? { seconds: Number(seconds) } : {}) }), intro));
    return h("div", { class: "buttons", role: "group", "aria-label": staff.actions(number) },
      state === "waiting" && button(staff.approve, () => this.ask({ status: "approve", receiver: room, number }), { class: "main" }),
      !ends && asks(staff.answer, "answer", [{ name: "text", label: staff.answerText, longest: 1000 }]),
      !ends && asks(staff.dismiss, "dismiss", [{ name: "text", label: staff.reasonText, longest: 200 }]),
      hidden && anonymous === "peers" && this.leads && asks(staff.reveal, "reveal", [], staff.revealWarning),
      hidden && this.leads && asks(staff.mute, "mute", [{ name: "seconds", label: staff.muteFor, options: staff.spans }], staff.muteNote));
  }

  /** @param {Request} request */
  ask(request) {
    return this.classroom.page.chat.ask(request);
  }
}
