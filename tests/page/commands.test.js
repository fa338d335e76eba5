/** Commands in the page mean what they mean in the terminal: the cases are those of tests/unit/client/commands. */

import assert from "node:assert/strict";
import test from "node:test";

import { INSTEAD } from "../../classchat/web/advice.js";
import { COMMANDS, CommandError, named, parse } from "../../classchat/web/commands.js";
import { complete } from "../../classchat/web/complete.js";
import { oneOf, seeded } from "./seeded.js";

/** @import { Whereabouts } from "../../classchat/web/commands.js" */

const NOW = Date.UTC(2026, 10, 23, 10);
const DAY = 86_400;

/** @type {Record<string, number>} The latest messages that the page knows: who said them where. */
const LATEST = { "Lab ": 42, "Lab eve": 41, "@eve ": 3 };

/**
 * @param {string|null} focus
 * @param {string[]} rooms
 * @param {string[]} users
 * @param {string} [here]
 * @returns {Whereabouts}
 */
const where = (focus, rooms, users, here = "") => ({
  focus, isRoom: (name) => rooms.includes(name), isUser: (name) => users.includes(name), here, now: NOW,
  latest: ({ receiver, private: personal }, user) => LATEST[`${personal ? "@" : ""}${receiver} ${user}`] ?? 0,
});
const NOWHERE = where(null, [], []);
/** A user who talks in Lab, and knows these rooms and users. */
const IN_LAB = where("Lab", ["Lab", "CS350", "twin"], ["dave", "eve", "twin"], "Lab");

/**
 * @param {string} line
 * @param {Whereabouts} [at]
 */
function deed(line, at = NOWHERE) {
  const made = parse(line, at);
  return made.do === "ask" ? made.request : made;
}

/**
 * @param {string} line
 * @param {Whereabouts} [at]
 */
function refusal(line, at = NOWHERE) {
  try {
    parse(line, at);
  } catch (wrong) {
    if (wrong instanceof CommandError) return wrong.message;
    throw wrong;
  }
  return "";
}

test("each command becomes its request", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/private Bob Hey, do you have notes?", { status: "private", receiver: "Bob", text: "Hey, do you have notes?" }],
    ["/group CS350 Hello everyone!", { status: "group", receiver: "CS350", text: "Hello everyone!" }],
    ["/create CS350", { status: "create", receiver: "CS350" }],
    ["/join CS350", { status: "join", receiver: "CS350" }],
    ["/leave CS350", { status: "leave", receiver: "CS350" }],
    ["/rooms", { status: "rooms" }],
    ["/users", { status: "users" }],
    ["/users CS350", { status: "users", receiver: "CS350" }],
    ["/whois @Bob", { status: "users", user: "Bob" }],
    ["/search exercise 3", { status: "search", text: "exercise 3" }],
    ["/search from:@Bob in:#lab exam", { status: "search", text: "exam", user: "Bob", receiver: "lab" }],
    ["/search in:@Bob exam", { status: "search", text: "exam", receiver: "Bob", private: true }],
    ["/search FROM:Bob", { status: "search", text: "", user: "Bob" }],
    ['/search "more"', { status: "search", text: "more" }],
    ["/search more", { do: "more", of: "search" }],
    ["/nick Bob", { status: "rename", text: "Bob" }],
    ["/NAME Bob", { status: "rename", text: "Bob" }],
    ["/away at lunch", { status: "away", text: "at lunch" }],
    ["/away", { status: "away", text: "" }],
    ["/back", { status: "back" }],
    ["/broadcast Lunch is here", { status: "broadcast", text: "Lunch is here" }],
    ["/claim", { do: "claim" }],
    ["/password", { do: "password" }],
    ["/quit", { do: "quit" }],
  ]);
  for (const [line, made] of cases) assert.deepEqual(deed(line), made, line);
});

test("plain text is said as it is, and `//` says a slash", () => {
  const cases = {
    hello: "hello", "  hello": "  hello", "    if x:\n        pass": "    if x:\n        pass", "//quit": "/quit", "///": "//",
    " /x\nnext": " /x\nnext", "/say /etc": "/etc",
  };
  for (const [line, text] of Object.entries(cases)) assert.deepEqual(deed(line), { do: "say", text }, line);
  assert.deepEqual(deed(" /quit"), { do: "quit" });
});

test("the page's own commands work", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/focus", { do: "focus", name: "" }],
    ["/focus CS350", { do: "focus", name: "CS350" }],
    ["/focus @Bob", { do: "focus", name: "@Bob" }],
    ["/buffer 3", { do: "focus", name: "3" }],
    ["/reply Yes, do", { do: "reply", text: "Yes, do" }],
    ["/r Yes", { do: "reply", text: "Yes" }],
    ["/me waves", { do: "act", text: "waves" }],
    ["/ignore", { do: "ignore", name: "" }],
    ["/block @Bob", { do: "ignore", name: "Bob" }],
    ["/unignore Bob", { do: "unignore", name: "Bob" }],
    ["/query @Bob", { do: "talk", name: "Bob", text: "" }],
    ["/query Bob hi there", { do: "talk", name: "Bob", text: "hi there" }],
    ["/chats", { do: "list" }],
    ["/send", { do: "send", name: "" }],
    ["/upload @Bob", { do: "send", name: "@Bob" }],
    ["/quiet", { do: "quiet", room: "", off: false }],
    ["/quiet off", { do: "quiet", room: "", off: true }],
    ["/quiet #lab", { do: "quiet", room: "lab", off: false }],
    ["/quiet all", { do: "quiet", room: "*", off: false }],
    ["/quiet * off", { do: "quiet", room: "*", off: true }],
  ]);
  for (const [line, made] of cases) assert.deepEqual(deed(line), made, line);
});

test("a message is the rest of the line, with its blanks and line breaks", () => {
  for (const text of ["a   b", "/quit", "a\tb", "{}", "Zoë 🎉 愛", "a  b\n  c"]) {
    assert.deepEqual(deed(`/group CS350 ${text}`), { status: "group", receiver: "CS350", text });
  }
});

test("blanks and capitals do not matter", () => {
  for (const line of ["  /join CS350", "/join CS350  ", "/join \t CS350", "/JOIN CS350", "/j CS350"]) {
    assert.deepEqual(deed(line), { status: "join", receiver: "CS350" }, line);
  }
});

test("a user's name may be typed with `@`", () => {
  assert.deepEqual(deed("/msg @Bob @Carol?"), { status: "private", receiver: "Bob", text: "@Carol?" });
  assert.deepEqual(deed("/msg @ Hi"), { status: "private", receiver: "@", text: "Hi" });
  assert.deepEqual(deed("/group @Bob Hi"), { status: "group", receiver: "@Bob", text: "Hi" });
});

test("`/delete` means the latest message of this user, the latest one of another, or a number", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/delete", { receiver: "Lab", seq: 42 }],
    ["/del 7", { receiver: "Lab", seq: 7 }],
    ["/unsend #7", { receiver: "Lab", seq: 7 }],
    ["/delete @eve", { receiver: "Lab", seq: 41 }],
    ["/delete CS350 12", { receiver: "CS350", seq: 12 }],
    ["/delete #lab #12", { receiver: "lab", seq: 12 }],
    ["/delete @eve 2", { receiver: "eve", private: true, seq: 2 }],
    ["/delete Lab @eve", { receiver: "Lab", seq: 41 }],
  ]);
  for (const [line, request] of cases) assert.deepEqual(deed(line, IN_LAB), { status: "delete", ...request }, line);
  assert.deepEqual(deed("/delete", where(null, [], [], "@eve")), { status: "delete", receiver: "eve", private: true, seq: 3 });
  assert.equal(refusal("/delete"), "Which room or user? Usage: /delete [room|user] [number|@user]");
  assert.equal(refusal("/delete CS350", IN_LAB), "No message to delete is known there. Give its number: /delete [room|user] [number|@user]");
  for (const line of ["/delete Lab it", "/delete Lab @", "/delete Lab 0"]) {
    assert.equal(refusal(line, IN_LAB), "Usage: /delete [room|user] [number|@user]", line);
  }
});

test("`/history` takes a name, and a number or a time; both may be left out", () => {
  const since = (/** @type {number} */ seconds) => ({ limit: 1000, since: new Date(NOW - seconds * 1000).toISOString() });
  const cases = /** @type {[string, object][]} */ ([
    ["/history", { receiver: "Lab", limit: 50 }],
    ["/history CS350", { receiver: "CS350", limit: 50 }],
    ["/history 20", { receiver: "Lab", limit: 20 }],
    ["/history 2h", { receiver: "Lab", ...since(7200) }],
    ["/history @Bob 3d", { receiver: "Bob", private: true, ...since(3 * DAY) }],
    ["/history CS350 1000", { receiver: "CS350", limit: 1000 }],
    ["/history CS350 30M", { receiver: "CS350", ...since(1800) }],
    ["/history 20 50", { receiver: "20", limit: 50 }],
  ]);
  for (const [line, extent] of cases) assert.deepEqual(deed(line, IN_LAB), { status: "history", ...extent }, line);
  assert.deepEqual(deed("/history more"), { do: "more", of: "history" });
  assert.equal(refusal("/history"), "Which room or user? Usage: /history <room|user> [N|2h]");
  for (const [line, extent] of Object.entries({
    "/history CS350 many": "many", "/history CS350 2w": "2w", "/history CS350 ٣": "٣", "/history CS350 10000": "10000",
    "/history CS350 0": "0", "/history 1001": "1001",
  })) {
    assert.equal(refusal(line, IN_LAB), `'${extent}' is not a number from 1 to 1000, or a time such as 30m, 2h or 3d`);
  }
});

test("with the room named, a moderation command means the same wherever one is", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/topic CS350 Exam prep", { status: "topic", receiver: "CS350", text: "Exam prep" }],
    ["/topic CS350 -", { status: "topic", receiver: "CS350", text: "" }],
    ["/topic CS350", { status: "rooms", room: "CS350" }],
    ["/kick CS350 Bob", { status: "kick", receiver: "CS350", user: "Bob", text: "" }],
    ["/kick CS350 Bob being  rude", { status: "kick", receiver: "CS350", user: "Bob", text: "being rude" }],
    ["/kick CS350 @Bob 30m", { status: "kick", receiver: "CS350", user: "Bob", text: "30m" }],
    ["/ban CS350 Bob", { status: "ban", receiver: "CS350", user: "Bob", text: "" }],
    ["/ban CS350 Bob 30s", { status: "ban", receiver: "CS350", user: "Bob", seconds: 30, text: "" }],
    ["/ban CS350 Bob 30M too loud", { status: "ban", receiver: "CS350", user: "Bob", seconds: 1800, text: "too loud" }],
    ["/ban CS350 Bob too loud", { status: "ban", receiver: "CS350", user: "Bob", text: "too loud" }],
    ["/ban CS350 30m 2h", { status: "ban", receiver: "CS350", user: "30m", seconds: 7200, text: "" }],
    ["/ban CS350 Bob 366d", { status: "ban", receiver: "CS350", user: "Bob", seconds: 366 * DAY, text: "" }],
    ["/ban CS350 @7w", { status: "ban", receiver: "CS350", user: "7w", text: "" }],
    ["/unban CS350 @Bob", { status: "unban", receiver: "CS350", user: "Bob" }],
    ["/mute CS350 Bob 7d", { status: "mute", receiver: "CS350", user: "Bob", seconds: 7 * DAY, text: "" }],
    ["/unmute CS350 Bob", { status: "unmute", receiver: "CS350", user: "Bob" }],
    ["/op CS350 Bob", { status: "op", receiver: "CS350", user: "Bob" }],
    ["/deop CS350 Bob", { status: "deop", receiver: "CS350", user: "Bob" }],
    ["/invite CS350 @Bob", { status: "invite", receiver: "CS350", user: "Bob" }],
    ["/room CS350 private", { status: "room", receiver: "CS350", text: "private" }],
    ["/close CS350", { status: "close", receiver: "CS350" }],
    ["/users @Bob", { status: "users", user: "Bob" }],
    ["/users *", { status: "users" }],
  ]);
  for (const [line, made] of cases) {
    for (const at of [NOWHERE, where("CS350", [], [])]) assert.deepEqual(deed(line, at), made, line);
  }
});

test("with a room in view it may be left out; known names decide whether the first word is a room", () => {
  const cases = /** @type {[string, object][]} */ ([
    ["/topic", { status: "rooms", room: "Lab" }],
    ["/topic -", { status: "topic", receiver: "Lab", text: "" }],
    ["/topic Exam prep", { status: "topic", receiver: "Lab", text: "Exam prep" }],
    ["/topic CS350", { status: "rooms", room: "CS350" }],
    ["/topic CS350 is full", { status: "topic", receiver: "Lab", text: "CS350 is full" }],
    ["/topic - or not", { status: "topic", receiver: "Lab", text: "- or not" }],
    ["/kick dave", { status: "kick", receiver: "Lab", user: "dave", text: "" }],
    ["/kick dave being rude", { status: "kick", receiver: "Lab", user: "dave", text: "being rude" }],
    ["/kick gone being rude", { status: "kick", receiver: "Lab", user: "gone", text: "being rude" }],
    ["/kick dave eve said so", { status: "kick", receiver: "Lab", user: "dave", text: "eve said so" }],
    ["/kick CS350 dave rude", { status: "kick", receiver: "CS350", user: "dave", text: "rude" }],
    ["/kick lab dave rude", { status: "kick", receiver: "lab", user: "dave", text: "rude" }],
    ["/kick unlisted dave rude", { status: "kick", receiver: "unlisted", user: "dave", text: "rude" }],
    ["/kick unlisted @gone rude", { status: "kick", receiver: "unlisted", user: "gone", text: "rude" }],
    ["/kick twin rude", { status: "kick", receiver: "Lab", user: "twin", text: "rude" }],
    ["/kick twin dave rude", { status: "kick", receiver: "twin", user: "dave", text: "rude" }],
    ["/kick @twin dave rude", { status: "kick", receiver: "Lab", user: "twin", text: "dave rude" }],
    ["/ban dave 30m", { status: "ban", receiver: "Lab", user: "dave", seconds: 1800, text: "" }],
    ["/ban @dave 30m being rude", { status: "ban", receiver: "Lab", user: "dave", seconds: 1800, text: "being rude" }],
    ["/ban gone 30m being rude", { status: "ban", receiver: "Lab", user: "gone", seconds: 1800, text: "being rude" }],
    ["/op @dave", { status: "op", receiver: "Lab", user: "dave" }],
    ["/room announce", { status: "room", receiver: "Lab", text: "announce" }],
    ["/close", { status: "close", receiver: "Lab" }],
    ["/leave", { status: "leave", receiver: "Lab" }],
    ["/who", { status: "users", receiver: "Lab" }],
    ["/who *", { status: "users" }],
    ["/who dave", { status: "users", user: "dave" }],
    ["/who twin", { status: "users", receiver: "twin" }],
    ["/who unlisted", { status: "users", receiver: "unlisted" }],
  ]);
  for (const [line, made] of cases) assert.deepEqual(deed(line, IN_LAB), made, line);
});

test("missing or superfluous words show the usage", () => {
  const cases = {
    "/private": "/private <username> <message>", "/private Bob  ": "/private <username> <message>",
    "/group CS350": "/group <room_name> <message>", "/create CS 350": "/create <room_name>", "/join": "/join <room_name>",
    "/leave CS350 now": "/leave [room]", "/rooms CS350": "/rooms", "/users CS350 now": "/users [room|user|*]",
    "/help me now": "/help [command]", "/quit now": "/quit", "/search": "/search <words>", "/room": "/room [room] <kind> [30s]",
    "/history CS350 10 more": "/history [room|user] [N|2h]", "/kick": "/kick [room] <username> [reason]",
    "/op CS350 Bob now": "/op [room] <username>", "/room a b c": "/room [room] <kind> [30s]", "/broadcast": "/broadcast <message>",
    "/close a b": "/close [room]", "/quiet lab what": "/quiet [room|*] [off]",
  };
  for (const [line, usage] of Object.entries(cases)) assert.equal(refusal(line), `Usage: ${usage}`);
});

test("without a room in view the room has to be named", () => {
  const cases = {
    "/topic": "/topic <room> [text]", "/kick Bob": "/kick <room> <username> [reason]", "/leave": "/leave <room>",
    "/kick @Bob being rude": "/kick <room> <username> [reason]", "/ban Bob 30m": "/ban <room> <username> [30m] [reason]",
    "/room private": "/room <room> <kind> [30s]", "/close": "/close <room>",
  };
  for (const [line, usage] of Object.entries(cases)) assert.equal(refusal(line), `Which room? Usage: ${usage}`);
});

test("a word that begins as a duration, and is none, is refused", () => {
  for (const word of ["30", "30x", "0m", "1w", "367d", "99999999d", "1.5h", "-1m", "٣m", "30min"]) {
    for (const line of [`/ban CS350 Bob ${word}`, `/mute Bob ${word}`, `/ban @Bob ${word}`, `/ban Bob ${word} too loud`]) {
      for (const at of [NOWHERE, IN_LAB]) {
        assert.equal(refusal(line, at), `'${word}' is not a duration: write 30s, 30m, 2h or 7d, at most a year`);
      }
    }
  }
});

test("a filter of a search without a name, or given twice, is refused", () => {
  assert.equal(refusal("/search from:@ x"), "'from:@' has no name: write from:@Bob, in:lab or in:@Bob");
  assert.equal(refusal("/search in:a in:b x"), "Use 'in:' only once in a search");
  assert.equal(refusal("/search in:a"), "No words to search for. Usage: /search <words>");
});

test("a mistyped command names the nearest one", () => {
  for (const [typed, near] of Object.entries({
    "/jo": "/join", "/jion": "/join", "/PRIVTE": "/private", "/serch": "/search", "/mgs": "/msg",
  })) {
    assert.equal(refusal(`${typed} CS350 Hello`), `Unknown command '${typed}': did you mean ${near}? All commands: /help`);
  }
});

test("an unknown command shows where the list is, and is harmless to show", () => {
  assert.equal(refusal("/xyzzy with me"), "Unknown command '/xyzzy'. All commands: /help");
  assert.equal(refusal("/\x1b[2J"), "Unknown command '/\ufffd[2J'. All commands: /help");
  assert.equal(refusal("/"), "Unknown command '/'. All commands: /help");
});

test("commands of other chats say what to do instead, and hide none of ours", () => {
  assert.match(refusal("/clear"), /^Unknown command '\/clear': it clears a terminal/);
  for (const name of Object.keys(INSTEAD)) assert.throws(() => named(name), CommandError);
});

test("no two commands have a name in common", () => {
  const names = COMMANDS.flatMap((one) => [one.name, ...one.also]);

  assert.equal(new Set(names).size, names.length);
});

test("help lists every command, or one of them, under each of its names", () => {
  const all = parse("/help", NOWHERE);
  assert(all.do === "help" && COMMANDS.every((one) => all.text.includes(`\n${one.name}`)));
  assert.deepEqual(parse("/help W", NOWHERE), parse("/help /private", NOWHERE));
  assert.equal(refusal("/help me"), "");
  assert.equal(refusal("/help xyzzy"), "Unknown command 'xyzzy'. All commands: /help");
});

test("any line is something to say, a command, or refused in one line; one slash is never said", () => {
  const parts = ["/", "//", " ", "\n", "\t", "@", "#", "Bob", "lab", "30m", "-", "*", "from:", "in:", "more", "é", "\x1b", "\ud83d"];
  const words = [...parts, ...COMMANDS.map((one) => one.name)];
  for (let seed = 1; seed <= 1500; seed++) {
    const random = seeded(seed);
    const line = Array.from({ length: 1 + random() * 6 }, () => oneOf(random, words)).join(random() < 0.5 ? " " : "");
    const start = line.includes("\n") ? line : line.trimStart();
    const refused = refusal(line, IN_LAB);

    assert(!/[\n\x1b]/.test(refused), JSON.stringify(line));
    if (refused || /^\/(say|me)\s/i.test(start)) continue;
    assert.equal(parse(line, IN_LAB).do === "say", !start.startsWith("/") || start.startsWith("//"), JSON.stringify(line));
  }
});

test("completions are those of the terminal: commands, their arguments, and `@name` anywhere", () => {
  const names = { users: ["Bob", "Bert", "Zoë"], rooms: ["CS350", "cs351", "Beginners"] };
  const cases = /** @type {[string, string[]][]} */ ([
    ["/cl", ["/close ", "/class ", "/claim "]],
    ["/CR", ["/create "]],
    ["/m", ["/msg ", "/members ", "/mute ", "/mark ", "/me "]],
    ["/search in:b", ["in:Beginners", "in:@Bert", "in:@Bob"]],
    ["/find exercise from:@bo", ["from:@Bob"]],
    ["/search from:Z", ["from:@Zoë"]],
    ["/say from:Z", []],
    ["/quiet cs", ["CS350", "cs351"]],
    ["/query b", ["Bert", "Bob"]],
    ["/msg ", ["Bert", "Bob", "Zoë"]],
    ["/msg Bob B", []],
    ["/msg Bob @be", ["@Bert"]],
    ["/join CS", ["CS350", "cs351"]],
    ["/focus b", ["Beginners", "Bert", "Bob"]],
    ["/focus @b", ["@Bert", "@Bob"]],
    ["/join @b", []],
    ["/help cl", ["close", "class", "claim"]],
    ["/kick b", ["Beginners", "Bert", "Bob"]],
    ["/kick CS350 b", ["Bert", "Bob"]],
    ["/room cs", ["CS350", "cs351"]],
    ["/rooms ", []],
    ["/xyzzy B", []],
    ["Hello @b", ["@Bert", "@Bob"]],
    ["Hello\n@zo", ["@Zoë"]],
    ["Hello B", []],
    ["//B", []],
    ["", []],
  ]);
  for (const [text, offered] of cases) {
    const found = complete(text, names);
    const kept = found.map(({ text: one, replaces }) => text.slice(0, text.length - replaces) + one);
    const start = text.slice(0, text.search(/\S*$/));

    assert.deepEqual(kept, offered.map((one) => start + one), JSON.stringify(text));
  }
});
