/** Mentions in the page are those of the terminal: the same cases as in tests/unit/client/screen/test_state.py. */

import assert from "node:assert/strict";
import test from "node:test";

import { mentions, mentionsIn } from "../../classchat/web/mentions.js";

test("the user's name as a word of its own is a mention, in any spelling", () => {
  for (const text of ["Alice", "alice?", "@Alice: look", "ask ALICE.", "(Alice)", "\nAlice\n", "Alice..."]) {
    assert(mentions(text, "Alice"), text);
  }
});

test("a character of another kind or script ends a name, as a space does", () => {
  const texts = [
    "that is Alice’s turn", "Alice，你好", "@Alice：看", "see Alice。", "«Alice»", "¿Alice?", "Alice، look", "你好Alice",
    "Alice님", "Alice—look", "_Alice_", "hey,@Alice", "see https://x.org/a, Alice", "~Alice~", "#Alice", "Alice&Bob",
    "100%Alice", "Alice^", "at 10:30/Alice", "bob@x.org asks Alice", "Alice🎉", "\u2068Alice\u2069",
  ];
  for (const text of texts) {
    assert.deepEqual(mentionsIn(text, "Alice").map(([begin, end]) => text.slice(begin, end)), ["Alice"], text);
  }
});

test("a name in a script without spaces between words is found", () => {
  const cases = /** @type {[string, string][]} */ ([
    ["王伟，你好", "王伟"], ["王伟你好", "王伟"], ["철수야", "철수"], ["สมชายครับ", "สมชาย"], ["Zoe\u0308’s", "Zoë"],
    ["हिन्दी।", "हिन्दी"],
  ]);
  for (const [text, name] of cases) assert(mentions(text, name), text);
});

test("a name within an address, a link or another name is not a mention", () => {
  const texts = [
    "alice@x.org", "bob@alice.org", "mailto:a.alice+b@x.org", "https://x.org/alice", "alice@例え.jp", "alice@[::1]",
    "git@x.org:alice/notes.git", "x.org:8080/alice", "x.org?user=alice", "localhost:8080/alice",
    "https://alice.org/?u=alice&x", "www.x.org/Alice", "x.org/alice", "ssh://alice:x@host", "Alice-Bob", "Alice\u0301",
    "Alices", "malice", "Alice2", "Al ice", "", "Alice_B", "x.Alice", "Alice".repeat(99),
  ];
  for (const text of texts) assert(!mentions(text, "Alice"), text);
});

test("several mentions are found where they stand", () => {
  assert.deepEqual(mentionsIn("bob: @bob, see x.org/bob, Bob!", "Bob"), [[0, 3], [6, 9], [26, 29]]);
});
