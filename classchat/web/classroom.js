/** What a class adds to the page: a student's buttons, the panel, and what a student must not miss. */

/** @import { Page } from "./page.js" */
/** @import { Lesson } from "./lesson.js" */
/** @import { Told } from "./lessons.js" */
/** @import { Conversation, Message, Request } from "./types.js" */

import { resultOf } from "./bars.js";
import { call } from "./calls.js";
import * as texts from "./classtexts.js";
import { button, h, put } from "./dom.js";
import { after, isStaff, kindOf, lessonOf, openPolls } from "./lesson.js";
import { Lessons } from "./lessons.js";
import { styled } from "./look.js";
import { Projecting } from "./projecting.js";
import { linkTo } from "./rows.js";
import { Sheet } from "./sheet.js";
import { Strip } from "./strip.js";
import { shown, shownName } from "./text.js";

const TICK = 1000; // ms
const FIRST_PART = "hands";

/** Requests whose answer the panel or a card shows; of others the page shows the server's sentence. */
const SILENT = new Set(["support", "roster", "polls", "vote", "present"]);

/** Requests after which a student's card has done what it was opened for. */
const ENDS_CARD = new Set(["hand", "lower", "here"]);

/**
 * Make a page show classes, once the style sheets are there.
 *
 * @param {Page} page
 */
export async function showClasses(page) {
  await Promise.all([styled(), styled(new URL("./class.css", import.meta.url).href)]);
  page.classroom ??= new Classroom(page); // the user and the server may ask for it at the same time
}

/** The class of the room in view. */
export class Classroom {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.lessons = new Lessons(page.chat, () => this.drawLesson());
    /** What the title says before anything else: that the student is called. */
    this.call = "";
    /** The code of attendance that a link has brought, until the class is known; "". */
    this.linkedCode = "";
    /** Whether the user wants to raise a hand, once the class is known. */
    this.wantsHand = false;
    /** The part of the panel that the user wants to see, once the class is known; "". */
    this.wantedPart = "";
    /** @type {{room: string, by: string, topic: string}|null} The turn that the banner tells of. */
    this.turn = null;
    /** @type {{to: Conversation|null, from: Conversation|null}|null} The room whose groups have just been closed, and what was in view then. */
    this.back = null;
    this.ticking = 0;
    const { composer, room, banner } = page;
    this.strip = new Strip((request) => this.request(request), () => !composer.box.value.trim(), () => composer.box.focus());
    this.strip.redraw = () => this.drawLesson();
    this.words = h("strong", { dir: "auto" });
    this.topicLine = h("span", { dir: "auto" });
    this.banner = h("div", { class: "banner turn", hidden: true }, this.words, this.topicLine, button(texts.helped, () => this.turn && page.ask({ status: "done", receiver: this.turn.room, text: "helped" })));
    banner.element.after(this.banner);
    composer.element.append(this.strip.element);
    room.insertBefore(this.strip.card, composer.element);
    this.panel = new Sheet(this);
    this.projecting = new Projecting((room, projected) => !projected && this.lessons.isHere(room) && this.project(true));
    page.chat.classes = true;
    window.addEventListener("hashchange", () => this.followLink());
    page.hand.hidden = true; // this has one of its own
    this.lessons.askNow();
    this.followLink();
  }

  /** The class of the room in view, or null. */
  get lesson() {
    return this.lessons.present;
  }

  /**
   * Send a request about the room in view.
   *
   * @param {Request} request
   */
  request(request) {
    const asked = { ...request, receiver: this.lessons.place };
    if (SILENT.has(request.status)) this.page.chat.link.ask(asked);
    else this.page.ask(asked);
  }

  /**
   * Take an event, or an answer.
   *
   * @param {Told} told
   */
  heard(told) {
    const { line, request } = told;
    const { about } = line;
    this.lessons.take(told);
    if (about?.part && line.sender === "") this.shows(String(about.part));
    if (about && kindOf(about) === "turn") this.called(about.room, String(about.state), String(about.by ?? ""));
    if (about && kindOf(about) === "groups") this.grouped(about.room, about.open === true, String(about["own"] ?? ""));
    if (!request || (line.status !== "success" && line.status !== "error")) return;
    if (request.status === "ask") this.strip.cards.ask.done(line.status === "success");
    if (request.status === "done" && line.status === "success") this.called("", "", "");
    if (line.status === "error" && SILENT.has(request.status)) this.page.notice(line.text, true);
    if (line.status === "success" && SILENT.has(request.status)) this.page.announcer.say(line.text);
    if (line.status === "success" && ENDS_CARD.has(request.status)) this.strip.closeCard();
    if (line.status === "success") this.panel.answered(request, line);
  }

  /**
   * Show what a command lists: in a card for students, if there is one, else in the panel.
   *
   * @param {string} part
   */
  shows(part) {
    const { lesson, strip } = this;
    this.wantedPart = lesson ? "" : part;
    if (!lesson) return;
    const name = /** @type {const} */ ({ hands: "hand", questions: "ask" })[part];
    if (!isStaff(lesson) && name && strip.cards[name].offered(lesson)) strip.openCard(name, true);
    else void this.panel.openAt(part);
  }

  /** Open the card for the student's hand. */
  raise() {
    this.wantsHand = this.lesson === null;
    if (!this.wantsHand) this.strip.openCard("hand", true);
  }

  /**
   * Tell the student that it is their turn, wherever they look; or that it is over.
   *
   * @param {string} room
   * @param {string} state
   * @param {string} by
   */
  called(room, state, by) {
    const { page } = this;
    const topic = this.lesson?.hands.turn?.topic ?? "";
    const was = this.turn;
    this.turn = state === "taken" ? { room, by, topic } : null;
    this.drawTurn();
    if (!this.turn && was) page.announcer.error("");
    if (!this.turn || was) return;
    if (page.told.element.querySelectorAll("button").length === 1) page.told.hide(); // else "Your hand is up" would stand there for seconds
    page.announcer.error(texts.comes(shownName(by)));
    navigator.vibrate?.([200, 100, 200]);
    const conversation = page.chat.store.find("room", room);
    if (!conversation || document.hasFocus()) return;
    const message = /** @type {Message} */ ({ sender: by, text: texts.comes(shownName(by)) });
    call(conversation, message, () => page.open(conversation));
  }

  drawTurn() {
    const { turn } = this;
    const words = turn ? texts.comes(shownName(turn.by)) : "";
    this.call = words && `${words} – `;
    this.banner.hidden = !turn;
    put(this.words, words);
    put(this.topicLine, turn?.topic ? texts.about(shown(turn.topic)) : "");
    this.page.header.count();
  }

  /**
   * Go with the group: into its room, unless the user writes something, and back when the groups are closed.
   *
   * @param {string} room The class.
   * @param {boolean} open
   * @param {string} own The user's group room, if this is about it.
   */
  grouped(room, open, own) {
    const { page } = this;
    const go = () => this.goTo(own);
    if (!open) this.back = { to: page.chat.store.find("room", room), from: page.chat.store.focus }; // until the server has put the user out of the group
    else if (own && this.lessons.isHere(room) && this.strip.isFree()) go();
    else if (own) page.told.show(texts.yourGroup(shownName(own)), false, texts.goTo, go);
  }

  /**
   * Bring a group room into view.
   *
   * @param {string} room
   */
  goTo(room) {
    const known = this.page.chat.store.find("room", room);
    if (known?.joined) this.page.open(known);
    else this.page.ask({ status: "join", receiver: room });
  }

  /** Another conversation is in view, or none: the user was put out of a group, perhaps. */
  moved() {
    const { back, page } = this;
    const { focus } = page.chat.store;
    if (!focus || focus !== back?.from) this.back = null; // this may still tell of the way into the group
    if (!focus && back?.to?.joined) page.open(back.to);
    this.drawLesson();
  }

  /**
   * Tell the projector's view in this browser what only staff know.
   *
   * @param {boolean} [again]
   */
  project(again) {
    const { lesson } = this;
    if (lesson && isStaff(lesson)) this.projecting.says({ room: lesson.room, here: lesson.here, groups: lesson.groups && { ...lesson.groups, rooms: {} } }, again);
  }

  /** Draw what has changed. */
  drawLesson() {
    const { lesson, page } = this;
    const now = this.lessons.time;
    if (lesson && !isStaff(lesson)) this.sees(lesson);
    this.strip.draw(lesson, now);
    this.panel.draw(lesson, now);
    this.project();
    if (lesson && this.wantedPart) this.shows(this.wantedPart);
    if (lesson && this.wantsHand) this.raise();
    if (lesson && this.linkedCode) this.fillCode();
    page.header.lesson.hidden = !this.offers(page.chat.store.focus);
    clearTimeout(this.ticking);
    if (lesson && (this.panel.isOpen || openPolls(lesson).length > 0)) this.ticking = window.setTimeout(() => this.drawLesson(), TICK - (now % TICK));
  }

  /**
   * Show the turn that a reload has forgotten.
   *
   * @param {Lesson} lesson
   */
  sees({ room, hands: { turn } }) {
    if (turn && !this.turn) this.called(room, "taken", turn.by);
    else if (!turn && this.turn && this.lessons.isHere(this.turn.room)) this.called("", "", "");
  }

  /**
   * Return whether the panel has something to show.
   *
   * @param {Conversation|null} focus
   */
  offers(focus) {
    const { lesson } = this;
    if (!focus || !lesson) return focus?.staff === true;
    return isStaff(lesson) || lesson.questions.list.length > 0 || lesson.polls.length > 0 || lesson.groups !== null;
  }

  /** Open or close the panel. */
  toggle() {
    if (this.lesson) void this.panel.toggleSheet();
    else this.wantedPart = FIRST_PART;
  }

  /** Close the card that is open, if one is; return whether it was. */
  closesCard() {
    const was = this.strip.opened !== null;
    if (was) this.strip.closeCard();
    return was;
  }

  /** Close the panel if it covers the room; return whether it did. */
  close() {
    return this.panel.uncover();
  }

  /** Fill in the code of the link. */
  fillCode() {
    this.strip.cards.here.fill(this.linkedCode);
    this.linkedCode = "";
    this.strip.openCard("here", true);
  }

  /** The page's address may hold the code of attendance: fill it in. */
  followLink() {
    const [, code] = /\/here=([\w-]{1,12})$/.exec(location.hash) ?? [];
    if (!code || !this.lessons.place) return;
    history.replaceState(null, "", `${location.pathname}${location.search}${linkTo(this.lessons.place)}`);
    this.linkedCode = code;
    this.drawLesson();
  }

  /**
   * Add the bars to the row of a poll's result.
   *
   * @param {Message} message
   * @param {HTMLLIElement} item
   */
  drew({ about }, item) {
    if (!about || kindOf(about) !== "poll" || about.state !== "closed") return;
    const [poll] = after(lessonOf({ room: about.room }), about, "").polls;
    const mine = this.lesson?.polls.find((one) => one.number === poll?.number)?.mine ?? [];
    if (poll) item.append(h("div", { class: "row event" }, resultOf({ ...poll, mine })));
  }
}
