/**
 * The files that a user shares: which, where, and how far they are. It knows neither a DOM nor a network.
 *
 *     chosen  -> waiting    start(): the user has looked at the list
 *     waiting -> reading    those before it are done: its digest is computed
 *     reading -> sending    the server has said where to upload it
 *     sending -> (gone)     it is uploaded: its message is in the conversation
 *     reading, sending -> failed -> waiting    retry()
 *
 * One file is uploaded at a time, so that their messages are in the order of the list.
 */

import * as texts from "./filetexts.js";
import { NotUploaded } from "./uploading.js";

/** @import { Answer, Conversation, LinkState, Request } from "./types.js" */

export const MOST = 50; // files in the list

/**
 * @typedef {Pick<File, "name"|"size"|"type">} Content
 *
 * @typedef {object} Share A file in the list.
 * @property {Conversation} conversation
 * @property {Content} file
 * @property {string} name
 * @property {"chosen"|"waiting"|"reading"|"sending"|"failed"} state
 * @property {number} sent Bytes that the server has.
 * @property {string} error Why it can't be shared; "".
 * @property {boolean} hopeless Whether another attempt would fail as well.
 * @property {string} digest Once it is known.
 * @property {string} link Where to upload it, once the server has said it.
 * @property {AbortController} stop
 *
 * @typedef {object} Outside What the list needs.
 * @property {(request: Request) => string} ask Send a request; return its id, or "".
 * @property {() => LinkState} link
 * @property {(share: Share) => Promise<string>} digest
 * @property {(share: Share, progress: (sent: number) => void) => Promise<void>} upload
 * @property {(link: string) => void} withdraw End an upload: it would take space for a day.
 * @property {(share: Share|null, what: "changed"|"sent"|"failed") => void} notify
 */

/** The list. */
export class Shares {
  /** @type {Share[]} */
  list = [];
  /** Bytes that a file may have. */
  most = Infinity;

  /** @type {Map<string, (answer: Answer|null) => void>} What waits for answers, by the request's id. */
  #asked = new Map();
  #works = false;

  /** @param {Outside} outside */
  constructor(outside) {
    this.outside = outside;
  }

  /** Whether closing the page would end an upload. */
  get isBusy() {
    return this.list.some(({ state }) => state === "waiting" || state === "reading" || state === "sending");
  }

  /**
   * Add files to the list; return "", or why not all of them were added.
   *
   * @param {Conversation} conversation
   * @param {Content[]} files
   * @param {(file: Content) => string} nameOf
   */
  add(conversation, files, nameOf) {
    const space = Math.max(0, MOST - this.list.length);
    for (const file of files.slice(0, space)) {
      this.list.push({ conversation, file, name: nameOf(file), state: "chosen", sent: 0, error: "", hopeless: false, digest: "", link: "", stop: new AbortController() });
    }
    this.bound(this.most);
    return files.length > space ? texts.tooMany(MOST) : "";
  }

  /**
   * Refuse those that are larger than the server takes.
   *
   * @param {number} most
   */
  bound(most) {
    this.most = most;
    for (const share of this.list) {
      if (share.state === "chosen" && share.file.size > most) this.#fail(share, texts.tooLarge(most), true);
    }
    this.outside.notify(null, "changed");
  }

  /**
   * Share what was chosen for a conversation.
   *
   * @param {Conversation} conversation
   */
  start(conversation) {
    for (const share of this.list) if (share.conversation === conversation && share.state === "chosen") share.state = "waiting";
    this.outside.notify(null, "changed");
    void this.#work();
  }

  /**
   * Remove a file, and end its upload.
   *
   * @param {Share} share
   */
  remove(share) {
    share.stop.abort(new NotUploaded(""));
    if (share.link) this.outside.withdraw(share.link);
    this.list = this.list.filter((one) => one !== share);
    this.outside.notify(null, "changed");
  }

  /** @param {Share} share */
  retry(share) {
    Object.assign(share, { state: "waiting", error: "", stop: new AbortController() });
    this.outside.notify(share, "changed");
    void this.#work();
  }

  async #work() {
    if (this.#works) return;
    this.#works = true;
    for (let next; (next = this.list.find(({ state }) => state === "waiting")); ) await this.#share(next);
    this.#works = false;
  }

  /** @param {Share} share */
  async #share(share) {
    const { outside } = this;
    this.#is(share, "reading");
    try {
      share.digest ||= await outside.digest(share);
      share.link ||= await this.#offer(share);
      this.#is(share, "sending");
      await outside.upload(share, (sent) => {
        share.sent = sent;
        outside.notify(share, "changed");
      });
      this.list = this.list.filter((one) => one !== share);
      outside.notify(share, "sent");
    } catch (error) {
      if (!this.list.includes(share)) return; // the user has removed it
      if (!(error instanceof NotUploaded)) throw error;
      const { status, message } = error;
      if (status === 404 || status === 422) share.link = ""; // that upload is gone: the next attempt begins another one
      if (status === 422) share.digest = ""; // the file was changed meanwhile
      this.#fail(share, message || (texts.REFUSED[status] ?? texts.lostAgain), false);
    }
  }

  /**
   * @param {Share} share
   * @param {Share["state"]} state
   */
  #is(share, state) {
    share.state = state;
    this.outside.notify(share, "changed");
  }

  /**
   * @param {Share} share
   * @param {string} error
   * @param {boolean} hopeless
   */
  #fail(share, error, hopeless) {
    Object.assign(share, { state: "failed", error, hopeless });
    this.outside.notify(share, "failed");
  }

  /**
   * Ask where to upload a file.
   *
   * @param {Share} share
   * @returns {Promise<string>}
   */
  async #offer({ conversation, file, name, digest, stop }) {
    if (conversation.kind === "room" && !conversation.joined) throw new NotUploaded(texts.notMember);
    const request = { status: "file", receiver: conversation.name, private: conversation.kind === "user", name, size: file.size, sha256: digest };
    const id = this.outside.ask(request);
    if (!id) throw new NotUploaded(texts.busy);
    try {
      /** @type {Answer|null} */
      const answer = await new Promise((resolve, reject) => {
        this.#asked.set(id, resolve);
        stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
      });
      if (answer?.status === "success" && answer.upload) return answer.upload;
      throw new NotUploaded(answer?.text ?? texts.ended);
    } finally {
      this.#asked.delete(id);
    }
  }

  /**
   * Take the answer to a request of this list.
   *
   * @param {Request} request
   * @param {Answer} answer
   */
  answered({ id = "" }, answer) {
    this.#asked.get(id)?.(answer);
  }

  /** The connection has changed: after its end nothing is answered any more. */
  moved() {
    const { phase } = this.outside.link();
    if (phase !== "over" && phase !== "refused" && phase !== "idle") return;
    for (const resolve of this.#asked.values()) resolve(null);
    for (const { state, stop } of this.list) if (state === "sending" || state === "reading") stop.abort(new NotUploaded(texts.ended));
  }
}
