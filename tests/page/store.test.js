/** What the page knows: rows in order, counts, the line where unread messages begin, people. */

import assert from "node:assert/strict";
import test from "node:test";

import { Store, missingAbove } from "../../classchat/web/store.js";
import { oneOf, seeded } from "./seeded.js";

/** @import { Change, Spoken } from "../../classchat/web/types.js" */

const TEN = Date.UTC(2026, 10, 23, 10);

/** Return a store of Alice, and the changes that it tells. */
function store() {
  /** @type {Change[]} */
  const changes = [];
  const made = new Store((change) => changes.push(change), () => TEN);
  made.me = "Alice";
  return { made, changes };
}

/**
 * Return a message in the room "lab".
 *
 * @param {number} seq
 * @param {Partial<Spoken>} [fields]
 * @returns {Spoken}
 */
function said(seq, fields = {}) {
  const time = new Date(TEN + seq * 1000).toISOString();
  return { status: "group", sender: "Bob", receiver: "lab", text: `text ${seq}`, seq, time, ...fields };
}

/**
 * @param {string} event
 * @param {Partial<Spoken>} fields
 * @returns {Spoken}
 */
function happened(event, fields) {
  return { status: "group", sender: "SERVER", receiver: "lab", text: `${event} ${fields.user}`, event, ...fields };
}

/** Return a store of Alice, who is in the room "lab", whose last message has number 10. */
function lab() {
  const { made, changes } = store();
  const room = made.entered("lab", { seq: 10 });
  changes.length = 0;
  return { made, changes, room };
}

test("a usual message takes little memory: it has only what differs", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.heard(said(12, { text: "to Alice" }));
  const [usual, mention] = room.messages;

  assert.deepEqual(Object.keys(usual ?? {}), ["seq", "time", "sender", "text"]);
  assert.deepEqual([usual?.kind, usual?.numbered, usual?.own, usual?.mention, mention?.mention, usual?.state], ["said", true, false, false, true, "sent"]);
});

test("a message with a file is its name and size, without the link for people", () => {
  const { made, room } = lab();
  const file = { name: "a.pdf", size: 1, type: "application/pdf", link: "f/abc/a.pdf" };
  made.heard(said(11, { file, text: "a.pdf (1 byte): http://chat.example/f/abc/a.pdf" }));

  assert.deepEqual(room.messages.map(({ text, file: shared }) => [text, shared]), [["a.pdf (1 byte)", file]]);
});

test("messages stand in the order of their numbers, each once", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const { made, room } = lab();
    const wanted = new Set();
    for (let step = 0; step < 40; step++) {
      const first = 1 + Math.floor(random() * 40);
      if (random() < 0.5) {
        made.heard(said(first));
        wanted.add(first);
      } else if (random() < 0.3) {
        made.note(room, "note");
      } else {
        const page = Array.from({ length: random() * 10 }, (_, at) => first + at);
        page.forEach((seq) => wanted.add(seq));
        made.page(room, page.map((seq) => said(seq, { replay: true })));
      }
      const numbered = room.messages.filter((row) => row.numbered).map((row) => row.seq);
      const all = room.messages.map((row) => row.seq);

      assert.deepEqual(numbered, [...wanted].sort((a, b) => a - b), `seed ${seed}`);
      assert.deepEqual(all, all.toSorted((a, b) => a - b), `seed ${seed}`);
      let missing = 0;
      room.messages.forEach((_, at) => (missing += missingAbove(room, at)));
      const from = Math.max(all[0] ?? 0, 0);
      assert.equal(missing, Math.max(0, Number(all.at(-1)) - from + 1 - numbered.length - Number(!room.messages[0]?.numbered && from > 0) || 0), `seed ${seed}`);
    }
  }
});

test("a conversation keeps 200,000 rows, which load in pages without a copy, and older ones can be loaded again", () => {
  const { made, room } = lab();
  const most = 200_000;
  room.tail = most;
  for (let last = most; last > 0; last -= 10_000) {
    if (last === most / 2) {
      const rows = room.messages;
      made.heard(said(most + 1));
      assert.deepEqual([rows.length, rows[0]?.seq, rows.at(-1)?.seq], [most / 2 + 1, most / 2 + 1, most + 1]);
      assert(rows === room.messages, "no copy is made");
    }
    made.page(room, Array.from({ length: 10_000 }, (_, at) => said(last - 9_999 + at, { replay: true })));
  }
  room.atStart = true;
  made.heard(said(most + 2));

  assert(room.messages.length <= most);
  assert.deepEqual([room.atStart, room.messages.at(-1)?.seq], [false, most + 2]);
});

test("what arrives elsewhere is unread, and what mentions the user is counted apart", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.heard(said(12, { text: "ask @alice!" }));
  made.heard(said(13, { text: "malice" }));

  assert.deepEqual([room.unread, room.mentions, room.mark], [3, 1, 10]);
});

test("what arrives at the end that the user sees is read at once", () => {
  const { made, room } = lab();
  made.view(room);
  made.follow(true);
  made.heard(said(11, { text: "Alice?" }));

  assert.deepEqual([room.unread, room.mentions, room.read, room.mark], [0, 0, 11, -1]);
});

test("the line where unread messages begin stays while the user reads, and is gone on the next visit", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.heard(said(12));
  made.view(room);
  made.follow(true);
  const reading = [room.unread, room.mark];
  made.view(null);
  made.view(room);

  assert.deepEqual([reading, room.mark], [[0, 10], -1]);
});

test("what arrives while the user has scrolled away is unread, from a line on", () => {
  const { made, room } = lab();
  made.view(room);
  made.follow(true);
  made.heard(said(11));
  made.follow(false);
  made.heard(said(12));
  made.heard(said(13));
  const before = [room.unread, room.mark];
  made.follow(true);

  assert.deepEqual([before, room.unread, room.read], [[2, 11], 0, 13]);
});

test("a private message counts as a mention", () => {
  const { made } = store();
  made.heard({ ...said(1), status: "private", receiver: "Alice" });

  assert.deepEqual([made.find("user", "bob")?.mentions, made.lastSender], [1, "Bob"]);
});

test("own messages, of another device, are read", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.heard(said(12, { sender: "ALICE" }));

  assert.deepEqual([room.unread, room.messages.at(-1)?.own], [0, true]);
});

test("missed messages are unread as well, and earlier ones are not", () => {
  const { made, room } = lab();
  made.heard(said(11, { replay: true }));
  made.page(room, [said(9, { replay: true }), said(10, { replay: true })]);

  assert.deepEqual([room.unread, room.mark], [1, 10]);
});

test("messages of an ignored user are hidden, and not counted, in any spelling of the name", () => {
  const { made, changes, room } = lab();
  made.ignored.add("bob");
  made.heard(said(11, { sender: "BOB", text: "Alice" }));
  const [row] = room.messages;

  assert.deepEqual(changes.map((change) => change.type), ["changed"]); // nothing is announced
  assert(row && made.hides(room, row));
  assert.deepEqual([room.unread, room.mentions, missingAbove(room, 0)], [0, 0, 0]);
});

test("joins and leaves are rows, which may be hidden, except for one's own", () => {
  const { made, room } = lab();
  for (const [event, user] of [["joined", "Bob"], ["online", "Bob"], ["offline", "Bob"], ["left", "Bob"], ["joined", "Alice"], ["topic", ""]]) {
    made.heard(happened(String(event), { user }));
  }
  room.quiet = true;

  assert.deepEqual(room.messages.map((row) => made.hides(room, row)), [true, true, true, true, false, false]);
  assert.equal(room.unread, 0);
});

test("joins and leaves of projectors are hidden: each window of a projector would have two lines", () => {
  const { made, room, changes } = lab();
  for (const event of ["joined", "left"]) made.heard(happened(event, { user: "Projector-2" }));
  made.heard(happened("moderator", { user: "Projector-2" }));
  made.heard(said(11, { sender: "Projector-2" }));

  assert.deepEqual(room.messages.map((row) => made.hides(room, row)), [true, true, false, false]);
  assert.deepEqual(changes.filter(({ type }) => type === "added").length, 2); // only these are announced
});

test("events say who is there, and what the room is", () => {
  const { made, room } = lab();
  const people = () => [...room.people.values()].map(({ name, moderator, muted, offline }) => [name, moderator, muted, offline]);
  made.heard(happened("joined", { user: "Bob" }));
  made.heard(happened("moderator", { user: "bob" }));
  made.heard(happened("muted", { user: "Bob" }));
  made.heard(happened("offline", { user: "Bob" }));
  const first = people();
  made.heard(happened("online", { user: "Bob" }));
  made.heard(happened("unmuted", { user: "Bob" }));
  made.heard(happened("not_moderator", { user: "Bob" }));
  const then = people();
  made.heard(happened("topic", { topic: "Exam", by: "Bob" }));
  made.heard(happened("private", { by: "Bob" }));
  made.heard(happened("kicked", { user: "Bob" }));

  assert.deepEqual([first, then, people()], [[["Bob", true, true, true]], [["Bob", false, false, false]], []]);
  assert.deepEqual([room.topic, room.private], ["Exam", true]);
});

test("a member who is offline is said to be offline, not to have left", () => {
  const { made, room } = lab();
  made.heard(happened("offline", { user: "Bob", text: "Bob has left the chat room" }));
  made.heard(happened("online", { user: "Bob", text: "Bob has joined the chat room" }));

  assert.deepEqual(room.messages.map((row) => row.text), ["Bob is offline", "Bob is online again"]);
});

test("an event that is not known shows its sentence", () => {
  const { made, room } = lab();
  made.heard(happened("painted", { text: "Bob has painted the room", user: "Bob" }));

  assert.deepEqual(room.messages.map((row) => [row.kind, row.text]), [["event", "Bob has painted the room"]]);
});

test("a room that another device joins or leaves comes and goes", () => {
  const { made } = lab();
  made.heard(happened("joined", { receiver: "den", user: "alice" }));
  const there = made.find("room", "den")?.joined;
  made.heard(happened("left", { receiver: "den", user: "alice" }));

  assert.deepEqual([there, made.find("room", "den")], [true, null]);
});

test("an event of a room that the user is not in makes no conversation", () => {
  const { made } = store();
  made.heard(happened("joined", { user: "Bob" }));

  assert.equal(made.conversations.size, 0);
});

test("a room that the user was removed from stays to be read, and says why", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.left(room, "Eve has kicked you");

  assert.deepEqual([room.joined, room.ended, made.find("room", "LAB") === room], [false, "Eve has kicked you", true]);
  assert.deepEqual(room.messages.map((row) => [row.kind, row.text]), [["said", "text 11"], ["note", "Eve has kicked you"]]);
});

test("with another person of the same name, the numbers of a private conversation start over", () => {
  const { made } = store();
  const from = (/** @type {number} */ seq, /** @type {number} */ minute) => ({
    ...said(seq), status: /** @type {const} */ ("private"), receiver: "Alice", time: new Date(TEN + minute * 60_000).toISOString(),
    text: `${minute}`,
  });
  for (const [seq, minute] of [[1, 1], [2, 2], [3, 3], [1, 10], [2, 11]]) made.heard(from(Number(seq), Number(minute)));
  const bob = made.with("user", "Bob");
  made.page(bob, [from(1, 10), from(2, 11)]);

  assert.deepEqual(bob.messages.map((row) => row.text), ["1", "2", "3", "10", "11"]);
  assert(bob.messages.every((_, at) => missingAbove(bob, at) === 0));
});

test("with another journal, all numbers start over, below what was said", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.renumbered();
  made.entered("lab", { seq: 0 });
  made.heard(said(1, { text: "new" }));

  assert.deepEqual(room.messages.filter((row) => row.kind === "said").map((row) => row.text), ["text 11", "new"]);
  assert(room.messages.every((_, at) => missingAbove(room, at) === 0));
});

test("what was missed and not replayed is told where it is missing", () => {
  const { made, room } = lab();
  made.heard(said(11));
  made.entered("lab", { seq: 15, missed: 4 });
  const last = room.messages.length - 1;

  assert.deepEqual([room.messages[last]?.text, missingAbove(room, last)], ["4 messages missed here", 4]);
});

test("an accepted message gets its place though it does not come back", () => {
  const { made, room } = lab();
  made.sending.start(room, "mine", "id");
  made.sending.answered("id", { status: "success", sender: "SERVER", receiver: "Alice", text: "", seq: 11 });
  const waiting = [room.messages.length, room.pending[0]?.state];
  made.heard(said(12));

  assert.deepEqual([waiting, room.messages.map((row) => row.seq), room.pending], [[0, "sent"], [11, 12], []]);
});

test("an accepted message that was loaded meanwhile is there once", () => {
  const { made, room } = lab();
  made.sending.start(room, "mine", "id");
  made.page(room, [said(9, { replay: true }), said(10, { sender: "Alice", text: "mine", replay: true })]);
  made.sending.answered("id", { status: "success", sender: "SERVER", receiver: "Alice", text: "", seq: 10 });

  assert.deepEqual([room.messages.map((row) => row.text), room.pending], [["text 9", "mine"], []]);
});

test("a message to another person of the same name stands below the former one's", () => {
  const { made } = store();
  const time = (/** @type {number} */ minute) => new Date(TEN + minute * 60_000).toISOString();
  for (const seq of [1, 2, 3]) made.heard({ ...said(seq), status: "private", receiver: "Alice", time: time(seq) });
  const bob = made.with("user", "Bob");
  made.sending.start(bob, "who are you?", "id");
  made.sending.answered("id", { status: "success", sender: "SERVER", receiver: "Alice", text: "", seq: 1, time: time(10) });

  assert.deepEqual(bob.messages.map((row) => row.text), ["text 1", "text 2", "text 3", "who are you?"]);
});

test("a refused message says why, and can be sent again", () => {
  const { made, changes, room } = lab();
  const message = made.sending.start(room, "mine", "id");
  made.sending.answered("id", { status: "error", sender: "SERVER", receiver: "Alice", text: "You are muted", code: "muted" });
  const failed = [message.state, message.error];
  made.sending.again(room, message);

  assert.deepEqual([failed, message.state, message.error], [["failed", "You are muted"], "pending", undefined]);
  assert(changes.some((change) => change.type === "notice" && change.error && change.text === "Not sent: You are muted"));
});

test("a message for a user who is away is sent, and says that it waits", () => {
  const { made } = store();
  const bob = made.with("user", "Bob");
  made.sending.start(bob, "mine", "id");
  made.sending.answered("id", { status: "success", sender: "SERVER", receiver: "Alice", text: "Bob is away", seq: 1, away: true });

  assert.deepEqual(bob.messages.map((row) => [row.kind, row.text]), [["said", "mine"], ["note", "Bob is away"]]);
});

test("what an operator tells everybody, and an invitation, are notices", () => {
  const { made, changes } = store();
  made.heard({ status: "private", sender: "SERVER", receiver: "Alice", text: "Eve to everybody: Lunch", event: "broadcast", by: "Eve" });
  made.heard({ status: "private", sender: "SERVER", receiver: "Alice", text: "Eve has invited you to room 'den'", event: "invited", by: "Eve", room: "den" });

  assert.deepEqual(changes, [
    { type: "notice", text: "Eve to everybody: Lunch", error: false, room: undefined },
    { type: "notice", text: "Eve has invited you to room 'den'", error: false, room: "den" },
  ]);
  assert.equal(made.conversations.size, 0);
});

test("names that are the same are one conversation, in any case and width", () => {
  const { made } = store();
  const pairs = /** @type {["room"|"user", string, string][]} */ ([
    ["room", "CS350", "cs350"], ["room", "Straße", "STRASSE"], ["room", "Σίσυφος", "ΣΊΣΥΦΟΣ"], ["user", "Zoë", "zoe\u0308"],
    ["user", "Ａｌｉｃｅ", "alice"], ["room", "Zoë", "ZOË"],
  ]);
  for (const [kind, one, other] of pairs) assert(made.with(kind, one) === made.with(kind, other), one);
  assert(made.with("room", "lab") !== made.with("user", "lab"));
  assert(made.with("user", "alı") !== made.with("user", "ali"));
});

test("strangers can't fill the memory with conversations", () => {
  const { made, room } = lab();
  const bob = made.with("user", "Bob");
  bob.draft = "half a";
  for (let count = 0; count < 2000; count++) made.heard({ ...said(1), status: "private", sender: `Eve${count}`, receiver: "Alice" });

  assert(made.conversations.size <= 500);
  assert.deepEqual([made.find("room", "lab"), made.find("user", "Bob")], [room, bob]);
});

test("whatever the server says, the rows stay in order, and nothing is thrown", () => {
  const events = ["joined", "left", "online", "offline", "kicked", "closed", "topic", "odd", "__proto__", "constructor"];
  const names = ["Alice", "Bob", "SERVER", "", "__proto__", "constructor", "x".repeat(5000)];
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const { made } = store();
    for (let step = 0; step < 60; step++) {
      const line = said(Math.floor(random() * 9), { sender: oneOf(random, names), receiver: oneOf(random, names), text: oneOf(random, names) });
      if (random() < 0.5) delete line.seq;
      if (random() < 0.3) line.status = "private";
      if (random() < 0.5) Object.assign(line, { event: oneOf(random, events), user: oneOf(random, names), sender: "SERVER" });
      made.heard(line);
    }
    for (const { messages, start } of made.conversations.values()) {
      const seqs = messages.slice(start).map((row) => row.seq);
      assert.deepEqual(seqs, seqs.toSorted((a, b) => a - b), `seed ${seed}`);
    }
  }
});

/**
 * @param {string} user
 * @param {string} name
 * @returns {Spoken}
 */
function renamed(user, name) {
  return { status: "private", sender: "SERVER", receiver: "Alice", text: `${user} is now called ${name}`, event: "renamed", user, name };
}

test("a user with another name stays where they are: in rooms, in private, ignored", () => {
  const { made, room } = lab();
  made.heard(happened("joined", { user: "Bob" }));
  made.heard({ ...said(1), status: "private", receiver: "Alice" });
  const talk = made.find("user", "Bob");
  made.view(talk);
  made.ignored.add("bob");
  made.heard(renamed("Bob", "Bert"));

  assert.deepEqual([made.focus, made.find("user", "Bert"), made.find("user", "Bob")], [talk, talk, null]);
  assert.deepEqual([talk?.name, made.lastSender, [...room.people.keys()], [...made.ignored]], ["Bert", "Bert", ["bert"], ["bert"]]);
  assert.deepEqual([made.known.users.has("bert"), made.known.users.has("bob")], [true, false]);
  for (const one of [room, talk]) {
    const row = one?.messages.at(-1);
    assert.deepEqual([row?.kind, row?.text, row?.user], ["event", "Bob is now called Bert", "Bert"]);
  }
});

test("a user takes the name of one with whom there is a conversation: it ends, the other goes on", () => {
  const { made } = store();
  for (const sender of ["Bob", "Carol"]) made.heard({ ...said(1), sender, status: "private", receiver: "Alice" });
  const talk = made.find("user", "Carol");
  made.view(made.find("user", "Bob"));
  made.heard(renamed("Carol", "bob"));

  assert.deepEqual([made.conversations.size, made.find("user", "Bob"), made.focus], [1, talk, talk]);
});

test("what the user said in private under a former name is their own", () => {
  const { made } = store();
  made.renamed("Alice", "Anna");
  const talk = made.with("user", "Bob");
  made.page(talk, [1, 2].map((seq) => said(seq, { status: "private", sender: seq === 1 ? "Alice" : "Bob", replay: true })));
  const other = made.with("user", "Alice"); // another user has the name now
  made.page(other, [said(1, { status: "private", sender: "Alice", receiver: "Anna", replay: true })]);

  assert.deepEqual([made.me, talk.messages.map((row) => row.own), other.messages.map((row) => row.own)], ["Anna", [true, false], [false]]);
});

test("a message that only the staff have read stays where it was written, with a note", () => {
  const { made } = lab();
  const room = made.with("room", "lab");
  made.sending.start(room, "the answer is 7", "id");
  made.sending.answered("id", { status: "success", sender: "SERVER", receiver: "Alice", text: "Only the staff read this", held: true });
  made.heard(said(11));

  assert.deepEqual(room.pending, []);
  assert.deepEqual(room.messages.map((row) => row.text), ["the answer is 7", "Only the staff read this", "text 11"]);
});

test("what a class tells stands in its room, is passed on, and is no notice; counts are no rows", () => {
  const { made, changes } = lab();
  const room = made.with("room", "lab");
  const about = { room: "lab", kind: "turn" };
  const told = (/** @type {string} */ text) => /** @type {const} */ ({ status: "private", sender: "SERVER", receiver: "Alice", text, about });
  made.heard(told("lab: Bob comes to you"));
  made.heard(told(""));

  assert.deepEqual(room.messages.map((row) => row.text), ["Bob comes to you"]);
  assert.deepEqual(changes.filter((change) => change.type === "class").length, 2);
  assert.equal(changes.some((change) => change.type === "notice"), false);
});
