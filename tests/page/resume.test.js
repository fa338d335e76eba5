/** The page comes back: nothing is lost, nothing comes twice, gaps are told. */

import assert from "node:assert/strict";
import test from "node:test";

import { Client, texts } from "./client.js";
import { Clock } from "./clock.js";
import { Model } from "./model.js";

/** Return a clock, a server, and the pages of two guests in the room "lab". */
function lab() {
  const clock = new Clock();
  const model = new Model(clock);
  const [alice, bob] = [new Client(model, clock, "Alice"), new Client(model, clock, "Bob")];
  for (const client of [alice, bob]) {
    client.chat.signIn(client.name);
    clock.pass(10);
    client.chat.type(client === alice ? "/create lab" : "/join lab");
    clock.pass(10);
  }
  return { clock, model, alice, bob };
}

test("a message is shown at once as pending, and then sent", () => {
  const { clock, alice, bob } = lab();
  alice.chat.type("hello");
  const before = texts(alice.room("lab"));
  clock.pass(10);

  assert.deepEqual([before, texts(alice.room("lab")), texts(bob.room("lab"))], [["hello?"], ["hello"], ["hello"]]);
});
