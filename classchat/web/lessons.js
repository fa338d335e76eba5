/** The classes of the rooms that were in view, kept up with what the server tells; of old rooms nothing is kept. */

import { after, granted, isStale, isStaff, kindOf, lessonOf } from "./lesson.js";
import { roomKey } from "./names.js";

/** @import { Chat } from "./chat.js" */
/** @import { Lesson } from "./lesson.js" */
/** @import { Change } from "./types.js" */

const SPREAD = 3000; // ms over which a class asks again, so that it does not do so at once
const STAFF_WAITS = 300; // ms after which staff ask again, who are few

/** @typedef {Extract<Change, {type: "class"}>} Told */

/** The class of the room in view. */
export class Lessons {
  /** @type {Lesson|null} */
  lesson = null;
  /** How far the server's clock is ahead of this one's, in ms, as far as is known. */
  ahead = 0;
  #asks = 0;

  /**
   * @param {Chat} chat
   * @param {() => void} drawLesson
   */
  constructor(chat, drawLesson) {
    this.chat = chat;
    this.drawLesson = drawLesson;
  }

  /** The room in view, if the user is in it, or "". */
  get place() {
    const { focus } = this.chat.store;
    return focus?.kind === "room" && focus.joined ? focus.name : "";
  }

  /** The class of the room in view, or null. */
  get present() {
    return this.lesson && this.isHere(this.lesson.room) ? this.lesson : null;
  }

  /** @param {string} room Return whether this is the room in view. */
  isHere(room) {
    return roomKey(room) === roomKey(this.place);
  }

  /** The server's time. */
  get time() {
    return this.chat.world.now() + this.ahead;
  }

  /**
   * Take an event, or an answer.
   *
   * @param {Told} told
   */
  take({ line, request }) {
    const view = line["class"];
    if (view) {
      if (this.isHere(view.room)) this.lesson = lessonOf(view);
    } else if (line.about) this.#event(line.about, line.time ?? "");
    else if (request && line.status === "success" && this.present && this.isHere(request.receiver ?? "")) {
      this.lesson = granted(this.present, request, line);
      if (request.status === "ask") this.askNow(); // only this user has asked
      else if (isStale(this.present, request.status, false)) this.askAgain();
    }
    this.drawLesson();
  }

  /**
   * @param {NonNullable<import("./types.js").Spoken["about"]>} about
   * @param {string} time
   */
  #event(about, time) {
    const lesson = this.present;
    if (kindOf(about) === "poll" && about.state === "open" && Number(about.seconds)) this.#compare(about);
    if (!lesson || !this.isHere(about.room)) return;
    this.lesson = after(lesson, about, time || new Date(this.time).toISOString());
    if (about["role"]) this.askNow(); // only this user has another role
    else if (isStale(lesson, kindOf(about), about["stale"] === true)) this.askAgain();
  }

  /**
   * Compare the clocks: a poll has just begun.
   *
   * @param {Record<string, unknown>} about
   */
  #compare({ until, seconds }) {
    const ahead = Date.parse(String(until)) - Number(seconds) * 1000 - this.chat.world.now();
    if (Number.isFinite(ahead)) this.ahead = ahead;
  }

  /** Ask for the state again, soon and once. */
  askAgain() {
    if (this.#asks) return;
    const { lesson } = this;
    const wait = lesson && isStaff(lesson) ? STAFF_WAITS : this.chat.world.random() * SPREAD;
    this.#asks = window.setTimeout(() => {
      this.#asks = 0;
      this.askNow();
    }, wait);
  }

  askNow() {
    if (this.place) this.chat.hearing.askClass(this.place);
  }
}
