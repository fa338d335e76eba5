/** What the user does in the page, and what comes of it. */

import assert from "node:assert/strict";
import test from "node:test";

import { around, fill } from "../../classchat/web/filling.js";
import { missingAbove } from "../../classchat/web/store.js";
import { givePassword, isProgram, talkTo } from "../../classchat/web/wishes.js";
import { Client, texts } from "./client.js";
import { Clock } from "./clock.js";
import { Model } from "./model.js";

/** @import { Change } from "../../classchat/web/types.js" */

/** Return a clock, a server with the room "lab", and a page that is in it. */
function inLab() {
  const clock = new Clock();
  const model = new Model(clock);
  model.logs.set("#lab", []);
  const alice = new Client(model, clock, "Alice");
  alice.chat.signIn("Alice", { room: "lab" });
  clock.pass(10);
  alice.changes = [];
  const answer = (/** @type {object} */ fields) => {
    const { id } = JSON.parse(alice.sent.at(-1) ?? "{}");
    alice.chat.received(`${JSON.stringify({ status: "success", sender: "SERVER", receiver: "Alice", id, ...fields })}\n`);
  };
  return { clock, model, alice, answer };
}

/**
 * Return the changes of a kind.
 *
 * @template {Change["type"]} T
 * @param {Client} client
 * @param {T} type
 */
function changes(client, type) {
  return /** @type {Extract<Change, {type: T}>[]} */ (client.changes.filter((change) => change.type === type));
}

/** @param {Client} client */
function lastRow(client) {
  return client.chat.store.focus?.messages.at(-1)?.text ?? "";
}

/** @param {Client} client */
function asked(client) {
  return client.sent.map((frame) => JSON.parse(frame));
}

test("the room of the link is joined after signing in, and in view", () => {
  const { alice } = inLab();

  assert.deepEqual([alice.chat.store.focus, alice.room("lab").joined], [alice.room("lab"), true]);
});

test("a room of the link that does not exist is told", () => {
  const clock = new Clock();
  const alice = new Client(new Model(clock), clock, "Alice");
  alice.chat.signIn("Alice", { room: "lab" });
  clock.pass(10);

  assert.deepEqual([alice.phase, alice.notices()], ["up", ["Chat room 'lab' does not exist"]]);
});

test("the lobby is joined if no room is named", () => {
  const { clock, model } = inLab();
  const bob = new Client(model, clock, "Bob");
  model.lobby = "lab";
  bob.chat.signIn("Bob");
  clock.pass(10);

  assert.deepEqual([bob.room("lab").joined, bob.chat.store.focus?.key], [true, "#lab"]);
});

test("a page of older messages that never came can be loaded later", () => {
  const { clock, model, alice } = inLab();
  for (let count = 1; count <= 101; count++) {
    alice.chat.type(`text ${count}`);
    clock.pass(1);
  }
  const bob = new Client(model, clock, "Bob");
  bob.chat.signIn("Bob", { room: "lab" });
  clock.pass(10);
  const lab = bob.room("lab");
  bob.chat.pages.older(lab);
  bob.chat.closed(1009); // what was asked is withdrawn
  const withdrawn = [lab.loading, lab.atStart];
  clock.pass(5000);
  bob.chat.pages.older(lab);
  clock.pass(10);

  assert.deepEqual([withdrawn, texts(lab)[0], lab.atStart], [[false, false], "text 1", true]);
});

test("the first page of what was said before is loaded with the room, and older ones above it", () => {
  const { clock, model, alice } = inLab();
  for (let count = 1; count <= 250; count++) {
    alice.chat.type(`text ${count}`);
    clock.pass(1);
  }
  const bob = new Client(model, clock, "Bob");
  bob.chat.signIn("Bob", { room: "lab" });
  clock.pass(10);
  const lab = bob.room("lab");
  const first = texts(lab).length;
  bob.chat.pages.older(lab);
  const loading = lab.loading;
  bob.chat.pages.older(lab); // is on its way
  clock.pass(10);
  bob.chat.pages.older(lab);
  clock.pass(10);
  const before = bob.sent.length;
  bob.chat.pages.older(lab);

  assert.deepEqual([first, loading, texts(lab).length, texts(lab)[0], lab.atStart], [100, true, 250, "text 1", true]);
  assert.equal(bob.sent.length, before);
});

test("what is deleted can't be loaded, and is not offered again", () => {
  const { clock, model, alice, answer } = inLab();
  model.logs.get("#lab")?.push(...[1, 2, 3, 4, 5].map((seq) => ({ seq, sender: "Bob", receiver: "lab", text: `${seq}`, time: "" })));
  alice.chat.store.heard({ status: "group", sender: "Bob", receiver: "lab", text: "1", seq: 1 });
  alice.chat.store.heard({ status: "group", sender: "Bob", receiver: "lab", text: "5", seq: 5 });
  const lab = alice.room("lab");
  const gap = lab.messages.findIndex((_, at) => missingAbove(lab, at));
  const before = missingAbove(lab, gap);
  model.isUp = false; // the model keeps everything: this server answers here
  alice.connection = null;
  fill(alice.chat.pages, lab, gap);
  answer({ text: "0 messages", more: false });

  assert.deepEqual([before, missingAbove(lab, gap)], [3, 0]);
  clock.pass(1);
});

test("the messages around a link's are loaded, and the gap below them is told", () => {
  const { clock, model, alice } = inLab();
  const kept = Array.from({ length: 500 }, (_, at) => ({ seq: at + 1, sender: "Bob", receiver: "lab", text: `${at + 1}`, time: "" }));
  model.logs.set("#lab", kept);
  const bob = new Client(model, clock, "Bob");
  bob.chat.signIn("Bob", { room: "lab" });
  clock.pass(10);
  around(bob.chat.pages, bob.room("lab"), 100);
  clock.pass(10);
  const { messages } = bob.room("lab");
  const gaps = messages.map((_, at) => missingAbove(bob.room("lab"), at)).filter(Boolean);

  assert.deepEqual([texts(bob.room("lab"))[0], texts(bob.room("lab")).includes("100"), gaps], ["75", true, [276]]);
  assert(alice);
});

test("what a user types says where it goes, or why it can't", () => {
  const { clock, model, alice } = inLab();
  const bob = new Client(model, clock, "Bob");
  bob.chat.signIn("Bob");
  clock.pass(10);
  const nowhere = bob.chat.type("hello");
  model.kick("Alice", "lab");
  clock.pass(10);

  assert.equal(nowhere, "You are in no room. /join ROOM, or /msg NAME TEXT");
  assert.equal(alice.chat.type("hello"), "You are not in 'lab': /join lab first");
  assert.equal(alice.chat.type("/xyzzy"), "Unknown command '/xyzzy'. All commands: /help");
  assert.equal(alice.chat.type("  \n "), "");
});

test("a text that is too long is told before it is sent", () => {
  const { alice } = inLab();
  const before = alice.sent.length;

  assert.equal(alice.chat.type("é".repeat(10_001)), "The message is too long: 10001 characters, at most 10000");
  assert.equal(alice.chat.type("🎉".repeat(10_000)), "");
  assert.equal(alice.chat.type(`/msg Bob ${"愛".repeat(10_001)}`), "The message is too long: 10001 characters, at most 10000");
  assert.equal(alice.chat.ask({ status: "topic", receiver: "lab", text: "x".repeat(66_000) }), "The message is too long");
  assert.deepEqual([alice.sent.length - before, alice.room("lab").pending.length], [1, 1]);
});

test("while the connection is lost, a bounded number of requests waits", () => {
  const { clock, model, alice } = inLab();
  model.kill();
  clock.pass(10);
  for (let count = 0; count < 256; count++) assert.equal(alice.chat.type(`${count}`), "");

  assert.equal(alice.chat.type("one more"), "Too many requests wait for the connection. Try again later");
  assert.equal(alice.room("lab").pending.length, 256);
});

test("a message that was not sent can be taken back into the box", () => {
  const { clock, alice } = inLab();
  alice.chat.type("/msg Nobody hello");
  clock.pass(10);
  const nobody = alice.dialog("Nobody");
  const [message] = nobody.pending;
  assert(message);

  assert.deepEqual([message.state, message.error], ["failed", "User 'Nobody' not found or offline"]);
  assert.deepEqual([alice.chat.discard(nobody, message), nobody.pending], ["hello", []]);
  assert.deepEqual(alice.notices(), ["Not sent: User 'Nobody' not found or offline"]);
});

test("`/reply` answers the last private message", () => {
  const { clock, model, alice } = inLab();
  const none = alice.chat.type("/reply yes");
  const bob = new Client(model, clock, "Bob");
  bob.chat.signIn("Bob");
  clock.pass(10);
  bob.chat.type("/msg Alice hello?");
  clock.pass(10);
  alice.chat.type("/r yes");
  clock.pass(10);

  assert.deepEqual([none, texts(bob.dialog("Alice"))], ["No private message to reply to yet", ["hello?", "yes"]]);
});

test("`/me` says what the user does", () => {
  const { clock, alice } = inLab();
  alice.chat.type("/me waves");
  clock.pass(10);

  assert.deepEqual(texts(alice.room("lab")), ["* Alice waves"]);
});

test("`/focus` finds a room, a user or a number, and says what it does not find", () => {
  const { clock, alice } = inLab();
  alice.chat.type("/create den");
  clock.pass(10);
  const shown = (/** @type {string} */ line) => [alice.chat.type(line), alice.chat.store.focus?.key];

  assert.deepEqual(shown("/focus lab"), ["", "#lab"]);
  assert.deepEqual(shown("/focus 2"), ["", "#den"]);
  assert.deepEqual(shown("/focus @Bob"), ["", "@bob"]);
  assert.deepEqual(shown("/focus bob"), ["", "@bob"]);
  assert.deepEqual(shown("/focus 9"), ["No conversation 9. To list them: /conversations", "@bob"]);
  assert.deepEqual(shown("/focus eve"), ["No room or user 'eve'. To write anyway: /focus @eve", "@bob"]);
  assert.deepEqual(shown("/focus"), ["", undefined]);
});

test("`/query` shows a private conversation, and may say something there", () => {
  const { alice } = inLab();
  alice.chat.type("/query Bob");
  alice.chat.type("/query Bob hi");

  assert.deepEqual([alice.chat.store.focus?.key, texts(alice.dialog("Bob"))], ["@bob", ["hi?"]]);
});

test("`/ignore` hides a user's messages, lists them, and never the user's own", () => {
  const { alice } = inLab();
  const said = (/** @type {string} */ line) => alice.chat.type(line) || lastRow(alice);

  assert.equal(said("/ignore"), "You are not ignoring anyone");
  assert.equal(said("/ignore Bob"), "Ignoring Bob. To stop: /unignore Bob");
  assert.equal(said("/ignore"), "Ignored users: bob");
  assert.equal(said("/ignore ALICE"), "You can't ignore yourself");
  assert.equal(said("/unignore bob"), "No longer ignoring bob");
});

test("`/quiet` hides joins and leaves in a room, or in all", () => {
  const { clock, alice } = inLab();
  const said = (/** @type {string} */ line) => alice.chat.type(line) || lastRow(alice);

  assert.equal(said("/quiet"), "Joins and leaves are hidden in lab. To show them: /quiet lab off");
  assert.equal(said("/quiet lab off"), "Joins and leaves are shown in lab again");
  assert.equal(said("/quiet den"), "You are not in 'den': /join den first");
  said("/quiet *");
  alice.chat.type("/create den");
  clock.pass(10);
  assert.deepEqual([alice.room("lab").quiet, alice.room("den").quiet], [true, true]);
});

test("`/conversations` lists them with what is unread", () => {
  const { alice } = inLab();
  alice.chat.store.heard({ status: "private", sender: "Bob", receiver: "Alice", text: "psst", seq: 1 });
  alice.chat.type("/conversations");

  assert.equal(lastRow(alice), "Conversations (/focus N goes to one):\n1 lab\n2 @Bob · 1 unread!");
});

test("the members of a room are listed with their roles", () => {
  const { alice, answer } = inLab();
  alice.chat.type("/who");
  answer({ text: "", users: [{ name: "Alice", moderator: true }, { name: "Bob", muted: true, away: "lunch" }], absent: [{ name: "Eve" }], more: 2 });

  assert.equal(lastRow(alice), "Members of 'lab': Alice (moderator), Bob (muted, away: lunch); offline: Eve and 2 more");
  assert.deepEqual([...alice.room("lab").people.values()].map((one) => [one.name, one.offline]), [["Alice", false], ["Bob", false], ["Eve", true]]);
});

test("a list of all users replaces what was known, if it is complete", () => {
  const { alice, answer } = inLab();
  const { known } = alice.chat.store;
  known.met("Gone");
  alice.chat.type("/users *");
  answer({ text: "Users: Bob and 5 more", users: [{ name: "Bob" }], more: 5 });
  const some = [known.users.has("gone"), known.users.has("bob"), lastRow(alice)];
  alice.chat.type("/users *");
  answer({ text: "Users: Bob", users: [{ name: "Bob" }] });

  assert.deepEqual([some, known.users.has("gone")], [[true, true, "Users: Bob and 5 more"], false]);
});

test("the list of rooms is for the page to show", () => {
  const { alice, answer } = inLab();
  alice.chat.type("/rooms");
  answer({ text: "", rooms: [{ name: "lab", members: 3, topic: "Exam", private: true }], more: 4 });

  assert.deepEqual(changes(alice, "rooms").map(({ rooms, more }) => [rooms.length, more]), [[1, 4]]);
  assert.deepEqual([alice.room("lab").topic, alice.room("lab").private], ["Exam", true]);
});

test("`/topic` shows the topic", () => {
  const { alice, answer } = inLab();
  alice.chat.type("/topic");
  answer({ text: "", rooms: [{ name: "lab", members: 3, topic: "Exam" }] });
  const first = lastRow(alice);
  alice.chat.type("/topic");
  answer({ text: "", rooms: [{ name: "lab", members: 3 }] });

  assert.deepEqual([first, lastRow(alice), alice.room("lab").topic], ["The topic of 'lab' is: Exam", "'lab' has no topic", ""]);
});

test("what a moderator has done is confirmed, and what is refused is told as an error", () => {
  const { alice, answer } = inLab();
  alice.chat.type("/kick Bob");
  answer({ text: "You have kicked Bob from 'lab'" });
  alice.chat.type("/op Bob");
  answer({ status: "error", text: "Only moderators may do this", code: "not_allowed" });

  assert.deepEqual(changes(alice, "notice").map(({ text, error }) => [text, error]), [
    ["You have kicked Bob from 'lab'", false], ["Only moderators may do this", true],
  ]);
});

test("a search is shown apart, newest first, and goes on with its next page", () => {
  const { alice, answer } = inLab();
  const none = alice.chat.type("/search more");
  alice.chat.type("/search from:Bob exam");
  const { id, ...request } = asked(alice).at(-1);
  alice.chat.received('{"status":"group","sender":"Bob","receiver":"lab","text":"exam","seq":7,"replay":true}\n');
  answer({ text: "1 message", more: true, before: 1234 });
  alice.chat.type("/search more");

  assert.deepEqual([none, request], ["No more results", { status: "search", text: "exam", user: "Bob" }]);
  assert.deepEqual(changes(alice, "found").map(({ found, more }) => [found.map((one) => one.text), more]), [[["exam"], true]]);
  assert.equal(asked(alice).at(-1).before, 1234);
  assert.deepEqual([texts(alice.room("lab")), id !== asked(alice).at(-1).id], [[], true]);
});

test("`/history` puts messages where they belong, and goes on with its next page", () => {
  const { clock, model, alice } = inLab();
  model.logs.get("#lab")?.push(...Array.from({ length: 9 }, (_, at) => ({ seq: at + 1, sender: "Bob", receiver: "lab", text: `${at + 1}`, time: "" })));
  alice.chat.type("/history 3");
  clock.pass(10);
  const first = texts(alice.room("lab"));
  alice.chat.type("/history more");
  clock.pass(10);

  assert.deepEqual([first, texts(alice.room("lab"))], [["7", "8", "9"], ["4", "5", "6", "7", "8", "9"]]);
});

test("a password is asked for in a dialog, and never kept or repeated", () => {
  const { clock, model, alice } = inLab();
  alice.chat.type("/claim");
  alice.isDeaf = true;
  givePassword(alice.chat, "claim", "correct horse");
  clock.pass(10);
  const kept = JSON.stringify(alice.chat.snapshot());
  alice.isDeaf = false;
  model.kill();
  clock.pass(10);
  const offline = givePassword(alice.chat, "claim", "correct horse");
  model.start();
  clock.pass(3000);

  assert.deepEqual(changes(alice, "ask").map(({ what }) => what), ["claim"]);
  assert.deepEqual([alice.sent.filter((frame) => frame.includes("horse")).length, kept.includes("horse")], [1, false]);
  assert.equal(offline, "Not connected: try again when the connection is back");
  assert(alice.notices().includes("Not confirmed: /claim. It may have been done, or not."));
});

test("leaving a room removes it from the list, and another device's join brings it back", () => {
  const { clock, alice } = inLab();
  alice.chat.type("/leave");
  clock.pass(10);
  const gone = [alice.room("lab"), alice.chat.store.focus];
  alice.chat.type("/join lab");
  clock.pass(10);

  assert.deepEqual([gone, alice.room("lab").joined], [[null, null], true]);
});

test("joining a room again, which the user is in already, shows it", () => {
  const { clock, alice } = inLab();
  alice.chat.view(null);
  alice.chat.type("/join lab");
  clock.pass(10);

  assert.deepEqual([alice.chat.store.focus?.key, alice.notices()], ["#lab", []]);
});

test("leaving ClassChat is the end, and keeps nothing", () => {
  const { clock, model, alice } = inLab();
  alice.chat.type("/quit");
  clock.pass(100_000);

  assert.deepEqual([alice.phase, alice.chat.state.code, alice.chat.snapshot(), model.connections.size], ["over", "quit", null, 0]);
  assert.equal(asked(alice).at(-1).status, "quit");
});

test("missed private messages of a longer absence are told", () => {
  const { clock, model, alice } = inLab();
  const bob = new Client(model, clock, "Bob");
  bob.chat.signIn("Bob");
  clock.pass(10);
  alice.isDeaf = true;
  for (let count = 1; count <= 5; count++) bob.chat.type(`/msg Alice ${count}`);
  clock.pass(10);
  model.mostReplayed = 2;
  alice.recover();
  clock.pass(3000);

  assert.deepEqual([texts(alice.dialog("Bob")), alice.notices()], [["4", "5"], ["3 messages could not be loaded again"]]);
});

test("the completions know the users and rooms that have come up", () => {
  const { alice } = inLab();
  alice.chat.store.known.met("Zoë");

  assert.deepEqual(alice.chat.complete("hello @z").map((one) => one.text), ["@Zoë"]);
  assert.deepEqual(alice.chat.complete("/join l").map((one) => one.text), ["lab"]);
});

test("the user takes another name, and comes back under it", () => {
  const { clock, alice, answer } = inLab();
  alice.chat.type("/nick Anna");
  answer({ receiver: "Anna", text: "You are now called Anna" });
  const { me } = alice.chat.store;
  alice.chat.closed(1006);
  clock.pass(5000);
  const register = asked(alice).findLast(({ status }) => status === "register");

  assert.deepEqual([me, changes(alice, "notice").at(-1)?.text, register?.sender], ["Anna", "You are now called Anna", "Anna"]);
  assert(changes(alice, "link").length > 0);
});

test("a partner takes another name: what is said goes there, and what is missed is asked for there", () => {
  const { clock, alice } = inLab();
  const hears = (/** @type {object} */ line) => alice.chat.received(`${JSON.stringify({ status: "private", receiver: "Alice", ...line })}\n`);
  hears({ sender: "Bob", text: "Hi", seq: 3, time: "2026-11-23T10:00:00.000Z" });
  talkTo(alice.chat, "Bob");
  hears({ sender: "SERVER", text: "Bob is now called Bert", event: "renamed", user: "Bob", name: "Bert" });
  alice.chat.type("Hello");
  const said = asked(alice).at(-1);
  alice.chat.closed(1006);
  clock.pass(5000);
  const register = asked(alice).findLast(({ status }) => status === "register");

  assert.deepEqual([said.status, said.receiver, register?.since.seqs], ["private", "Bert", { Bert: 3 }]);
});

test("programs that post are no users, whose names have no brackets", () => {
  assert.deepEqual(["deploy[bot]", "deploy", "bot"].map(isProgram), [true, false, false]);
});
