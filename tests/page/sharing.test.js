/** Sharing files: digests, uploads, and the list of what is shared. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { Digest } from "../../classchat/web/digest.js";
import { pasted, sizeInWords } from "../../classchat/web/filetexts.js";
import { MOST, Shares } from "../../classchat/web/shares.js";
import { NotUploaded, PART, upload } from "../../classchat/web/uploading.js";
import { seeded } from "./seeded.js";

/** @import { Outside, Share } from "../../classchat/web/shares.js" */
/** @import { Answered, Carrier } from "../../classchat/web/uploading.js" */
/** @import { Answer, Conversation, Request } from "../../classchat/web/types.js" */

test("a digest is that of SHA-256, in any pieces", () => {
  for (const size of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1000, 70_000]) {
    const random = seeded(size);
    const content = Uint8Array.from({ length: size }, () => random() * 256);
    const digest = new Digest();
    for (let at = 0, end = 0; at < size; at = end) digest.add(content.subarray(at, (end = at + 1 + Math.floor(random() * 200))));

    assert.equal(digest.hex(), createHash("sha256").update(content).digest("hex"), `${size} bytes`);
  }
});

test("sizes and names of pasted pictures are written for people", () => {
  const sizes = { 0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 99_949: "99.9 kB", 999_999: "1.0 MB", 25_000_000: "25.0 MB", 500_000_000: "500 MB" };
  for (const [size, words] of Object.entries(sizes)) assert.equal(sizeInWords(Number(size)), words);
  assert.equal(pasted(new Date(2026, 10, 3, 9, 5, 7), "image.png"), "Picture 2026-11-03 09-05-07.png");
});

/**
 * Upload a content to a server that answers as `said` does, or as tus says where that returns undefined.
 *
 * @param {number} size
 * @param {(count: number, method: string) => Partial<Answered>|null|undefined} [said]
 */
async function uploaded(size, said = () => undefined) {
  let [has, count] = [0, 0];
  /** @type {(string|number)[]} */
  const seen = [];
  /** @type {Carrier} */
  const carrier = {
    online: async () => {},
    pause: async (ms) => void seen.push(ms),
    ask: async (method, offset, progress) => {
      const answer = said(++count, method);
      seen.push(method === "HEAD" ? method : offset);
      if (answer !== undefined) return answer && { status: 0, offset: NaN, text: "", ...answer };
      assert(method === "HEAD" || offset === has);
      if (method === "PATCH") has += Math.min(PART, size - offset);
      progress(has - offset);
      return { status: method === "HEAD" ? 200 : 204, offset: has, text: "" };
    },
  };
  /** @type {number[]} */
  const progress = [];
  const error = await upload(carrier, size, (sent) => progress.push(sent)).catch((wrong) => wrong);
  return { seen, progress, error: error instanceof NotUploaded ? [error.status, error.message] : error };
}

test("an upload asks once what is there, and sends parts up to the end", async () => {
  assert.deepEqual((await uploaded(0)).seen, ["HEAD"]);
  assert.deepEqual((await uploaded(7)).seen, ["HEAD", 0]);
  const { seen, progress, error } = await uploaded(2 * PART + 1);
  assert.deepEqual([seen, error], [["HEAD", 0, PART, 2 * PART], undefined]);
  assert.deepEqual([progress.at(-1), progress.every((sent, at) => sent >= (progress[at - 1] ?? 0))], [2 * PART + 1, true]);
});

test("an upload goes on where the server is after a loss, and gives up after some attempts without progress", async () => {
  const lost = await uploaded(2 * PART, (count) => (count === 3 ? null : undefined));
  assert.deepEqual([lost.seen, lost.error], [["HEAD", 0, PART, 500, "HEAD", PART], undefined]);

  const never = await uploaded(7, () => null);
  assert.deepEqual([never.seen.filter((one) => typeof one === "number"), never.error], [[500, 1000, 2000, 4000, 8000, 16_000], [0, ""]]);
  const slow = await uploaded(7, () => ({ status: 429, text: "Slow down" }));
  assert.deepEqual(slow.error, [429, "Slow down"]);
  const put = await uploaded(7, (count) => (count > 1 ? { status: 409, text: count === 2 ? "You are no member" : "" } : undefined)); // a HEAD has no text
  assert.deepEqual(put.error, [409, "You are no member"]);
});

test("an upload that is refused ends, and a server that does not speak tus is no endless loop", async () => {
  assert.deepEqual(await uploaded(7, (count) => (count === 2 ? { status: 403, text: "You are muted" } : undefined)), { seen: ["HEAD", 0], progress: [0], error: [403, "You are muted"] });
  for (const offset of [NaN, -1, 8, 0.5]) assert.match(String((await uploaded(7, () => ({ status: 200, offset }))).error), /as the tus protocol/);
});

/**
 * Return a list of files whose requests `answer` answers, and whose uploads `upload` does.
 *
 * @param {Partial<Outside> & {answer?: (request: Request) => Partial<Answer>|null}} [how]
 */
function list({ answer = () => ({ status: "success", upload: "upload/x" }), ...outside } = {}) {
  /** @type {string[]} */
  const told = [];
  /** @type {Request[]} */
  const asked = [];
  let phase = /** @type {"up"|"over"} */ ("up");
  const shares = new Shares({
    ask: (request) => {
      const id = String(asked.push(request));
      const said = answer(request);
      if (said) queueMicrotask(() => shares.answered({ ...request, id }, /** @type {Answer} */ ({ sender: "", receiver: "", text: "", ...said })));
      return id;
    },
    link: () => ({ phase, since: 0, retryAt: 0, code: "", text: "" }),
    digest: async ({ name }) => `digest of ${name}`,
    upload: async () => {},
    withdraw: (link) => void told.push(`withdrawn ${link}`),
    notify: (share, what) => share && what !== "changed" && told.push(`${what} ${share.name}`),
    ...outside,
  });
  const end = () => {
    phase = "over";
    shares.moved();
  };
  return { shares, told, asked, end };
}

const ROOM = /** @type {Conversation} */ (/** @type {unknown} */ ({ kind: "room", name: "lab", joined: true }));
const USER = /** @type {Conversation} */ (/** @type {unknown} */ ({ kind: "user", name: "Bob", joined: false }));
const file = (/** @type {string} */ name, size = 3) => ({ name, size, type: "" });
const settled = () => new Promise((resolve) => setTimeout(resolve));
const nameOf = (/** @type {{name: string}} */ { name }) => name;
const states = (/** @type {Shares} */ { list: all }) => all.map(({ name, state, error }) => [name, state, error].filter(Boolean).join(" "));

test("what is chosen is shared when the user says so, in the conversation for which it was chosen", async () => {
  const { shares, told, asked } = list();
  shares.add(ROOM, [file("a"), file("b")], nameOf);
  shares.add(USER, [file("c")], nameOf);
  shares.start(ROOM);
  await settled();

  assert.deepEqual([told, states(shares), shares.isBusy], [["sent a", "sent b"], ["c chosen"], false]);
  assert.deepEqual(asked[0], { status: "file", receiver: "lab", private: false, name: "a", size: 3, sha256: "digest of a" });
  shares.start(USER);
  await settled();
  assert.deepEqual([told.at(-1), asked.at(-1)?.private], ["sent c", true]);
});

test("a file that is too large, and more files than the list takes, are refused at once", () => {
  const { shares, asked } = list();
  assert.equal(shares.add(ROOM, [file("large", 1001), file("small", 1000)], nameOf), "");
  shares.bound(1000);
  shares.start(ROOM);

  assert.deepEqual(states(shares).map((one) => one.slice(0, 12)), ["large failed", "small readin"]);
  assert.match(shares.add(ROOM, Array.from({ length: MOST }, (_, at) => file(`${at}`)), nameOf), /^At most 50 files/);
  assert.deepEqual([shares.list.length, asked.length], [MOST, 0]);
});

test("what the server refuses says why, and can be tried again; what follows goes on", async () => {
  let refuses = true;
  const { shares, told, asked } = list({ answer: () => (refuses ? { status: "error", text: "No space" } : { status: "success", upload: "upload/x" }) });
  shares.add(ROOM, [file("a"), file("b")], nameOf);
  shares.start(ROOM);
  await settled();
  assert.deepEqual(states(shares), ["a failed No space", "b failed No space"]);
  refuses = false;
  shares.retry(/** @type {Share} */ (shares.list[0]));
  await settled();

  assert.deepEqual([told.at(-1), asked.length], ["sent a", 3]);
  const full = list({ upload: async () => Promise.reject(new NotUploaded("", 507)) });
  full.shares.add(ROOM, [file("a")], nameOf);
  full.shares.start(ROOM);
  await settled();
  assert.match(String(states(full.shares)), /disk is full/);
});

test("a room that the user has left takes no file: there may be a user of that name", async () => {
  const { shares, asked } = list();
  shares.add(/** @type {Conversation} */ ({ ...ROOM, joined: false }), [file("a")], nameOf);
  shares.start(/** @type {Conversation} */ (shares.list[0]?.conversation));
  await settled();

  assert.deepEqual([asked, states(shares).length], [[], 1]);
  assert.match(String(states(shares)), /join it, and try again/);
});

test("an upload goes on with its link when it is tried again, and with another one where that is gone", async () => {
  let status = 503;
  const { shares, asked } = list({ upload: async () => Promise.reject(new NotUploaded("no", status)) });
  shares.add(ROOM, [file("a")], nameOf);
  shares.start(ROOM);
  await settled();
  const [share] = shares.list;
  assert(share);
  for (status of [404, 422]) {
    shares.retry(share);
    await settled();
  }

  assert.deepEqual([asked.length, share.digest, share.link], [2, "", ""]);
});

test("removing a file ends its upload, and the end of the connection ends all", async () => {
  /** @type {Outside["upload"]} */
  const never = ({ stop }) => new Promise((_, reject) => stop.signal.addEventListener("abort", () => reject(stop.signal.reason)));
  const { shares, told, end } = list({ upload: never });
  shares.add(ROOM, [file("a"), file("b")], nameOf);
  shares.start(ROOM);
  await settled();
  shares.remove(/** @type {Share} */ (shares.list[0]));
  await settled();
  assert.deepEqual([told, states(shares), shares.isBusy], [["withdrawn upload/x"], ["b sending"], true]);
  end();
  await settled();
  assert.deepEqual([told.at(-1), shares.isBusy], ["failed b", false]);

  const silent = list({ answer: () => null });
  silent.shares.add(ROOM, [file("c")], nameOf);
  silent.shares.start(ROOM);
  await settled();
  silent.end();
  await settled();
  assert.deepEqual(silent.told, ["failed c"]);
});
