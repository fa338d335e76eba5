/** The panel of a class: a sheet at the side of the room, over it where there is no place for both. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Lesson } from "./lesson.js" */
/** @import { Request, Success } from "./types.js" */

import { Asked } from "./asked.js";
import { resultOf } from "./bars.js";
import * as texts from "./classtexts.js";
import { button, h, iconButton, put } from "./dom.js";
import { countdown, isStaff, secondsTo } from "./lesson.js";
import { Roll } from "./roll.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

/**
 * @typedef {object} Part One part of the panel.
 * @property {string} name
 * @property {HTMLElement} element
 * @property {(lesson: Lesson) => string} title The words on its tab.
 * @property {(lesson: Lesson) => boolean} offered
 * @property {(lesson: Lesson, now: number) => void} draw
 * @property {(request: Request, answer: Success) => void} [answered]
 */

/** The panel, with a tab for each of its parts. */
export class Sheet {
  /** @param {Classroom} classroom */
  constructor(classroom) {
    this.classroom = classroom;
    this.page = classroom.page;
    this.isOpen = false;
    this.chosen = "";
    this.staffed = false;
    /** Whether the list of people gave way to this. */
    this.instead = false;
    /** @type {Part[]} */
    this.parts = [];
    /** @type {{element: HTMLElement, draw: (lesson: Lesson) => void}|null} What stands above the tabs. */
    this.line = null;
    /** @type {Map<string, HTMLButtonElement>} */
    this.tabs = new Map();
    this.headingLine = h("h2", { text: strings.classroom });
    this.bar = h("div", { class: "tabs", role: "tablist", "aria-label": strings.classroom, keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event) });
    this.partsBox = h("div", { class: "scroll" });
    this.foot = h("div", {});
    this.element = h("aside", { class: "people sheet", "aria-label": strings.classroom, hidden: true },
      h("div", { class: "bar" }, this.headingLine, iconButton("close", strings.close, () => this.closeSheet())), this.bar, this.partsBox, this.foot);
    this.page.element.insertBefore(this.element, this.page.element.lastElementChild);
    this.show([new QuestionPart(classroom), new PollPart(), new GroupPart(classroom)]);
  }

  /**
   * Have these parts, in this order.
   *
   * @param {Part[]} parts
   */
  show(parts) {
    this.parts = parts;
    this.tabs = new Map(parts.map(({ name }) => [name, h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `part-${name}`, click: () => this.choose(name) })]));
    this.bar.replaceChildren(...this.tabs.values());
    this.partsBox.replaceChildren(...parts.map(({ name, element }) => {
      for (const [key, value] of Object.entries({ id: `part-${name}`, role: "tabpanel", tabindex: "0", "aria-labelledby": `tab-${name}` })) element.setAttribute(key, value);
      return element;
    }));
  }

  /**
   * Open the panel at one of its parts.
   *
   * @param {string} name
   */
  async openAt(name) {
    if (!(await this.prepare())) return;
    this.chosen = name;
    if (!this.isOpen) this.toggleSheet();
    else this.classroom.drawLesson();
  }

  /** @param {string} name */
  choose(name) {
    this.chosen = name;
    this.classroom.drawLesson();
  }

  /** Load the parts of the staff, if the user is one of them; return whether the panel can be shown. */
  async prepare() {
    const { lesson } = this.classroom;
    if (!lesson || !isStaff(lesson) || this.staffed) return lesson !== null;
    const loaded = await this.page.loaded(import("./staff.js"));
    if (loaded && !this.staffed) {
      this.show(loaded.partsOf(this.classroom));
      this.line = loaded.lineOf(this.classroom);
      this.bar.before(this.line.element);
    }
    this.staffed = loaded !== null;
    return this.staffed;
  }

  async toggleSheet() {
    if (this.isOpen) this.closeSheet();
    else if (await this.prepare()) this.openSheet();
  }

  openSheet() {
    const { page } = this;
    page.drawers.close();
    this.instead = page.element.classList.contains("listed");
    if (this.instead) page.drawers.toggle("listed"); // only one of them has place
    this.isOpen = true;
    this.element.hidden = false;
    page.element.classList.add("taught");
    page.header.lesson.setAttribute("aria-expanded", "true");
    this.classroom.drawLesson();
    page.room.inert = !page.drawers.wide.matches;
    if (!page.drawers.wide.matches) this.foot.append(page.told.element); // else it would stand behind this
    this.tabs.get(this.chosen)?.focus();
  }

  closeSheet() {
    const { page } = this;
    const focused = document.activeElement;
    const had = this.element.contains(focused) || page.room.inert;
    this.isOpen = false;
    this.element.hidden = true;
    page.element.classList.remove("taught");
    page.header.lesson.setAttribute("aria-expanded", "false");
    page.room.inert = false;
    page.room.insertBefore(page.told.element, this.classroom.strip.card);
    if (this.instead && page.drawers.wide.matches && !page.element.classList.contains("listed")) page.drawers.toggle("listed");
    if (had) page.header.lesson.focus();
    else if (focused instanceof HTMLElement) focused.focus(); // the user may be writing in a room that has just come into view
  }

  /** Close it if it covers the room, or would; return whether it did. */
  uncover() {
    const { page } = this;
    if (!this.isOpen) return false;
    if (page.drawers.wide.matches) page.room.insertBefore(page.told.element, this.classroom.strip.card);
    else this.closeSheet();
    return !page.drawers.wide.matches;
  }

  /**
   * @param {Lesson|null} lesson
   * @param {number} now
   */
  draw(lesson, now) {
    if (!this.isOpen) return;
    if (!lesson) {
      this.closeSheet();
      return;
    }
    if (isStaff(lesson) && !this.staffed) { // the user became a moderator while it was open
      void this.prepare().then((ready) => ready ? this.classroom.drawLesson() : this.closeSheet());
      return;
    }
    const offered = this.parts.filter((part) => part.offered(lesson));
    if (!offered.some(({ name }) => name === this.chosen)) this.chosen = offered[0]?.name ?? "";
    put(this.headingLine, shownName(lesson.room));
    this.line?.draw(lesson);
    for (const part of this.parts) {
      const tab = this.tabs.get(part.name);
      const here = part.name === this.chosen;
      if (!tab) continue;
      tab.hidden = !offered.includes(part);
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      put(tab, part.title(lesson));
      part.element.hidden = !here;
      if (here) part.draw(lesson, now);
    }
  }

  /**
   * @param {Request} request
   * @param {Success} answer
   */
  answered(request, answer) {
    for (const part of this.parts) part.answered?.(request, answer);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const there = this.parts.filter(({ name }) => !this.tabs.get(name)?.hidden);
    const at = there.findIndex(({ name }) => name === this.chosen);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: there.length - 1 }[event.key];
    const part = next === undefined ? undefined : there.at(next % there.length);
    if (!part) return;
    event.preventDefault();
    this.choose(part.name);
    this.tabs.get(part.name)?.focus();
  }
}

/** All questions, for students. */
class QuestionPart {
  name = "questions";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    this.asked = new Asked({ supports: ({ number, supported }) => classroom.request({ status: "support", number, value: !supported }) });
    this.element = h("div", {}, this.asked.element);
  }

  offered() {
    return true;
  }

  title() {
    return texts.questions;
  }

  /** @param {Lesson} lesson */
  draw(lesson) {
    this.asked.draw(lesson);
  }
}

/** The results of polls, newest first. */
class PollPart {
  name = "polls";

  constructor() {
    this.none = h("p", { class: "none", text: texts.noPolls });
    this.list = h("div", {});
    this.roll = new Roll(this.list, (/** @type {import("./lesson.js").Poll} */ poll) => String(poll.number), resultOf);
    this.element = h("div", {}, this.none, this.list);
  }

  offered() {
    return true;
  }

  title() {
    return texts.polls;
  }

  /** @param {Lesson} lesson */
  draw({ polls }) {
    this.none.hidden = polls.length > 0;
    this.roll.draw([...polls].reverse());
  }
}

/** The group that the student is in. */
class GroupPart {
  name = "groups";

  /** @param {Classroom} classroom */
  constructor(classroom) {
    this.own = h("p", {});
    this.time = h("p", {});
    this.room = "";
    this.goButton = button(texts.goTo, () => classroom.goTo(this.room), { class: "main" });
    this.element = h("div", { class: "stack" }, this.own, this.time, this.goButton);
  }

  /** @param {Lesson} lesson */
  offered({ groups }) {
    return groups !== null;
  }

  title() {
    return texts.groups;
  }

  /**
   * @param {Lesson} lesson
   * @param {number} now
   */
  draw({ groups }, now) {
    const [room = ""] = Object.keys(groups?.rooms ?? {});
    const seconds = secondsTo(groups?.until ?? "", now);
    this.room = room;
    this.goButton.hidden = !room;
    put(this.own, room && texts.yourGroup(shownName(room)));
    put(this.time, seconds >= 0 ? texts.left(countdown(seconds)) : "");
  }
}
