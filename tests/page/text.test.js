/** Texts of other users: what is shown of them, and what becomes a link. */

import assert from "node:assert/strict";
import test from "node:test";
import { runInNewContext } from "node:vm";

import { mentions } from "../../classchat/web/mentions.js";
import { segments, shown, shownName } from "../../classchat/web/text.js";
import { oneOf, seeded } from "./seeded.js";

/** @param {string} text */
const links = (text) => segments(text, "Alice").filter((one) => one.kind === "link").map((one) => one.text);

/** @param {string} text */
const cut = (text) => segments(text, "Alice").map((one) => [one.kind, one.text]);

test("http and https links are links, without the punctuation around them", () => {
  const cases = {
    "see https://x.org/a.": "https://x.org/a",
    "(http://x.org/a)": "http://x.org/a",
    "https://en.wikipedia.org/wiki/Set_(mathematics)": "https://en.wikipedia.org/wiki/Set_(mathematics)",
    "(see https://x.org/Set_(a))!": "https://x.org/Set_(a)",
    "https://x.org/a?b=c&d=(e)": "https://x.org/a?b=c&d=(e)",
    "HTTPS://X.ORG/A,": "HTTPS://X.ORG/A",
    "<https://x.org/>": "https://x.org/",
    "\"https://x.org/a\"": "https://x.org/a",
    "**https://x.org/a**": "https://x.org/a",
    "\u2068https://x.org/a\u2069": "https://x.org/a",
    "看https://x.org/a。好": "https://x.org/a",
  };
  for (const [text, link] of Object.entries(cases)) assert.deepEqual(links(text), [link], text);
});

test("nothing else is a link", () => {
  const texts = [
    "javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)//https:/x", "https://", "http://)", "xhttps://x.org",
    "ftp://x.org/a", "file:///etc/passwd", "vbscript:x", "https:x.org", "www.x.org", "blob:https:", "https://?x",
  ];
  for (const text of texts) assert.deepEqual(links(text), [], text);
});

test("a link leads where it says", () => {
  const [link] = segments("https://bücher.example/a\u202eb", "Alice");

  assert.equal(link?.kind, "link");
  assert(link?.href?.startsWith("https://xn--bcher-kva.example/"));
});

test("fenced code is a block, whose marks are gone", () => {
  assert.deepEqual(cut("look:\n```python\nprint(1)\n  x\n```\nok"), [
    ["text", "look:"], ["block", "print(1)\n  x"], ["text", "ok"],
  ]);
});

test("a fence that nothing closes is text", () => {
  assert.deepEqual(cut("```\na"), [["text", "```\na"]]);
  assert.deepEqual(cut("```\na\n```\n```\nb"), [["block", "a"], ["text", "```\nb"]]);
});

test("a mention is marked with its @", () => {
  assert.deepEqual(cut("@Alice, @alice @@Alice Alice"), [
    ["mention", "@Alice"], ["text", ", "], ["mention", "@alice"], ["text", " @"], ["mention", "@Alice"], ["text", " "], ["mention", "Alice"],
  ]);
});

test("code holds no links and no mentions", () => {
  assert.deepEqual(cut("`https://x.org Alice` Alice"), [
    ["code", "https://x.org Alice"], ["text", " "], ["mention", "Alice"],
  ]);
  assert.deepEqual(cut("```\nAlice https://x.org\n```"), [["block", "Alice https://x.org"]]);
});

test("a lone backtick is text", () => {
  assert.deepEqual(cut("a ` b"), [["text", "a ` b"]]);
  assert.deepEqual(cut("a `b\nc` d"), [["text", "a `b\nc` d"]]);
});

test("control characters, separators and lone surrogates are replaced", () => {
  for (const one of "\x00\x07\x08\x0b\x1b\x7f\x85\x9b\u2028\u2029\ufff9\u{1d173}") assert.equal(shown(`a${one}b`), "a\ufffdb");
  assert.equal(shown("a\ud83db"), "a\ufffdb");
  assert.equal(shown("a\tb\nc 🎉"), "a\tb\nc 🎉");
});

test("at most eight marks stand on one letter", () => {
  assert.equal(shown(`a${"\u0301".repeat(200)}b`), `a${"\u0301".repeat(8)}b`);
  assert.equal(shownName(`a${"\u0301".repeat(50)}`), `a${"\u0301".repeat(8)}`);
});

test("what reverses text is closed at the end of its line, and overrides are replaced", () => {
  assert.equal(shown("\u202egnp.exe"), "\ufffdgnp.exe");
  assert.equal(shown("\u202babc\ndef"), "\u202babc\u202c\ndef");
  assert.equal(shown("\u2067abc"), "\u2067abc\u2069");
  assert.equal(shown("\u2069\u202c"), "\ufffd\ufffd");
});

test("a name is one line, without anything that reverses or hides", () => {
  assert.equal(shownName("a\nb\u202ec\u200fd\u00ade"), "a\ufffdb\ufffdc\ufffdd\ufffde");
  assert.equal(shownName("x".repeat(100)).length, 64);
});

const OPENING = { "\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069" };
const WILD = [...Object.entries(OPENING).flat(), ..."\u202d\u202e`\n\x1b\u0301\ud83d()<>: .@/aAé你", "```", "https://", "Alice", "🎉"];

test("whatever arrives, every line closes what it opens, and the segments are harmless", () => {
  for (let seed = 1; seed <= 1500; seed++) {
    const random = seeded(seed);
    const text = Array.from({ length: random() * 40 }, () => oneOf(random, WILD)).join("");
    for (const line of shown(text).split("\n")) assert(isBalanced(line), `seed ${seed}: ${JSON.stringify(text)}`);
    for (const { kind, text: part, href } of segments(text, "Alice")) {
      assert(!/[\u202d\u202e\x1b]/.test(part), `seed ${seed}`);
      assert.equal(kind === "link", href !== undefined);
      assert(href === undefined || /^https?:\/\/[^/]/.test(href), `seed ${seed}: ${href}`);
    }
  }
});

test("without code, the segments together are the text", () => {
  for (let seed = 1; seed <= 1000; seed++) {
    const random = seeded(seed);
    const text = Array.from({ length: random() * 40 }, () => oneOf(random, WILD)).join("").replaceAll("`", "'");

    assert.equal(segments(text, "Alice").map((one) => one.text).join(""), shown(text), `seed ${seed}`);
  }
});

/** @param {string} line */
function isBalanced(line) {
  const open = [];
  for (const one of line) {
    if (one in OPENING) open.push(OPENING[/** @type {keyof typeof OPENING} */ (one)]);
    else if ((one === "\u202c" || one === "\u2069") && open.pop() !== one) return false;
  }
  return open.length === 0;
}

const HOSTILE = [
  "a", "`", "``` \n", "```\n", "\n", "(", ")", "https://", "https://a.b/(", "https://a)", "http://x.y/...", "a.", "a-", "-.", "@",
  "a@", "a@b.", "alice ", "Alice.", "é ", "é.", "\u0301", "\u202b", "\u202b\n", "\u2069", "www.", "a:1/", "x.y/", "1.", "é你", "Alice@[", "🎉",
  "a+", "_", "...", "…é", "\ud83d", "[1:", "a://",
];

test("a text of the longest line takes no longer than in proportion to its length", () => {
  for (const part of HOSTILE) {
    const text = part.repeat(Math.ceil(65_536 / part.length));
    // What is quadratic takes minutes with these: the limit is far from what the machine's load changes.
    const work = { run: () => [segments(text, "Alice"), mentions(text, "Éa"), shownName(text)] };

    assert(runInNewContext("run()", work, { timeout: 5000 }), part);
  }
});
