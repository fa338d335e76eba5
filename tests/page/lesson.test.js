/** What a class does, as the page keeps it: from an answer to `class`, through events, to what a student sees. */

import assert from "node:assert/strict";
import test from "node:test";

import { after, codeOf, countdown, granted, inOrder, isStale, isStaff, leads, lessonOf, openPolls, secondsTo } from "../../classchat/web/lesson.js";
import { oneOf, seeded } from "./seeded.js";

const NOW = Date.UTC(2026, 10, 23, 10);
const at = (/** @type {number} */ seconds) => new Date(NOW + seconds * 1000).toISOString();
const CS350 = { room: "CS350" };
const STUDENT = {
  ...CS350, role: "student",
  hands: { open: true, waiting: 7, place: 3, topic: "pointers" },
  questions: { policy: "open", list: [
    { number: 1, text: "Why?", state: "open", anonymous: "peers", supports: 2 },
    { number: 2, text: "When?", state: "open", anonymous: "peers", supports: 5, supported: true },
    { number: 3, text: "Where?", state: "answered", supports: 9 },
    { number: 4, text: "Who?", state: "waiting", own: true, revealed: ["Bob", 7] },
  ] },
  polls: [{ number: 2, text: "Which?", options: ["A", "B"], state: "open", until: at(60), mine: [1] }],
  here: { open: true, until: at(300), seen: true },
};
const ANSWER = /** @type {const} */ ({ status: "success", sender: "SERVER", receiver: "", text: "" });

test("an idle class has nothing", () => {
  const lesson = lessonOf(CS350);

  assert.equal(isStaff(lesson), false);
  assert.deepEqual([lesson.hands.open, lesson.questions.policy, lesson.polls, lesson.here.open, lesson.groups], [false, "off", [], false, null]);
});

test("the roles differ in what they may do", () => {
  const roles = ["student", "assistant", "moderator", "operator"].map((role) => lessonOf({ ...CS350, role }));

  assert.deepEqual(roles.map(isStaff), [false, true, true, true]);
  assert.deepEqual(roles.map(leads), [false, false, true, true]);
});

test("questions stand in the order in which they are read", () => {
  assert.deepEqual(inOrder(lessonOf(STUDENT).questions.list).map(({ number }) => number), [4, 2, 1, 3]);
});

test("a hand rises, moves up, has its turn, and is down", () => {
  let lesson = lessonOf({ ...CS350, hands: { open: true, waiting: 2 } });
  lesson = granted(lesson, { status: "hand", text: "pointers" }, { ...ANSWER, place: 3, waiting: 3 });
  assert.deepEqual([lesson.hands.place, lesson.hands.waiting, lesson.hands.topic], [3, 3, "pointers"]);
  lesson = after(lesson, { ...CS350, kind: "counts", hands: { open: true, waiting: 2, place: 1, topic: "pointers" } }, "");
  assert.deepEqual([lesson.hands.place, lesson.hands.waiting], [1, 2]);
  lesson = after(lesson, { ...CS350, kind: "turn", by: "Bob", state: "taken" }, at(0));
  assert.deepEqual([lesson.hands.place, lesson.hands.turn], [0, { user: "", by: "Bob", topic: "pointers", since: at(0) }]);
  lesson = after(lesson, { ...CS350, kind: "turn", by: "Bob", state: "helped" }, at(9));
  assert.equal(lesson.hands.turn, null);
});

test("a lowered hand leaves the queue", () => {
  const own = granted(lessonOf(STUDENT), { status: "lower" }, ANSWER);
  const other = granted(lessonOf(STUDENT), { status: "lower", user: "Carol" }, ANSWER);
  const lowered = after(lessonOf(STUDENT), { ...CS350, kind: "turn", by: "Bob", state: "lowered" }, "");

  assert.deepEqual([own.hands.place, own.hands.waiting, other.hands.place, lowered.hands.place], [0, 6, 3, 0]);
});

test("support is counted once, and taken back", () => {
  const find = (/** @type {import("../../classchat/web/lesson.js").Lesson} */ lesson, /** @type {number} */ number) => lesson.questions.list.find((one) => one.number === number);
  let lesson = granted(lessonOf(STUDENT), { status: "support", number: 1, value: true }, ANSWER);
  lesson = granted(lesson, { status: "support", number: 1, value: true }, ANSWER);
  assert.deepEqual([find(lesson, 1)?.supports, find(lesson, 1)?.supported], [3, true]);
  lesson = granted(lesson, { status: "support", number: 2, value: false }, ANSWER);
  assert.deepEqual([find(lesson, 2)?.supports, find(lesson, 2)?.supported], [4, false]);
  lesson = after(lesson, { ...CS350, kind: "counts", supports: { 1: 8, 99: 1 } }, "");
  assert.deepEqual([find(lesson, 1)?.supports, find(lesson, 2)?.supports], [8, 4]);
});

test("a question is asked, answered and kept, with what the events do not say", () => {
  let lesson = after(lessonOf(STUDENT), { ...CS350, kind: "question", number: 5, state: "open", text: "How?", minute: at(0) }, "");
  assert.deepEqual(lesson.questions.list.at(-1)?.anonymous, "peers");
  lesson = after(lesson, { ...CS350, kind: "question", number: 4, state: "answered", text: "Who?", answer: "Me", by: "Bob" }, "");
  const four = lesson.questions.list.find(({ number }) => number === 4);
  assert.deepEqual([four?.mine, four?.revealed, four?.state, four?.answer, four?.by], [true, ["Bob", ""], "answered", "Me", "Bob"]);
  const revealed = after(lesson, { ...CS350, kind: "question", number: 4, state: "revealed", text: "Who?", by: "Bob" }, "");
  assert.deepEqual(revealed.questions.list.at(3), { ...four, revealed: ["Bob", ""] });
  const again = after(revealed, { ...CS350, kind: "question", number: 4, state: "revealed", text: "Who?", by: "Tom" }, "");
  assert.deepEqual(again.questions.list.at(3)?.revealed, ["Bob", "", "Tom"]);
});

test("a poll runs, is voted in, stays open longer, and ends; one's own vote is kept", () => {
  let lesson = after(lessonOf(CS350), { ...CS350, kind: "poll", number: 2, state: "open", text: "Which?", options: ["A", "B"], until: at(60) }, "");
  lesson = granted(lesson, { status: "vote", choices: [1] }, { ...ANSWER, number: 2 });
  lesson = after(lesson, { ...CS350, kind: "poll", number: 2, state: "longer", text: "Which?", options: ["A", "B"], until: at(75) }, "");
  assert.deepEqual(openPolls(lesson).map(({ until, mine }) => [until, mine]), [[at(75), [1]]]);
  lesson = after(lesson, { ...CS350, kind: "poll", number: 2, state: "closed", text: "Which?", options: ["A", "B"], until: at(75), counts: [9, 41], votes: 50, here: 58 }, "");
  assert.deepEqual(openPolls(lesson), []);
  assert.deepEqual([lesson.polls[0]?.counts, lesson.polls[0]?.mine], [[9, 41], [1]]);
});

test("the code comes to staff, changes, and goes when attendance ends", () => {
  let lesson = after(lessonOf({ ...CS350, role: "moderator" }), { ...CS350, kind: "here", by: "Bob", open: true, until: at(300), code: "K7Q2M" }, "");
  assert.equal(lesson.here.code, "K7Q2M");
  lesson = after(lesson, { ...CS350, kind: "counts", here: { open: true, until: at(300), code: "ABCDE", changes: at(30), count: 4 } }, "");
  assert.deepEqual([lesson.here.code, lesson.here.count], ["ABCDE", 4]);
  lesson = after(lesson, { ...CS350, kind: "here", by: "Bob", open: false }, "");
  assert.deepEqual([lesson.here.code, lesson.here.open], ["", false]);
});

test("what may be written is told with the counts", () => {
  const exam = after(lessonOf(STUDENT), { ...CS350, kind: "counts", mode: "exam", slow: 5 }, "");
  const over = after(after(exam, { ...CS350, kind: "counts", hands: { open: true } }, ""), { ...CS350, kind: "counts", slow: 0 }, "");

  assert.deepEqual([exam.mode, exam.slow, over.mode, over.slow], ["exam", 5, "exam", 0]);
});

test("a student who is here stays so when counts change", () => {
  const seen = after(lessonOf(STUDENT), { ...CS350, kind: "counts", here: { open: true, until: at(300) } }, "");

  assert.equal(seen.here.seen, true);
});

test("groups open and close", () => {
  const open = after(lessonOf(STUDENT), { ...CS350, kind: "groups", by: "Bob", open: true, count: 4, own: "CS350-2", until: at(600) }, "");
  const closed = after(open, { ...CS350, kind: "groups", by: "Bob", open: false }, "");

  assert.deepEqual(open.groups, { rooms: { "CS350-2": [] }, count: 4, until: at(600) });
  assert.equal(closed.groups, null);
});

test("the state is read again where an event says too little; students do that seldom", () => {
  const [student, staff] = [lessonOf(STUDENT), lessonOf({ ...CS350, role: "assistant" })];

  assert.deepEqual(["session", "hand", "counts", "poll", "here"].map((kind) => isStale(student, kind, false)), [true, false, false, false, false]);
  assert.deepEqual(["turn", "here", "groups", "counts"].map((kind) => isStale(staff, kind, false)), [true, true, true, false]);
  assert.equal(isStale(student, "counts", true), true);
});

test("times are told in whole seconds, and never below zero", () => {
  assert.deepEqual([secondsTo(at(42), NOW), secondsTo(at(-5), NOW), secondsTo(at(0.2), NOW)], [42, 0, 1]);
  assert(Number.isNaN(secondsTo("", NOW)));
  assert.deepEqual([0, 42, 725, 3720].map(countdown), ["0:00", "0:42", "12:05", "1:02:00"]);
});

test("a code is read as people write it", () => {
  assert.deepEqual([" k7 q2m", "K7Q-2M", "k".repeat(50)].map(codeOf), ["K7Q2M", "K7Q2M", "K".repeat(12)]);
});

test("whatever a server sends, the state has its shape", () => {
  const random = seeded(15);
  const values = [null, undefined, -1, 1.5, 1e99, "x", "", true, [], [null, 1, "a", {}], {}, { room: 1 }, { list: [[]] }];
  const fields = ["role", "mode", "slow", "session", "hands", "questions", "polls", "here", "groups", "kind", "state", "number", "options", "counts", "supports", "open", "own", "list", "turn", "turns", "rooms", "voters", "mine"];
  const kinds = ["session", "hand", "turn", "hands", "question", "questions", "poll", "here", "mark", "groups", "line", "counts", "other"];
  const any = () => Object.fromEntries(fields.map((name) => [name, random() < 0.5 ? oneOf(random, values) : Object.fromEntries(fields.map((inner) => [inner, oneOf(random, values)]))]));
  for (let round = 0; round < 500; round++) {
    let lesson = lessonOf({ ...any(), ...CS350 });
    for (const kind of kinds) lesson = after(lesson, { ...any(), kind, ...CS350 }, "");
    assert(Array.isArray(lesson.questions.list) && Array.isArray(lesson.polls) && Array.isArray(lesson.hands.list));
    for (const { number, supports } of lesson.questions.list) assert(Number.isSafeInteger(number) && supports >= 0);
    for (const { options, counts } of lesson.polls) assert(options.every((one) => typeof one === "string") && (counts === null || counts.every(Number.isSafeInteger)));
  }
});
