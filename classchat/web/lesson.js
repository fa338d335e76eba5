/**
 * The state of one room's class, as the user may see it, and how what the server tells changes it.
 *
 * It knows no DOM and no connection, and takes whatever the server sends: a field of a wrong type counts as missing.
 * Nothing is changed in place, so a page can compare a part with what it has drawn.
 */

import { isNumber, isRecord } from "./protocol.js";

/** @import { Request, Spoken, Success } from "./types.js" */

const MOST = 500; // of any list: the server sends 200 at most

/**
 * @typedef {{user: string, topic: string, since: string, times: number, away: string, passed: boolean}} Hand
 * @typedef {{user: string, by: string, topic: string, since: string}} Turn
 * @typedef {object} Hands
 * @property {boolean} open
 * @property {string} rule "fair" or "order".
 * @property {number} waiting
 * @property {number} place From 1; 0 while the user's hand is down.
 * @property {string} topic
 * @property {Turn|null} turn One's own, as a student or as staff.
 * @property {Hand[]} list For staff.
 * @property {Turn[]} turns For staff: those that have begun and not ended.
 *
 * @typedef {object} Question
 * @property {number} number
 * @property {string} text
 * @property {string} state "waiting", "open", "answered" or "dismissed".
 * @property {string} minute
 * @property {string} user "" if the room does not know who has asked.
 * @property {string} anonymous
 * @property {number} supports
 * @property {boolean} supported Whether this user supports it.
 * @property {boolean} mine Whether this user has asked it.
 * @property {string[]} revealed For a question of this user: the moderators who looked up its author.
 * @property {string} answer
 * @property {string} by
 * @typedef {{policy: string, anonymous: string, list: Question[]}} Questions
 *
 * @typedef {object} Poll
 * @property {number} number
 * @property {string} text
 * @property {string[]} options
 * @property {string} state "open" or "closed".
 * @property {string} until
 * @property {boolean} many
 * @property {boolean} named
 * @property {boolean} live
 * @property {number[]|null} counts
 * @property {number[]|null} guests
 * @property {number} votes
 * @property {number} guestVotes How many of the votes are guests'.
 * @property {number} here
 * @property {number[]} mine
 * @property {Record<string, number[]>|null} voters
 *
 * @typedef {{open: boolean, until: string, seen: boolean, mark: string, code: string, changes: string, count: number}} Here
 * @typedef {{rooms: Record<string, string[]>, count: number, until: string}} Groups
 *
 * @typedef {object} Lesson
 * @property {string} room
 * @property {string} role "student", "assistant", "moderator", "operator" or, of a projector, "screen".
 * @property {string} mode
 * @property {number} slow Seconds between two lines of a student; 0: any number may be sent.
 * @property {{number: number, title: string, since: string}|null} session
 * @property {Hands} hands
 * @property {Questions} questions
 * @property {Poll[]} polls Oldest first.
 * @property {Here} here
 * @property {Groups|null} groups
 */

const text = (/** @type {unknown} */ value) => (typeof value === "string" ? value : "");
const count = (/** @type {unknown} */ value) => (isNumber(value) ? value : 0);
const numbers = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.filter(isNumber).slice(0, MOST) : null);
const texts = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.map(text).slice(0, MOST) : []);
const records = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.filter(isRecord).slice(0, MOST) : []);
const record = (/** @type {unknown} */ value) => (isRecord(value) ? value : {});

/**
 * Return the state in an answer to `class`.
 *
 * @param {Record<string, unknown>} view
 * @returns {Lesson}
 */
export function lessonOf(view) {
  const { number, title, since } = record(view.session);
  return {
    room: text(view.room),
    role: text(view.role) || "student",
    mode: text(view.mode) || "talk",
    slow: count(view.slow),
    session: isRecord(view.session) ? { number: count(number), title: text(title), since: text(since) } : null,
    hands: handsOf(record(view.hands)),
    questions: questionsOf(record(view.questions)),
    polls: records(view.polls).map(pollOf),
    here: hereOf(record(view.here)),
    groups: isRecord(view.groups) ? groupsOf(view.groups) : null,
  };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Hands}
 */
function handsOf(view) {
  return {
    open: view.open === true,
    rule: text(view.rule) || "fair",
    waiting: count(view.waiting),
    place: count(view.place),
    topic: text(view.topic),
    turn: isRecord(view.turn) ? turnOf(view.turn) : null,
    list: records(view.list).map(handOf),
    turns: records(view.turns).map(turnOf),
  };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Hand}
 */
function handOf({ user, topic, since, times, away, passed }) {
  return { user: text(user), topic: text(topic), since: text(since), times: count(times), away: text(away), passed: passed === true };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Turn}
 */
function turnOf({ user, by, topic, since }) {
  return { user: text(user), by: text(by), topic: text(topic), since: text(since) };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Questions}
 */
function questionsOf({ policy, anonymous, list }) {
  return { policy: text(policy) || "off", anonymous: text(anonymous) || "peers", list: records(list).map(questionOf) };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Question}
 */
function questionOf(view) {
  return {
    number: count(view.number),
    text: text(view.text),
    state: text(view.state) || "open",
    minute: text(view.minute),
    user: text(view.user),
    anonymous: text(view.anonymous) || "no",
    supports: count(view.supports),
    supported: view.supported === true,
    mine: view["own"] === true,
    revealed: texts(view.revealed),
    answer: text(view.answer),
    by: text(view.by),
  };
}

/**
 * Return a poll, of an answer as well as of an event.
 *
 * @param {Record<string, unknown>} view
 * @returns {Poll}
 */
export function pollOf(view) {
  const voters = isRecord(view.voters) ? Object.entries(view.voters).map(([name, choices]) => [name, numbers(choices) ?? []]) : null;
  return {
    number: count(view.number),
    text: text(view.text),
    options: texts(view.options),
    state: view.state === "closed" ? "closed" : "open",
    until: text(view.until),
    many: view.many === true,
    named: view.named === true,
    live: view.live === true,
    counts: numbers(view.counts),
    guests: numbers(view.guests),
    votes: count(view.votes),
    guestVotes: count(view.guest_votes),
    here: count(view.here),
    mine: numbers(view.mine) ?? [],
    voters: voters && Object.fromEntries(voters),
  };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Here}
 */
function hereOf({ open, until, seen, mark, code, changes, count: seenBy }) {
  return { open: open === true, until: text(until), seen: seen === true, mark: text(mark), code: text(code), changes: text(changes), count: count(seenBy) };
}

/**
 * @param {Record<string, unknown>} view
 * @returns {Groups}
 */
function groupsOf({ rooms, until }) {
  const all = Object.entries(record(rooms)).slice(0, MOST).map(([name, members]) => [name, texts(members)]);
  return { rooms: Object.fromEntries(all), count: all.length, until: text(until) };
}

/**
 * Return what an event is about. Its name is a string, for the page has short names of its own.
 *
 * @param {Record<string, unknown>} about
 */
export function kindOf(about) {
  return text(about["kind"]);
}

/**
 * Return the state after an event.
 *
 * @param {Lesson} lesson
 * @param {NonNullable<Spoken["about"]>} about
 * @param {string} time When the server says that it happened; "" if it has not.
 * @returns {Lesson}
 */
export function after(lesson, about, time) {
  const { hands, here } = lesson;
  switch (kindOf(about)) {
    case "session":
      return { ...lesson, session: about.state === "begun" ? { number: count(about.number), title: text(about.title), since: time } : null };
    case "hand":
      return { ...lesson, hands: { ...hands, waiting: count(about.waiting) } };
    case "hands":
      return { ...lesson, hands: { ...hands, open: about.open === true, rule: text(about.rule) || hands.rule } };
    case "turn":
      return { ...lesson, hands: turned(hands, about, time) };
    case "question":
      return { ...lesson, questions: { ...lesson.questions, list: asked(lesson.questions.list, about) } };
    case "questions":
      return { ...lesson, questions: { ...lesson.questions, policy: text(about.policy), anonymous: text(about.anonymous) } };
    case "poll":
      return { ...lesson, polls: withPoll(lesson.polls, pollOf(about)) };
    case "here":
      return { ...lesson, here: { ...here, open: about.open === true, until: text(about.until), code: text(about.code) || (about.open === true ? here.code : "") } };
    case "mark":
      return { ...lesson, here: { ...here, mark: text(about.mark) } };
    case "groups":
      return { ...lesson, groups: grouped(lesson, about) };
    case "counts":
      return counted(lesson, about);
    default:
      return lesson;
  }
}

/**
 * @param {Hands} hands
 * @param {Record<string, unknown>} about
 * @param {string} since
 * @returns {Hands}
 */
function turned(hands, { state, by }, since) {
  if (state !== "taken") return { ...hands, turn: null, ...(state === "lowered" ? { place: 0, topic: "" } : {}) };
  return { ...hands, place: 0, turn: { user: "", by: text(by), topic: hands.topic, since } };
}

/**
 * @param {Question[]} list
 * @param {Record<string, unknown>} about
 * @returns {Question[]}
 */
function asked(list, about) {
  if (about.state === "revealed") {
    const whom = (/** @type {Question} */ one) => [...new Set([...one.revealed, text(about.by)])];
    return list.map((one) => (one.number === about.number ? { ...one, revealed: whom(one) } : one));
  }
  const { number, state, text: words, minute, user, answer, by } = questionOf(about);
  const old = list.find((one) => one.number === number);
  const changed = { ...(old ?? questionOf({ anonymous: user ? "no" : "peers" })), number, state, text: words };
  for (const [name, value] of Object.entries({ minute, user, answer, by })) if (value) Object.assign(changed, { [name]: value });
  return old ? list.map((one) => (one === old ? changed : one)) : [...list, changed].slice(-MOST);
}

/**
 * @param {Poll[]} polls
 * @param {Poll} poll
 * @returns {Poll[]}
 */
function withPoll(polls, poll) {
  const old = polls.find((one) => one.number === poll.number);
  if (!old) return [...polls, poll].slice(-MOST);
  const { mine, voters } = old;
  return polls.map((one) => (one === old ? { ...poll, mine: poll.mine.length ? poll.mine : mine, voters: poll.voters ?? voters } : one));
}

/**
 * @param {Lesson} lesson
 * @param {Record<string, unknown>} about
 * @returns {Groups|null}
 */
function grouped({ groups }, about) {
  if (about.open !== true) return null;
  const room = text(about["own"]);
  return { rooms: room ? { [room]: [] } : (groups?.rooms ?? {}), count: count(about.count), until: text(about.until) };
}

/**
 * @param {Lesson} lesson
 * @param {Record<string, unknown>} about
 * @returns {Lesson}
 */
function counted(lesson, { hands, supports, polls, here, mode, slow }) {
  const { seen, mark } = lesson.here;
  const counts = record(supports);
  const list = lesson.questions.list.map((one) => (isNumber(counts[one.number]) ? { ...one, supports: count(counts[one.number]) } : one));
  return {
    ...lesson,
    mode: text(mode) || lesson.mode,
    slow: isNumber(slow) ? count(slow) : lesson.slow,
    hands: isRecord(hands) ? handsOf(hands) : lesson.hands,
    questions: isRecord(supports) ? { ...lesson.questions, list } : lesson.questions,
    polls: Object.values(record(polls)).filter(isRecord).map(pollOf).reduce(withPoll, lesson.polls),
    here: isRecord(here) ? hereOf({ seen, mark, ...here }) : lesson.here,
  };
}

/**
 * Return the state after a request of this user was granted.
 *
 * @param {Lesson} lesson
 * @param {Request} request
 * @param {Success} answer
 * @returns {Lesson}
 */
export function granted(lesson, { status, text: words = "", number = 0, user = "", value, choices = [] }, answer) {
  const { hands, here } = lesson;
  const question = (/** @type {(one: Question) => Question} */ change) => ({ ...lesson, questions: { ...lesson.questions, list: lesson.questions.list.map((one) => (one.number === number ? change(one) : one)) } });
  switch (status) {
    case "hand":
      return { ...lesson, hands: { ...hands, place: answer.place ?? hands.place, waiting: answer.waiting ?? hands.waiting, topic: words } };
    case "lower":
      return user ? lesson : { ...lesson, hands: { ...hands, place: 0, topic: "", waiting: Math.max(0, hands.waiting - Number(hands.place > 0)) } };
    case "done":
      return { ...lesson, hands: { ...hands, turn: null } };
    case "support":
      return question((one) => ({ ...one, supported: value !== false, supports: Math.max(0, one.supports + Number(value !== false) - Number(one.supported)) }));
    case "vote":
      return { ...lesson, polls: lesson.polls.map((one) => (one.number === (answer.number ?? number) ? { ...one, mine: choices } : one)) };
    case "here":
      return { ...lesson, here: { ...here, seen: true } };
    default:
      return lesson;
  }
}

/**
 * Return whether the state has to be read again: more has changed than the event, or the answer, says.
 *
 * @param {Lesson} lesson
 * @param {string} kind Of the event, or the status of the request.
 * @param {boolean} stale
 */
export function isStale(lesson, kind, stale) {
  if (stale || kind === "session") return true;
  return isStaff(lesson) && ["hands", "turn", "next", "done", "lower", "here", "present", "groups", "room", "question", "poll", "mark"].includes(kind);
}

/** @param {Lesson} lesson */
export function isStaff({ role }) {
  return role !== "student" && role !== "screen";
}

/** @param {Lesson} lesson Return whether this user may also change settings, begin polls and make groups. */
export function leads({ role }) {
  return role === "moderator" || role === "operator";
}

const STATES = ["waiting", "open", "answered", "dismissed"];

/**
 * Return the questions as they are read: what waits for staff, then open ones with the most support, then the others.
 *
 * @param {Question[]} list
 */
export function inOrder(list) {
  return [...list].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.supports - a.supports || a.number - b.number);
}

/** @param {Lesson} lesson Return the polls that are open. */
export function openPolls({ polls }) {
  return polls.filter((one) => one.state === "open");
}

/**
 * Return the seconds until a time, at least 0; NaN if there is none.
 *
 * @param {string} until
 * @param {number} now
 */
export function secondsTo(until, now) {
  return Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
}

/**
 * Return a number of seconds as people read it: "0:42", "12:05", "1:02:00".
 *
 * @param {number} seconds
 */
export function countdown(seconds) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/**
 * Return what a typed code means: people write it in small letters, and with spaces.
 *
 * @param {string} typed
 */
export function codeOf(typed) {
  return typed.replace(/[\s-]/g, "").toUpperCase().slice(0, 12);
}
