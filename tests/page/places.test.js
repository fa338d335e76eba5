/** How far the page has read: what it asks for after a lost connection, and what it knows already. */

import assert from "node:assert/strict";
import test from "node:test";

import { Places } from "../../classchat/web/places.js";
import { restorePlaces } from "../../classchat/web/restoring.js";

/** @import { Spoken } from "../../classchat/web/types.js" */

/** Return the places of Alice, who is in the room "lab", whose last message has number 10. */
function places() {
  const made = new Places();
  made.me = "Alice";
  made.welcomed("first");
  made.joined("lab", { epoch: "first", seq: 10 });
  return made;
}

/**
 * @param {number} seq
 * @param {Partial<Spoken>} [fields]
 * @returns {Spoken}
 */
function line(seq, fields = {}) {
  const time = `2026-11-23T10:00:${String(seq).padStart(2, "0")}.000Z`;
  return { status: "private", sender: "Bob", receiver: "Alice", text: "", seq, time, ...fields };
}

test("a replayed message of a room is new if its number is higher", () => {
  const made = places();
  const room = (/** @type {number} */ seq) => made.isNew(line(seq, { status: "group", receiver: "lab", replay: true }));

  assert.deepEqual([room(10), room(11), room(11), made.since("LAB")], [false, true, false, { epoch: "first", seq: 11 }]);
});

test("a replayed private message is known if its number and time are", () => {
  const made = places();
  made.isNew(line(5));
  const replayed = (/** @type {number} */ seq, /** @type {string} */ time) => made.isNew(line(seq, { time, replay: true }));

  assert.equal(replayed(5, "2026-11-23T10:00:05.000Z"), false);
  assert.equal(replayed(4, "2026-11-23T10:00:04.000Z"), false);
  assert.equal(replayed(1, "2026-11-23T10:30:00.000Z"), true); // another person of this name
  assert.deepEqual(made.sinceAll()?.seqs, { Bob: 1 });
});

test("own messages of another device count in the conversation with the other user", () => {
  const made = places();
  made.isNew(line(3, { sender: "alice", receiver: "Bob" }));

  assert.deepEqual(made.sinceAll()?.seqs, { Bob: 3 });
});

test("what the server says is no conversation", () => {
  const made = places();
  made.isNew(line(3, { sender: "SERVER" }));

  assert.deepEqual(made.sinceAll()?.seqs, {});
});

test("many private conversations are remembered, and older ones are known by their time", () => {
  const made = places();
  for (let count = 1; count <= 300; count++) made.isNew(line(1, { sender: `User${count}`, time: `2026-11-23T10:00:00.${String(count).padStart(3, "0")}Z` }));

  assert.equal(Object.keys(made.sinceAll()?.seqs ?? {}).length, 200);
  assert.equal(made.isNew(line(1, { sender: "User100", time: "2026-11-23T10:00:00.100Z", replay: true })), false);
  assert.equal(made.isNew(line(1, { sender: "User100", time: "2026-11-23T10:00:00.999Z", replay: true })), true);
});

test("after the catch-up a room counts as read up to its last message, replayed or not", () => {
  const made = places();
  made.rejoined("lab", { epoch: "first", seq: 20 });
  const before = made.since("lab")?.seq;
  made.caughtUp("lab", { seq: 20 });

  assert.deepEqual([before, made.since("lab")?.seq], [10, 20]);
});

test("the numbers of another journal mean nothing", () => {
  const made = places();
  made.isNew(line(5));
  const other = made.welcomed("second");
  made.rejoined("lab", { epoch: "second", seq: 2 });

  assert.deepEqual([other, made.since("lab"), made.sinceAll()], [true, { epoch: "second", seq: 2 }, { epoch: "second", seq: 0, seqs: {}, rooms: { lab: 2 } }]);
});

test("a room that another device has joined is asked for without a number", () => {
  const made = places();
  made.entered("den");
  made.entered("lab");

  assert.deepEqual([made.rooms, made.since("den"), made.since("lab")?.seq], [["lab", "den"], undefined, 10]);
  assert.deepEqual(made.sinceAll()?.rooms, { lab: 10 });
});

test("what is kept comes back", () => {
  const made = places();
  made.isNew(line(5));
  const again = new Places();
  again.me = "Alice";
  restorePlaces(again, JSON.parse(JSON.stringify(made.snapshot())));

  assert.deepEqual([again.sinceAll(), again.rooms], [made.sinceAll(), ["lab"]]);
});
