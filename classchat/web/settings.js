/** Groups, and what is set for a room: its session, who may write, its assistants. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Lesson } from "./lesson.js" */
/** @import { Request } from "./types.js" */

import * as texts from "./classtexts.js";
import { button, h, named, put } from "./dom.js";
import { choice, formOf, showChoice } from "./forms.js";
import { countdown, leads, secondsTo } from "./lesson.js";
import { Roll } from "./roll.js";
import * as staff from "./stafftexts.js";
import { shownName } from "./text.js";

const USUAL_GROUPS = 4;
const USUAL_SLOW = 30; // seconds

/** The groups of a class. */
export class GroupsPart {
  name = "groups";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    const ask = classroom.request.bind(classroom);
    const { page } = classroom;
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
        button(texts.open, () => {
          const known = page.chat.store.find("room", room);
          if (known?.joined) page.open(known);
          else page.ask({ status: "join", receiver: room });
        }, { "aria-label": `${texts.open} ${shownName(room)}` })));
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
    this.session = h("p", { dir: "auto" });
    this.sessionTitle = h("input", { maxlength: 200, dir: "auto", autocomplete: "off" });
    this.beginner = formOf(() => ask({ status: "session", text: "begin", ...(this.sessionTitle.value.trim() ? { title: this.sessionTitle.value.trim() } : {}) }),
      h("label", {}, staff.sessionTitle, this.sessionTitle), h("div", { class: "buttons" }, h("button", { class: "main", text: staff.beginSession })));
    this.ender = button(staff.endSession, () => ask({ status: "session", text: "end" }));
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
      h("section", {}, h("h3", { text: staff.session }), this.session, this.beginner, this.ender, h("small", { text: staff.sessionNote })),
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

  /** @param {Lesson} lesson */
  draw({ session, mode, slow }) {
    put(this.session, session ? staff.sessionNow(session.number, session.title) : "");
    this.beginner.hidden = session !== null;
    this.ender.hidden = session === null;
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

  /** @param {Request} request */
  answered({ status }) {
    if (status === "session") this.sessionTitle.value = "";
  }
}
