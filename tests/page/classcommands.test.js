/** Commands about a class mean what they mean in the terminal: the cases are those of tests/unit/client/commands. */

import assert from "node:assert/strict";
import test from "node:test";

import { partOf } from "../../classchat/web/classreading.js";
import { CommandError, parse } from "../../classchat/web/commands.js";
import { complete } from "../../classchat/web/complete.js";

/** @import { Whereabouts } from "../../classchat/web/commands.js" */

/**
 * @param {string|null} focus
 * @returns {Whereabouts}
 */
const where = (focus) => ({
  focus, isRoom: (name) => ["Lab", "CS350", "twin"].includes(name), isUser: (name) => ["dave", "eve", "twin"].includes(name), here: focus ?? "", latest: () => 0, now: 0,
});

/**
 * @param {string} line
 * @param {string|null} [focus]
 */
function request(line, focus = "Lab") {
  const made = parse(line, where(focus));
  return made.do === "ask" ? made.request : made;
}

/**
 * @param {string} line
 * @param {string|null} [focus]
 */
function refusal(line, focus = "Lab") {
  try {
    parse(line, where(focus));
  } catch (wrong) {
    if (wrong instanceof CommandError) return wrong.message;
    throw wrong;
  }
  return "";
}

const CASES = /** @type {[string, object][]} */ ([
  ["/class CS350", { status: "class" }],
  ["/session CS350 begin", { status: "session", text: "begin" }],
  ["/session CS350 begin Week 3", { status: "session", text: "begin", title: "Week 3" }],
  ["/session CS350 end", { status: "session", text: "end" }],
  ["/hand CS350", { status: "hand", text: "" }],
  ["/hand CS350 pointers to pointers", { status: "hand", text: "pointers to pointers" }],
  ["/lower CS350", { status: "lower" }],
  ["/lower CS350 @Carol", { status: "lower", user: "Carol" }],
  ["/queue CS350", { status: "hands", text: "" }],
  ["/hands CS350 Fair", { status: "hands", text: "fair" }],
  ["/next CS350", { status: "next" }],
  ["/next CS350 Carol", { status: "next", user: "Carol" }],
  ["/done CS350", { status: "done", text: "" }],
  ["/done CS350 absent", { status: "done", text: "absent" }],
  ["/ask CS350 Why?", { status: "ask", text: "Why?" }],
  ["/ask CS350 --named Why not?", { status: "ask", text: "Why not?", named: true }],
  ["/ask --named CS350 Why not?", { status: "ask", text: "Why not?", named: true }],
  ["/questions CS350", { status: "questions", text: "" }],
  ["/questions CS350 approve", { status: "questions", text: "approve" }],
  ["/questions CS350 open full", { status: "questions", text: "open", anonymous: "full" }],
  ["/questions CS350 no", { status: "questions", text: "", anonymous: "no" }],
  ["/up CS350 7", { status: "support", number: 7, value: true }],
  ["/up CS350 #7", { status: "support", number: 7, value: true }],
  ["/up CS350 -7", { status: "support", number: 7, value: false }],
  ["/unup CS350 7", { status: "support", number: 7, value: false }],
  ["/answer CS350 7 Because it is", { status: "answer", number: 7, text: "Because it is" }],
  ["/answer CS350 7", { status: "answer", number: 7, text: "" }],
  ["/approve CS350 7", { status: "approve", number: 7 }],
  ["/dismiss CS350 7", { status: "dismiss", number: 7, text: "" }],
  ["/dismiss CS350 7 asked before", { status: "dismiss", number: 7, text: "asked before" }],
  ["/reveal CS350 7", { status: "reveal", number: 7 }],
  ["/poll CS350 Which is stable? | quicksort |  merge  sort | 90s", { status: "poll", text: "Which is stable?", options: ["quicksort", "merge sort"], seconds: 90 }],
  ["/poll CS350 Ready? | yes | no", { status: "poll", text: "Ready?", options: ["yes", "no"] }],
  ["/poll CS350 Ready? | yes | no | 2m many named LIVE", { status: "poll", text: "Ready?", options: ["yes", "no"], seconds: 120, many: true, named: true, live: true }],
  ["/poll CS350 How? | named | live", { status: "poll", text: "How?", options: ["named", "live"] }],
  ["/poll CS350 How long? | 30s | 60s", { status: "poll", text: "How long?", options: ["30s", "60s"] }],
  ["/vote CS350 2", { status: "vote", choices: [1] }],
  ["/vote CS350 1, 3", { status: "vote", choices: [0, 2] }],
  ["/vote CS350 #4 10", { status: "vote", number: 4, choices: [9] }],
  ["/endpoll CS350", { status: "endpoll" }],
  ["/endpoll CS350 4", { status: "endpoll", number: 4 }],
  ["/polls CS350", { status: "polls" }],
  ["/polls CS350 #4", { status: "polls", number: 4 }],
  ["/present CS350", { status: "present" }],
  ["/present CS350 10m", { status: "present", seconds: 600 }],
  ["/present CS350 end", { status: "present", text: "end" }],
  ["/here CS350 k7q2m", { status: "here", text: "K7Q2M" }],
  ["/mark CS350 Carol late", { status: "mark", user: "Carol", text: "late" }],
  ["/roster CS350", { status: "roster" }],
  ["/roster CS350 add Jane Doe", { status: "roster", text: "add", user: "Jane Doe" }],
  ["/groups CS350 4", { status: "groups", count: 4, text: "" }],
  ["/groups CS350 4 new 10m", { status: "groups", count: 4, text: "new", seconds: 600 }],
  ["/groups CS350 size 3 random", { status: "groups", size: 3, text: "random" }],
  ["/groups CS350 section", { status: "groups", text: "section" }],
  ["/groups CS350 close", { status: "groups", text: "close" }],
  ["/groups CS350 close 10m", { status: "groups", text: "close", seconds: 600 }],
]);

test("each command about a class becomes its request", () => {
  for (const [line, made] of CASES) {
    const whole = { receiver: "CS350", ...made };
    assert.deepEqual(request(line, "CS350"), whole, line);
    assert.deepEqual(request(line.replace(/^((\S+)(?: --named)?) CS350/, "$1"), "CS350"), whole, `${line}, in view`);
    assert.deepEqual(request(line.replace("CS350", "#CS350")), whole, `${line}, with #`);
  }
});

test("a free text never loses its first word to another room; other commands take any known room", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/hand CS350 pointers", { status: "hand", receiver: "Lab", text: "CS350 pointers" }],
    ["/hand lab pointers", { status: "hand", receiver: "Lab", text: "pointers" }],
    ["/ask CS350 is hard, isn't it?", { status: "ask", receiver: "Lab", text: "CS350 is hard, isn't it?" }],
    ["/ask one\n  two", { status: "ask", receiver: "Lab", text: "one\n  two" }],
    ["/queue CS350", { status: "hands", receiver: "CS350", text: "" }],
    ["/next twin", { status: "next", receiver: "Lab", user: "twin" }],
    ["/next #twin dave", { status: "next", receiver: "twin", user: "dave" }],
    ["/mark CS350 dave late", { status: "mark", receiver: "CS350", user: "dave", text: "late" }],
    ["/mark dave late", { status: "mark", receiver: "Lab", user: "dave", text: "late" }],
    ["/here CS350", { status: "here", receiver: "Lab", text: "CS350" }],
    ["/here CS350 k7q2m", { status: "here", receiver: "CS350", text: "K7Q2M" }],
    ["/up 7", { status: "support", receiver: "Lab", number: 7, value: true }],
    ["/vote #2 1", { status: "vote", receiver: "Lab", number: 2, choices: [0] }],
    ["/groups CS350 2", { status: "groups", receiver: "CS350", count: 2, text: "" }],
    ["/poll CS350? | A | B", { status: "poll", receiver: "Lab", text: "CS350?", options: ["A", "B"] }],
  ]);
  for (const [line, made] of cases) assert.deepEqual(request(line), made, line);
});

test("outside of a room, the room has to be named", () => {
  for (const line of ["/hand", "/hand pointers", "/ask Why?", "/vote 2", "/queue", "/next dave"]) {
    assert.match(refusal(line, null), /^No room is selected: \/focus ROOM, or name it here: \//);
  }
  assert.deepEqual(request("/hand CS350 pointers", null), { status: "hand", receiver: "CS350", text: "pointers" });
});

test("wrong words are refused with the usage", () => {
  const poll = "A poll has a question and 2 to 10 options: /poll Which? | A | B | 60s";
  const groups = "Usage: /groups [room] <4|size 3|close> [random|new|same|section] [10m]";
  const cases = {
    "/session Lab": "Usage: /session [room] begin|end [title]",
    "/session Lab end it": "Usage: /session [room] begin|end [title]",
    "/queue Lab faster": "Usage: /queue [room] [open|closed|fair|order]",
    "/done Lab helped twice": "Usage: /done [room] [helped|absent|later]",
    "/ask Lab": "Usage: /ask [room] [--named] <text>",
    "/ask Lab --named": "Usage: /ask [room] [--named] <text>",
    "/up Lab seven": "'seven' is not a number from 1. Usage: /up [room] [-]<number>",
    "/up Lab 0": "'0' is not a number from 1. Usage: /up [room] [-]<number>",
    "/up Lab 2147483648": "'2147483648' is not a number from 1. Usage: /up [room] [-]<number>",
    "/up Lab": "Usage: /up [room] [-]<number>",
    "/answer Lab": "Usage: /answer [room] <number> [text]",
    "/poll Lab Which? | A": poll,
    "/poll Lab Which? | A | | B": poll,
    "/poll Lab Which? | A | B | 4s": "A poll is open from 5s to 1h",
    "/poll Lab Which? | A | B | 61m": "A poll is open from 5s to 1h",
    [`/poll Lab Which? | A | ${"B".repeat(201)}`]: "An option has at most 200 characters",
    "/vote Lab": "Usage: /vote [room] [#poll] <numbers>",
    "/vote Lab #2": "Usage: /vote [room] [#poll] <numbers>",
    "/vote Lab A": "Vote with the numbers of options, from 1 to 10, such as /vote 2",
    "/vote Lab 11": "Vote with the numbers of options, from 1 to 10, such as /vote 2",
    "/present Lab soon": "'soon' is not a time: write 30s, 5m or 1h, at most 4h",
    "/present Lab 5h": "'5h' is not a time: write 30s, 5m or 1h, at most 4h",
    "/here": "Usage: /here [room] <code>",
    "/mark Lab Carol asleep": "Usage: /mark [room] <username> present|late|excused|absent",
    "/mark Lab late": "Usage: /mark [room] <username> present|late|excused|absent",
    "/roster Lab remove Carol": "Usage: /roster [room] [add <name>]",
    "/roster Lab add": "Usage: /roster [room] [add <name>]",
    "/groups Lab": groups,
    "/groups Lab close 4": groups,
    "/groups Lab 4 5": groups,
    "/groups Lab 501": `'501' is not a number from 1. ${groups}`,
    "/groups Lab 4 1s": "'1s' is not a time: write 10m or 1h, at most 24h",
    "/room slow 2h": "'2h' is not a duration: write 30s or 5m, at most 1h",
    "/room Lab exam 30s": "Usage: /room [room] <kind> [30s]",
  };
  for (const [line, text] of Object.entries(cases)) {
    assert.equal(refusal(line), text, line);
  }
});

test("assistants and the modes of a class are orders, as in moderation", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/room slow 30s", { status: "room", receiver: "Lab", text: "slow", seconds: 30 }],
    ["/room CS350 Slow 5m", { status: "room", receiver: "CS350", text: "Slow", seconds: 300 }],
    ["/room slow", { status: "room", receiver: "Lab", text: "slow" }],
    ["/room CS350 exam", { status: "room", receiver: "CS350", text: "exam" }],
    ["/room questions", { status: "room", receiver: "Lab", text: "questions" }],
    ["/assist dave", { status: "assist", receiver: "Lab", user: "dave" }],
    ["/unassist CS350 dave", { status: "unassist", receiver: "CS350", user: "dave" }],
    ["/mute #7", { status: "mute", receiver: "Lab", number: 7, text: "" }],
    ["/unmute #7", { status: "unmute", receiver: "Lab", number: 7 }],
    ["/mute #7 30m too rude", { status: "mute", receiver: "Lab", number: 7, seconds: 1800, text: "too rude" }],
    ["/mute CS350 #7 1h", { status: "mute", receiver: "CS350", number: 7, seconds: 3600, text: "" }],
    ["/ban #7", { status: "ban", receiver: "Lab", user: "#7", text: "" }],
  ]);
  for (const [line, made] of cases) assert.deepEqual(request(line), made, line);
});

test("what a command would list is shown in the panel, and what it sets is sent", () => {
  const cases = { "/queue": "hands", "/class": "hands", "/questions": "questions", "/polls": "polls", "/roster": "here" };
  for (const [line, part] of Object.entries(cases)) assert.equal(partOf(/** @type {any} */ (request(line))), part, line);
  for (const line of ["/queue open", "/questions no", "/roster add Jane", "/hand", "/vote 1"]) assert.equal(partOf(/** @type {any} */ (request(line))), "", line);
});

test("commands and users are completed", () => {
  const names = { users: ["Carol", "Carl"], rooms: ["CS350"] };
  assert.deepEqual(complete("/queu", names).map((one) => one.text), ["/queue "]);
  assert.deepEqual(complete("/next @Ca", names).map((one) => one.text), ["@Carol", "@Carl"].sort());
});
