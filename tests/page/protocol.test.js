/** The lines of the protocol, as the page reads and writes them. */

import assert from "node:assert/strict";
import test from "node:test";

import { LONGEST_LINE, fits, readFrame, writeLine } from "../../classchat/web/protocol.js";
import { oneOf, seeded } from "./seeded.js";

test("a frame holds one or more lines", () => {
  const lines = readFrame('{"status":"group","sender":"Bob","receiver":"lab","text":"a","seq":1}\n{"status":"success","id":"7"}\r\n\n');

  assert.deepEqual(lines, [
    { status: "group", sender: "Bob", receiver: "lab", text: "a", seq: 1 },
    { status: "success", sender: "", receiver: "", text: "", id: "7" },
  ]);
});

test("unknown fields, and fields of another type, are left out", () => {
  const [line] = readFrame('{"status":"error","text":7,"code":[],"id":"1","seq":-1,"missed":1.5,"gap":"yes","later":1,"more":null,"rooms":{}}');

  assert.deepEqual(line, { status: "error", sender: "", receiver: "", text: "", id: "1" });
});

test("lists keep the entries that have a name", () => {
  const [line] = readFrame('{"status":"success","users":[{"name":"Bob"},{"name":7},null,[],"x",{}],"more":3}');

  assert(line?.status === "success");
  assert.deepEqual([line.users, line.more], [[{ name: "Bob" }], 3]);
});

test("what is no line of the protocol is left out, and nothing is thrown", () => {
  for (const frame of ["", "\n", "x", "{", "[]", "null", "7", '"x"', '{"status":7}', '{"status":"hello"}', "{}", '{"status":["group"]}']) {
    assert.deepEqual(readFrame(frame), [], frame);
  }
  const parts = ["{", "}", "[", "]", '"', ":", ",", "status", "group", "seq", "1", "null", "\\u0000", "\n", "é", "__proto__"];
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seeded(seed);
    readFrame(Array.from({ length: random() * 20 }, () => oneOf(random, parts)).join(""));
  }
});

test("a `__proto__` of the server changes no object", () => {
  readFrame('{"status":"group","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');

  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("a request is one line", () => {
  assert.equal(writeLine({ status: "group", receiver: "lab", text: "a\nb" }), '{"status":"group","receiver":"lab","text":"a\\nb"}\n');
});

test("a request fits if its bytes do, not its characters", () => {
  const request = (/** @type {string} */ text) => ({ status: "group", receiver: "lab", text });

  assert(fits(request("a".repeat(60_000))));
  assert(!fits(request("é".repeat(33_000))));
  assert(!fits(request("a".repeat(LONGEST_LINE))));
});

test("a shared file is read if it has a name and a link", () => {
  const file = { name: "notes.pdf", size: 48213, type: "application/pdf", link: "f/abc/notes.pdf" };
  const read = (/** @type {unknown} */ value) => readFrame(JSON.stringify({ status: "group", file: value }))[0];

  assert.deepEqual(/** @type {any} */ (read(file)).file, file);
  for (const value of ["notes.pdf", null, [], {}, { ...file, link: 7 }]) assert(!("file" in /** @type {object} */ (read(value))));
});
