/** The page comes back: nothing is lost, nothing comes twice, gaps are told. */

import assert from "node:assert/strict";
import test from "node:test";

import { fill } from "../../classchat/web/filling.js";
import { missingAbove } from "../../classchat/web/store.js";
import { Client, texts } from "./client.js";
import { Clock } from "./clock.js";
import { Model } from "./model.js";
import { oneOf, seeded } from "./seeded.js";

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

test("what was missed comes after a lost connection, in order and once", () => {
  const { clock, model, alice, bob } = lab();
  bob.chat.type("one");
  clock.pass(10);
  model.kill();
  clock.pass(10);
  const away = alice.phase;
  model.start();
  clock.pass(1500);
  bob.chat.type("two");
  clock.pass(10);

  assert.deepEqual([away, alice.phase, texts(alice.room("lab"))], ["away", "up", ["one", "two"]]);
});

test("what was typed while the connection is lost is sent once it is back", () => {
  const { clock, model, alice, bob } = lab();
  model.kill();
  clock.pass(10);
  alice.chat.type("while away");
  const meanwhile = texts(alice.room("lab"));
  model.start();
  clock.pass(3000);

  assert.deepEqual([meanwhile, texts(alice.room("lab")), texts(bob.room("lab"))], [["while away?"], ["while away"], ["while away"]]);
});

test("a message whose answer was lost is not said twice", () => {
  const { clock, model, alice, bob } = lab();
  alice.isDeaf = false;
  alice.chat.type("once");
  clock.later(0, () => (alice.isDeaf = true)); // the server has it, and its answer is lost
  clock.pass(10);
  const before = texts(alice.room("lab"));
  model.kill();
  alice.isDeaf = false;
  clock.pass(10);
  model.start();
  clock.pass(3000);

  assert.deepEqual([before, texts(alice.room("lab")), texts(bob.room("lab"))], [["once?"], ["once"], ["once"]]);
});

test("a message that a server refuses because it stops is sent to the next one", () => {
  const { clock, model, alice, bob } = lab();
  model.stops = true;
  alice.chat.type("to be sent");
  clock.pass(10);
  const before = texts(alice.room("lab"));
  model.kill();
  clock.pass(10);
  model.start();
  clock.pass(3000);

  assert.deepEqual([before, texts(alice.room("lab")), texts(bob.room("lab"))], [["to be sent?"], ["to be sent"], ["to be sent"]]);
});

test("a room stays joined if the server that the user comes back to is about to stop", () => {
  const { clock, model, alice, bob } = lab();
  model.kill();
  clock.pass(10);
  model.start();
  model.stops = true;
  clock.pass(3000);
  model.kill();
  clock.pass(10);
  model.start();
  clock.pass(5000);
  bob.chat.type("still here?");
  clock.pass(10);

  assert.deepEqual(texts(alice.room("lab")), ["still here?"]);
});

test("with another journal, a message without an answer is not sent, and can be sent again under its id", () => {
  const { clock, model, alice } = lab();
  alice.isDeaf = true;
  alice.chat.type("lost");
  clock.pass(10);
  alice.isDeaf = false;
  model.kill();
  clock.pass(10);
  model.forget();
  model.start();
  clock.pass(3000);
  const failed = texts(alice.room("lab"));
  alice.chat.type("/create lab");
  clock.pass(10);
  const [message] = alice.room("lab").pending;
  assert(message);
  const { id } = message;
  alice.chat.retry(alice.room("lab"), message);
  clock.pass(10);

  assert.deepEqual([failed, texts(alice.room("lab"))], [["lost!"], ["lost"]]);
  assert(alice.sent.filter((frame) => frame.includes(String(id))).length === 2);
});

test("what was not replayed is a gap, which can be loaded", () => {
  const { clock, model, alice, bob } = lab();
  bob.chat.type("0");
  clock.pass(10);
  model.mostReplayed = 3;
  alice.chat.link.closed(1006);
  for (let count = 1; count <= 10; count++) bob.chat.type(String(count));
  clock.pass(3000);
  const { messages } = alice.room("lab");
  const index = messages.findIndex((row, at) => missingAbove(alice.room("lab"), at) > 0);
  const missing = missingAbove(alice.room("lab"), index);
  fill(alice.chat.pages, alice.room("lab"), index);
  clock.pass(10);

  assert.equal(missing, 7);
  assert.deepEqual(texts(alice.room("lab")), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  assert(messages.every((_, at) => missingAbove(alice.room("lab"), at) === 0));
});

test("it tries again after 1, 2, 4 … 30 seconds, and says when", () => {
  const { clock, model, alice } = lab();
  model.kill();
  clock.pass(1);
  const lost = clock.now;
  /** @type {number[]} */
  const tries = [];
  for (let count = 0; count < 7; count++) {
    const { retryAt } = alice.chat.state;
    tries.push(Math.round((retryAt - clock.now) / 1000));
    clock.pass(retryAt - clock.now + 1);
  }

  assert.deepEqual(tries, [1, 2, 4, 8, 16, 30, 30]);
  assert(Math.abs(alice.chat.state.since - lost) <= 1);
});

test("the delays are spread by a fifth, so that a class does not come back as one", () => {
  for (const random of [0, 0.999]) {
    const clock = new Clock();
    const model = new Model(clock);
    model.isUp = false;
    const alice = new Client(model, clock, "Alice", { random: () => random });
    alice.chat.signIn("Alice");
    clock.pass(1);

    assert.equal(Math.round((alice.chat.state.retryAt - clock.now) / 100), random ? 12 : 8);
  }
});

test("it tries at once when the machine is online again, or the tab is visible", () => {
  const { clock, model, alice } = lab();
  model.kill();
  clock.pass(20_000);
  model.start();
  alice.chat.hurry();
  clock.pass(1);

  assert.equal(alice.phase, "up");
});

test("a machine that has slept notices within seconds that the connection is gone", () => {
  const { clock, alice } = lab();
  alice.isDeaf = true;
  clock.sleep(3_600_000);
  alice.chat.hurry();
  clock.pass(11_000);
  const noticed = alice.phase;
  alice.isDeaf = false;
  clock.pass(15_000);

  assert.deepEqual([noticed, alice.phase], ["away", "up"]);
});

test("a machine that is online again notices within seconds that the old connection is gone", () => {
  const { clock, alice } = lab();
  alice.isDeaf = true; // it has another address now
  clock.pass(20_000);
  alice.chat.hurry();
  clock.pass(11_000);

  assert.equal(alice.phase, "away");
});

test("a tab whose timers come late stays connected, if the server still answers", () => {
  const { clock, model, alice } = lab();
  const before = model.connections.size;
  for (let count = 0; count < 5; count++) {
    clock.sleep(60_000); // as browsers slow the timers of hidden tabs down
    clock.pass(1);
  }

  assert.deepEqual([alice.phase, model.connections.size], ["up", before]);
});

test("a hidden tab notices that its connection is gone", () => {
  const { clock, alice } = lab();
  alice.isDeaf = true;
  for (let count = 0; count < 3; count++) {
    clock.sleep(60_000);
    clock.pass(1);
  }

  assert.equal(alice.phase, "away");
});

test("a silent server is asked, and given up", () => {
  const { clock, alice } = lab();
  clock.pass(200_000);
  const calls = alice.sent.filter((frame) => frame.includes("register")).length;
  alice.isDeaf = true;
  clock.pass(76_000 + 36_000);

  assert.deepEqual([calls, alice.phase], [1, "away"]);
});

test("a frame that the server finds too long is not sent again and again", () => {
  const { clock, alice } = lab();
  alice.isDeaf = true;
  alice.chat.type("too long for this server");
  alice.chat.closed(1009);
  alice.isDeaf = false;
  clock.pass(3000);

  assert.deepEqual([alice.phase, texts(alice.room("lab"))], ["up", ["too long for this server!"]]);
});

test("the delays start over once a connection was good", () => {
  const { clock, model, alice } = lab();
  model.kill();
  clock.pass(10_000);
  model.start();
  clock.pass(60_000);
  model.kill();
  clock.pass(1);

  assert.equal(Math.round((alice.chat.state.retryAt - clock.now) / 1000), 1);
});

test("the delays start over if the last connection brought something that was missed", () => {
  const { clock, alice, bob } = lab();
  /** @type {number[]} */
  const delays = [];
  for (let count = 0; count < 3; count++) {
    alice.chat.closed(1006);
    delays.push(Math.round((alice.chat.state.retryAt - clock.now) / 1000));
    bob.chat.type(`missed ${count}`);
    clock.pass(alice.chat.state.retryAt - clock.now + 10);
  }

  assert.deepEqual(delays, [1, 1, 1]);
});

test("a server that takes the connection and loses it at once is not called every second", () => {
  const { clock, alice } = lab();
  /** @type {number[]} */
  const delays = [];
  for (let count = 0; count < 4; count++) {
    alice.chat.closed(1006);
    delays.push(Math.round((alice.chat.state.retryAt - clock.now) / 1000));
    clock.pass(alice.chat.state.retryAt - clock.now + 10);
  }

  assert.deepEqual(delays, [1, 2, 4, 8]);
});

test("a server that answers nothing for 30 seconds is given up", () => {
  const { clock, alice } = lab();
  alice.isDeaf = true;
  alice.chat.type("anybody?");
  clock.pass(36_000);

  assert.equal(alice.phase, "away");
});

test("the page answers the server's pings", () => {
  const { alice } = lab();
  alice.chat.received('{"status":"ping","sender":"SERVER","receiver":"Alice","text":""}\n');

  assert.equal(alice.sent.at(-1), '{"status":"pong"}\n');
});

test("another tab that takes over stops this one, which can take over again", () => {
  const { clock, model, alice } = lab();
  const other = new Client(model, clock, "Alice", { saved: alice.chat.snapshot() });
  other.chat.resume();
  clock.pass(100);
  const stopped = [alice.phase, alice.chat.state.code];
  clock.pass(100_000);
  const still = alice.phase;
  alice.chat.resume();
  clock.pass(100);

  assert.deepEqual([stopped, still, alice.phase, other.phase], [["over", "taken_over"], "over", "up", "over"]);
});

test("close codes of 45xx stop it, and all others bring it back", () => {
  for (const [code, phase] of /** @type {[number, string][]} */ ([
    [1000, "away"], [1001, "away"], [1006, "away"], [1011, "away"], [4000, "away"], [4001, "away"], [4002, "away"],
    [4003, "away"], [4500, "over"], [4501, "over"], [4502, "refused"],
  ])) {
    const { alice } = lab();
    alice.chat.closed(code);

    assert.equal(alice.phase, phase, String(code));
  }
});

test("a kick from the server is the end, and says why", () => {
  for (const code of ["kicked", "banned", "name_released"]) {
    const { alice } = lab();
    alice.chat.received(`${JSON.stringify({ status: "error", sender: "SERVER", receiver: "Alice", text: "Out!", code })}\n`);
    alice.chat.closed(1000);

    assert.deepEqual([alice.phase, alice.chat.state.code, alice.chat.state.text], ["over", code, "Out!"]);
  }
});

test("a name that is taken is refused, and another one can be tried over the same connection", () => {
  const { clock, model } = lab();
  const other = new Client(model, clock, "Bob");
  other.chat.signIn("Bob");
  clock.pass(10);
  const refused = [other.phase, other.chat.state.code];
  other.chat.signIn("Carol", { room: "lab" });
  clock.pass(10);

  assert.deepEqual([refused, other.phase, other.room("lab").joined], [["refused", "username_taken"], "up", true]);
  assert.equal(model.connections.size, 3);
});

test("a user whose name was taken meanwhile keeps rooms and messages under another name", () => {
  const { clock, model, alice, bob } = lab();
  bob.chat.type("before");
  clock.pass(10);
  model.kill();
  clock.pass(10);
  model.users.clear(); // the token has expired
  model.start();
  const thief = new Client(model, clock, "Alice");
  thief.chat.signIn("Alice");
  clock.pass(5000);
  const refused = alice.phase;
  alice.chat.signIn("Alice2");
  clock.pass(10);
  bob.chat.type("after");
  clock.pass(10);

  assert.deepEqual([refused, alice.phase, texts(alice.room("lab"))], ["refused", "up", ["before", "after"]]);
});

test("a room that a moderator has removed the user from is not joined again", () => {
  const { clock, model, alice } = lab();
  model.kick("Alice", "lab");
  clock.pass(10);
  const told = alice.notices();
  alice.chat.closed(1006);
  clock.pass(3000);

  assert.deepEqual([alice.room("lab").joined, alice.room("lab").ended], [false, "Mod has kicked you from 'lab'"]);
  assert(told.includes("Mod has kicked you from 'lab'"));
});

test("a room that is gone when the user comes back is told", () => {
  const { clock, model, alice } = lab();
  alice.chat.closed(1006);
  model.logs.delete("#lab");
  clock.pass(3000);

  assert.deepEqual([alice.phase, alice.room("lab").joined], ["up", false]);
  assert(alice.notices().includes("Chat room 'lab' does not exist"));
});

test("a `create` without an answer does not fail because the room exists", () => {
  const { clock, model, alice } = lab();
  alice.chat.type("/create den");
  clock.later(0, () => (alice.isDeaf = true));
  clock.pass(10);
  model.kill();
  alice.isDeaf = false;
  clock.pass(10);
  model.start();
  clock.pass(3000);

  assert(alice.room("den").joined);
});

test("private messages that were missed come, and own ones keep their place", () => {
  const { clock, model, alice, bob } = lab();
  alice.chat.type("/msg Bob one");
  clock.pass(10);
  alice.isDeaf = true;
  bob.chat.type("/msg Alice two");
  clock.pass(10);
  alice.chat.closed(1006);
  alice.isDeaf = false;
  alice.chat.type("/msg Bob three");
  clock.pass(3000);
  model.kill();
  clock.pass(10);
  model.start();
  clock.pass(3000);

  assert.deepEqual(texts(alice.dialog("Bob")), ["one", "two", "three"]);
  assert.deepEqual(texts(bob.dialog("Alice")), ["one", "two", "three"]);
});

test("after a reload the conversation that was in view is in view, even without a server", () => {
  const { clock, model, alice } = lab();
  const saved = alice.unload();
  model.kill();
  const again = new Client(model, clock, "Alice", { saved });
  again.chat.resume();

  assert.deepEqual([again.chat.store.focus, again.changes.some((change) => change.type === "focus")], [again.room("lab"), true]);
});

test("a reload resumes: rooms, drafts and counts are kept, and nothing is lost", () => {
  const { clock, model, alice, bob } = lab();
  bob.chat.type("one");
  clock.pass(10);
  alice.room("lab").draft = "half a tho";
  const saved = alice.unload();
  bob.chat.type("two");
  clock.pass(10);
  const again = new Client(model, clock, "Alice", { saved });
  const before = [again.chat.store.me, again.room("lab").name];
  again.chat.resume();
  clock.pass(100);
  again.chat.pages.older(again.room("lab"));
  clock.pass(100);

  assert.deepEqual([before, again.phase, texts(again.room("lab"))], [["Alice", "lab"], "up", ["one", "two"]]);
  assert.deepEqual([again.room("lab").draft, again.room("lab").unread], ["half a tho", 2]);
});

test("a message that was on its way during a reload is sent, once", () => {
  const { clock, model, alice, bob } = lab();
  alice.chat.type("on its way");
  const saved = alice.unload();
  clock.pass(10);
  const again = new Client(model, clock, "Alice", { saved });
  again.chat.resume();
  clock.pass(100);

  assert.deepEqual([texts(again.room("lab")), texts(bob.room("lab"))], [["on its way"], ["on its way"]]);
});

test("whatever was kept, the page begins", () => {
  const { clock, model, alice } = lab();
  const good = JSON.parse(JSON.stringify(alice.chat.snapshot()));
  /** @type {unknown[]} */
  const garbage = [null, 7, "x", [], [[]], {}, { link: 7 }, { link: {} }, { link: { name: "A", token: 7 } }, { link: { name: "", token: "" } }];
  for (const junk of [null, 7, "x", [], {}, [null, 7, {}, { name: 7 }], -1, 1e300]) {
    for (const key of Object.keys(good)) garbage.push({ ...good, [key]: junk });
    for (const key of Object.keys(good.link)) garbage.push({ ...good, link: { ...good.link, [key]: junk } });
    for (const key of good.rest.keys()) garbage.push({ ...good, rest: good.rest.with(key, junk) });
    for (const key of good.rest[5][0].keys()) garbage.push({ ...good, rest: good.rest.with(5, [good.rest[5][0].with(key, junk)]) });
  }
  for (const saved of garbage) {
    const again = new Client(model, clock, "Alice", { saved });
    again.chat.resume();
    clock.pass(100);

    assert.equal(typeof JSON.stringify(again.chat.snapshot()), "string", JSON.stringify(saved));
  }
});

test("an account is back in its rooms at once, and told of those that it is not in any more", () => {
  const { clock, model, bob } = lab();
  model.users.set("account", { name: "Carol", token: "account", account: true, rooms: new Set(["lab", "den"]), devices: new Set() });
  const carol = new Client(model, clock, "Carol");
  carol.chat.signIn("Carol");
  clock.pass(10);
  const asked = [carol.phase, carol.chat.state.code];
  carol.chat.signIn("Carol", { password: "secret" });
  clock.pass(10);
  carol.chat.closed(1006);
  bob.chat.type("missed");
  model.users.get("account")?.rooms.delete("den");
  clock.pass(3000);

  assert.deepEqual([asked, carol.phase, carol.chat.store.claimed], [["refused", "password_required"], "up", true]);
  assert.deepEqual([carol.room("lab").joined, texts(carol.room("lab")), carol.room("den").joined], [true, ["missed"], false]);
});

/** Return two signed-in devices of one account, which is in the room lab. */
function devices() {
  const { clock, model } = lab();
  model.users.set("account", { name: "Carol", token: "account", account: true, rooms: new Set(["lab"]), devices: new Set() });
  const [phone, laptop] = [new Client(model, clock, "Carol"), new Client(model, clock, "Carol")];
  for (const device of [phone, laptop]) {
    device.chat.signIn("Carol", { password: "secret" });
    clock.pass(10);
  }
  return { clock, phone, laptop };
}

test("own messages from another device arrive, and are read", () => {
  const { clock, phone, laptop } = devices();
  phone.chat.type("from the phone");
  phone.chat.type("/msg Bob psst");
  clock.pass(10);

  assert.deepEqual([texts(laptop.room("lab")), texts(laptop.dialog("Bob"))], [["from the phone"], ["psst"]]);
  assert.deepEqual([laptop.dialog("Bob").unread, laptop.room("lab").messages.findLast((row) => row.kind === "said")?.own], [0, true]);
});

test("a room that another device has left is not missed", () => {
  const { clock, phone, laptop } = devices();
  phone.chat.type("/leave lab");
  clock.pass(10);
  laptop.chat.received('{"status":"group","sender":"SERVER","receiver":"lab","text":"","event":"left","user":"Carol"}\n');
  laptop.changes = [];
  laptop.chat.closed(1006);
  clock.pass(3000);

  assert.deepEqual([laptop.phase, laptop.room("lab"), laptop.notices()], ["up", null, []]);
});

test("the same text from two devices at once is shown twice, as it was said", () => {
  const { clock, model } = lab();
  model.users.set("account", { name: "Carol", token: "account", account: true, rooms: new Set(["lab"]), devices: new Set() });
  const devices = [new Client(model, clock, "Carol"), new Client(model, clock, "Carol")];
  for (const device of devices) {
    device.chat.signIn("Carol", { password: "secret" });
    clock.pass(10);
  }
  for (const device of devices) device.chat.type("same");
  clock.pass(10);

  for (const device of devices) assert.deepEqual(texts(device.room("lab")), ["same", "same"]);
});

test("through random losses, kills, sleeps and reloads, all pages show what the server has, once and in order", () => {
  for (let seed = 1; seed <= 100; seed++) storm(seed);
});

/** @param {number} seed */
function storm(seed) {
  const random = seeded(seed);
  const clock = new Clock();
  const model = new Model(clock);
  if (random() < 0.3) model.mostReplayed = 4;
  const how = { random, delay: () => Math.floor(random() * 60) };
  const names = ["Ann", "Bob", "Cid"];
  const clients = names.map((name) => new Client(model, clock, name, how));
  model.logs.set("#lab", []);
  clients.forEach((client) => client.chat.signIn(client.name, { room: "lab" }));
  clock.pass(1000);
  let count = 0;
  for (let step = 0; step < 60; step++) {
    const at = Math.floor(random() * clients.length);
    const client = /** @type {Client} */ (clients[at]);
    const dice = random();
    if (dice < 0.5) client.chat.type(`${client.name} ${++count}`);
    else if (dice < 0.6) client.chat.type(`/msg ${oneOf(random, names)} ${client.name} ${++count}`);
    else if (dice < 0.68) client.chat.closed(1006);
    else if (dice < 0.71) client.isDeaf = true;
    else if (dice < 0.74) client.recover();
    else if (dice < 0.8) (model.isUp ? model.kill() : model.start());
    else if (dice < 0.85) client.chat.hurry();
    else if (dice < 0.88) clients[at] = reloaded(client, how);
    clock.pass(random() * (random() < 0.1 ? 60_000 : 200));
  }
  if (!model.isUp) model.start();
  for (const client of clients) client.recover();
  clock.pass(400_000);
  check(seed, model, clients, count);
}

/**
 * @param {Client} client
 * @param {{random: () => number, delay: () => number}} how
 */
function reloaded(client, how) {
  const saved = client.unload();
  const again = new Client(client.model, client.clock, client.name, { ...how, saved });
  if (saved) again.chat.resume();
  else again.chat.signIn(client.name, { room: "lab" });
  return again;
}

/**
 * @param {number} seed
 * @param {Model} model
 * @param {Client[]} clients
 * @param {number} count
 */
function check(seed, model, clients, count) {
  const said = [...model.logs].flatMap(([, log]) => log.map((kept) => kept.text));
  assert.equal(new Set(said).size, said.length, `seed ${seed}: said twice`);
  let failed = 0;
  for (const { chat, clock, name } of clients) {
    assert.equal(chat.state.phase, "up", `seed ${seed}: ${name}`);
    for (const conversation of chat.store.conversations.values()) {
      const partner = conversation.kind === "room" ? `#${conversation.name}` : [name, conversation.name].sort().join(" ");
      const log = model.logs.get(partner) ?? [];
      assert(conversation.pending.every((row) => row.state === "failed"), `seed ${seed}: ${name} waits in ${partner}`);
      failed += conversation.pending.length;
      loadAll(chat, conversation, clock);
      const { messages } = conversation;
      const numbered = messages.filter((row) => row.numbered);
      assert.deepEqual(numbered.map((row) => row.text), log.map((kept) => kept.text), `seed ${seed}: ${name} in ${partner}`);
      assert.equal(new Set(messages).size, messages.length);
    }
  }
  assert.equal(said.length + failed, count, `seed ${seed}: lost`);
}

/**
 * Load everything that is older, and every gap.
 *
 * @param {import("../../classchat/web/chat.js").Chat} chat
 * @param {import("../../classchat/web/types.js").Conversation} conversation
 * @param {Clock} clock
 */
function loadAll(chat, conversation, clock) {
  if (conversation.kind === "user") chat.pages.latest(conversation); // own messages of the page before a reload
  clock.pass(1000);
  for (let tries = 0; tries < 30; tries++) {
    chat.pages.older(conversation);
    const gap = conversation.messages.findIndex((_, at) => missingAbove(conversation, at) > 0);
    if (gap >= 0) fill(chat.pages, conversation, gap);
    else if (conversation.atStart) break;
    clock.pass(1000);
  }
}
