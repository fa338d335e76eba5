/** What is set for a class: its session, its groups, who may write, its assistants. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Field } from "./dialogs.js" */
/** @import { Lesson } from "./lesson.js" */
/** @import { Request } from "./types.js" */

import * as texts from "./classtexts.js";
import { form } from "./dialogs.js";
import { button, h, named, put } from "./dom.js";
import { choice, formOf, showChoice } from "./forms.js";
import { countdown, leads, secondsTo } from "./lesson.js";
import { Roll } from "./roll.js";
import * as staff from "./stafftexts.js";
import { shown, shownName } from "./text.js";

const USUAL_GROUPS = 4;
const USUAL_SLOW = 30; // seconds

/** The session, with which a lesson begins and ends: it stands above the tabs. */
export class SessionLine {
  /** @param {Classroom} classroom */
  constructor(classroom) {
    this.classroom = classroom;
    this.room = "";
    this.words = h("p", { class: "words", dir: "auto" });
    this.beginner = button(staff.beginSession, () => this.dialog(staff.beginSession, "begin", staff.sessionNote, [{ name: "title", label: staff.sessionTitle, longest: 200 }]), { class: "main" });
    this.ender = button(staff.endSession, () => this.dialog(staff.endSession, "end", staff.endNote, []));
    this.element = h("div", { class: "session", role: "group", "aria-label": staff.session }, this.words, this.beginner, this.ender);
  }

  /** @type {(label: string, text: string, note: string, fields: Field[]) => void} */
  dialog(label, text, note, fields) {
    const receiver = this.room; // another room may be in view when it is answered
    form(label, fields, label, ({ title }) => this.classroom.page.chat.ask({ status: "session", receiver, text, ...(title?.trim() ? { title: title.trim() } : {}) }), note);
  }

  /** @param {Lesson} lesson */
  draw(lesson) {
    const { room, session } = lesson;
    this.room = room;
    this.element.hidden = !leads(lesson);
    put(this.words, session ? staff.sessionNow(session.number, shown(session.title)) : staff.noSession);
    this.beginner.hidden = session !== null;
    this.ender.hidden = session === null;
  }
}

/** The groups of a class. */
export class GroupsPart {
  name = "groups";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    const ask = classroom.request.bind(classroom);
    this.number = h("input", { type: "number", min: 1, max: 500, value: USUAL_GROUPS, required: true });
    this.unitChoice = choice(staff.split, staff.units);
    this.way = choice(staff.how, staff.ways, () => this.reshape());
    this.span = choice(staff.howLong, staff.spansOfGroups);
    this.amount = h("div", { class: "pair" }, h("label", {}, staff.howMany, this.number), this.unitChoice.element);
    this.maker = formOf(() => ask(this.wanted()), this.way.element, this.amount, this.span.element, h("div", { class: "buttons" }, h("button", { class: "main", text: staff.make })));
    this.state = h("p", {});
    const list = h("ul", { class: "groups", "aria-label": texts.groups });
    this.roll = new Roll(list, (/** @type {[string, string[]]} */ [room]) => room, ([room, members]) =>
      h("li", {}, h("div", { class: "words" }, h("b", {}, named(shownName(room))), h("p", { dir: "auto", text: members.map((one) => shownName(one)).join(", ") || staff.empty })),
        button(texts.open, () => classroom.goTo(room), { "aria-label": `${texts.open} ${shownName(room)}` })));
    this.end = button(staff.closeGroups, () => ask({ status: "groups", text: "close" }));
    this.element = h("div", { class: "stack" }, this.state, list, h("div", { class: "buttons" }, this.end), this.maker);
  }

  /** @param {Lesson} lesson */
  offered(lesson) {
    return leads(lesson) || lesson.groups !== null;
  }

  title() {
    return texts.groups;
  }

  /** The number means nothing where sections, or the last groups, say it. */
  reshape() {
    this.amount.hidden = ["same", "section"].includes(this.way.select.value);
    this.number.required = !this.amount.hidden;
  }

  /** @returns {Request} */
  wanted() {
    const seconds = Number(this.span.select.value);
    const unit = this.unitChoice.select.value === "size" ? "size" : "count";
    return { status: "groups", text: this.way.select.value, ...(this.amount.hidden ? {} : { [unit]: Number(this.number.value) }), ...(seconds ? { seconds } : {}) };
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  draw(lesson, now) {
    const { groups } = lesson;
    const seconds = secondsTo(groups?.until ?? "", now);
    this.maker.hidden = !leads(lesson) || groups !== null;
    this.end.hidden = !leads(lesson) || groups === null;
    put(this.state, groups ? [staff.groupsOpen, seconds >= 0 && texts.left(countdown(seconds))].filter(Boolean).join(" · ") : "");
    this.roll.draw(Object.entries(groups?.rooms ?? {}));
  }
}

/** The room itself. */
export class RoomPart {
  name = "room";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    const ask = classroom.request.bind(classroom);
    this.classroom = classroom;
    this.mode = choice(staff.mode, staff.modes, () => this.reshape());
    this.seconds = h("input", { type: "number", min: 1, max: 3600, value: USUAL_SLOW });
    this.slow = h("label", { hidden: true }, staff.seconds, this.seconds);
    const moder = formOf(() => ask({ status: "room", text: this.mode.select.value, ...(this.slow.hidden ? {} : { seconds: Number(this.seconds.value) }) }),
      this.mode.element, this.slow, h("div", { class: "buttons" }, h("button", { text: staff.setMode })));
    this.drawnMode = "";
    const list = h("ul", { class: "assistants", "aria-label": staff.assistants });
    this.none = h("p", { class: "none", text: staff.noAssistants });
    this.roll = new Roll(list, (/** @type {{name: string}} */ { name }) => name, ({ name }) =>
      h("li", {}, h("div", { class: "words" }, named(shownName(name))), button(staff.remove, () => ask({ status: "unassist", user: name }), { "aria-label": staff.unassist(shownName(name)) })));
    this.user = h("input", { maxlength: 255, dir: "auto", autocomplete: "off", required: true });
    const helper = formOf(() => this.assist(), h("label", {}, staff.assistantName, this.user), h("div", { class: "buttons" }, h("button", { text: staff.assist })));
    this.element = h("div", { class: "stack" },
      h("section", {}, moder),
      h("section", {}, h("h3", { text: staff.assistants }), this.none, list, helper));
  }

  /** @param {Lesson} lesson */
  offered(lesson) {
    return leads(lesson);
  }

  title() {
    return staff.settings;
  }

  reshape() {
    this.slow.hidden = this.mode.select.value !== "slow";
  }

  assist() {
    this.classroom.request({ status: "assist", user: this.user.value.trim().replace(/^@/, "") });
    this.user.value = "";
  }

  /** @param {Request} request */
  answered({ status }) {
    if (status === "room") this.drawnMode = ""; // show what holds now: an exam can be slow as well
  }

  /** @param {Lesson} lesson */
  draw({ mode, slow }) {
    const now = slow && mode === "talk" ? "slow" : mode;
    if (now !== this.drawnMode) {
      this.drawnMode = now;
      showChoice(this.mode.select, now);
      this.reshape();
    }
    const people = [...(this.classroom.page.chat.store.focus?.people.values() ?? [])].filter((person) => person.assistant);
    this.none.hidden = people.length > 0;
    this.roll.draw(people.map(({ name }) => ({ name })));
  }
}
