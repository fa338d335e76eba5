/** The page follows the class of the room in view: over changes of room, lost connections, and with old servers. */

import assert from "node:assert/strict";
import test from "node:test";

import { talkTo } from "../../classchat/web/wishes.js";
import { Client } from "./client.js";
import { Clock } from "./clock.js";
import { Model } from "./model.js";

/** @param {boolean} hasClasses Return a clock, a server with two rooms, and a page that is in the first one. */
function inLab(hasClasses) {
  const clock = new Clock();
  const model = new Model(clock);
  model.hasClasses = hasClasses;
  model.logs.set("#lab", []);
  model.logs.set("#seminar", []);
  const alice = new Client(model, clock, "Alice");
  alice.chat.signIn("Alice", { room: "lab" });
  clock.pass(10);
  return { clock, model, alice };
}

/** @param {Client} client Return what was asked about classes: the room, or with a minus what is not followed any more. */
function followed(client) {
  const asked = client.sent.map((frame) => JSON.parse(frame)).filter(({ status }) => status === "class");
  return asked.map(({ receiver, follow }) => `${follow ? "" : "-"}${receiver}`);
}

test("the class of the room in view is followed, and no other one", () => {
  const { clock, alice } = inLab(true);
  alice.chat.type("/join seminar");
  clock.pass(10);
  alice.chat.view(alice.room("lab"));
  talkTo(alice.chat, "Bob");
  clock.pass(10);

  assert.deepEqual(followed(alice), ["lab", "-lab", "seminar", "-seminar", "lab", "-lab"]);
});

test("after a lost connection it is followed again", () => {
  const { clock, model, alice } = inLab(true);
  model.kill();
  clock.pass(100);
  model.start();
  clock.pass(60_000);

  assert.deepEqual([alice.phase, followed(alice)], ["up", ["lab", "lab"]]);
});

test("a room that was left and joined again is followed again", () => {
  const { clock, alice } = inLab(true);
  alice.chat.type("/leave");
  clock.pass(10);
  alice.chat.type("/join lab");
  clock.pass(10);

  assert.deepEqual(followed(alice), ["lab", "lab"]);
});

test("a server that has no classes is asked once on each connection, and nothing is said about it", () => {
  const { clock, model, alice } = inLab(false);
  alice.chat.type("/join seminar");
  clock.pass(10);
  assert.deepEqual(followed(alice), ["lab"]);
  model.kill();
  clock.pass(100);
  model.hasClasses = true;
  model.start();
  clock.pass(60_000);

  assert.deepEqual(followed(alice), ["lab", "seminar"]);
  assert.deepEqual(alice.notices(), []);
});

test("what a class does is told to the page, and answers to all requests only if it wants them", () => {
  const { clock, alice } = inLab(true);
  const told = () => alice.changes.flatMap((change) => (change.type === "class" ? (change.request?.status ?? "event") : []));
  alice.chat.ask({ status: "ping" });
  clock.pass(10);
  assert.deepEqual(told(), ["class"]);
  alice.chat.classes = true;
  alice.chat.ask({ status: "hand" });
  clock.pass(10);
  alice.chat.received('{"status":"private","sender":"SERVER","receiver":"Alice","text":"","about":{"kind":"counts","room":"lab"}}\n');

  assert.deepEqual(told(), ["class", "hand", "event"]);
  assert.deepEqual(alice.room("lab").messages.filter((row) => row.text === ""), []);
});
