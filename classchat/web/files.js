/** What the page does with files: shows those of others in the log, and shares the user's. Loaded with the first one. */

import { carrierOf, digestOf, ended } from "./carrier.js";
import { h } from "./dom.js";
import * as texts from "./filetexts.js";
import { styled } from "./look.js";
import { drawFile } from "./pictures.js";
import { Shares } from "./shares.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";
import { Tray } from "./tray.js";
import { NotUploaded, upload } from "./uploading.js";

/** @import { Page } from "./page.js" */
/** @import { Share } from "./shares.js" */
/** @import { Change, Conversation, Message } from "./types.js" */

const DRAGGED = 600; // ms after the last sign of a drag until it is over: browsers give one every 350 ms, or more often
const PASTED = /^image\.(png|jpe?g|gif|webp|bmp|tiff)$/; // what browsers call a picture without a name

/**
 * Begin to show and share files.
 *
 * @param {Page} page
 */
export async function showFiles(page) {
  await Promise.all([styled(), styled(new URL("./files.css", import.meta.url).href)]);
  page.sharing ??= new Files(page); // the user and the log may ask for it at the same time
  for (const [message, { item }] of page.log.drawn) page.sharing.drew(message, item);
  page.log.resized();
}

/** Files in one page. */
export class Files {
  /** @param {Page} page */
  constructor(page) {
    const { chat } = page;
    this.page = page;
    this.shares = new Shares({
      ask: (request) => chat.link.ask(request),
      link: () => chat.state,
      digest: ({ file, stop }) => digestOf(/** @type {File} */ (file), stop.signal),
      upload: ({ file, link, stop, conversation }, progress) => {
        const online = () => this.online(conversation, stop.signal);
        return upload(carrierOf(/** @type {File} */ (file), link, stop.signal, online), file.size, progress);
      },
      withdraw: (link) => void fetch(link, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => {}), // it ends by itself
      notify: (share, what) => this.told(share, what),
    });
    chat.classes = true; // so that answers are Changes
    /** @type {Set<() => void>} What goes on when the connection is back. */
    this.waiting = new Set();
    this.tray = new Tray(page, this.shares);
    this.zone = h("div", { class: "zone", hidden: true }, h("p", { text: texts.dropHere }));
    this.dragging = 0;
    this.chooser = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, change: () => this.chosen() });
    this.holdsPage = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    page.composer.element.before(this.tray.element);
    page.room.append(this.zone, this.chooser);
  }

  // The page calls.

  /**
   * Show the file of a message in its row.
   *
   * @param {Message} message
   * @param {HTMLLIElement} item
   */
  drew(message, item) {
    drawFile(this.page.log, message, item);
  }

  /**
   * Take an answer of the server.
   *
   * @param {Extract<Change, {type: "class"}>} change
   */
  heard({ request, line }) {
    if (request?.status === "file" && (line.status === "success" || line.status === "error")) this.shares.answered(request, line);
  }

  /** Draw the list again, and go on: another conversation may be in view, or the connection has changed. */
  draw() {
    this.tray.draw();
    this.shares.moved();
    if (this.page.chat.state.phase !== "up") return;
    for (const goOn of this.waiting) goOn();
    this.waiting.clear();
  }

  /**
   * Take files that are dragged over the page, dropped or pasted; on a click let the user choose some.
   *
   * @param {string} how The type of the event.
   * @param {File[]} files
   */
  offered(how, files) {
    if (document.querySelector("dialog[open]")) return;
    clearTimeout(this.dragging);
    this.zone.hidden = how !== "dragover";
    if (how === "dragover") this.dragging = window.setTimeout(() => (this.zone.hidden = true), DRAGGED);
    else if (how === "click") this.choose();
    else this.add(files, how === "paste");
  }

  // What the user does.

  choose() {
    if (this.place()) this.chooser.click();
  }

  chosen() {
    this.add([...(this.chooser.files ?? [])], false);
    this.chooser.value = ""; // so that the same file can be chosen again
  }

  /**
   * @param {File[]} files
   * @param {boolean} pasted
   */
  add(files, pasted) {
    const conversation = this.place();
    if (!conversation || !files.length) return;
    const wrong = this.shares.add(conversation, files, ({ name }) => (pasted && PASTED.test(name) ? texts.pasted(new Date(), name) : name));
    if (wrong) this.page.notice(wrong, true);
    this.tray.ask(conversation);
    void this.learnMost();
  }

  /** Return the conversation in view; say so if there is none to share a file with. */
  place() {
    const { focus } = this.page.chat.store;
    const wrong = !focus ? strings.noFocus : focus.kind === "room" && !focus.joined ? strings.elsewhereRoom(shownName(focus.name)) : "";
    if (wrong) this.page.notice(wrong, true);
    return wrong ? null : focus;
  }

  /** Ask how large a file may be. */
  async learnMost() {
    try {
      const { headers } = await fetch("upload/", { method: "OPTIONS" });
      const most = headers.get("Tus-Max-Size");
      if (most) this.shares.bound(Number(most));
    } catch {
      // The server says it when the file is shared.
    }
  }

  // What becomes of it.

  /**
   * Wait until the connection is up, and the user is back in their rooms.
   *
   * @param {Conversation} conversation
   * @param {AbortSignal} signal
   * @throws {NotUploaded} The user was removed from the room.
   */
  async online(conversation, signal) {
    signal.throwIfAborted();
    if (this.page.chat.state.phase !== "up") await ended(signal, (end) => this.waiting.add(end));
    if (conversation.kind === "room" && !conversation.joined) throw new NotUploaded(texts.notMember);
  }

  /**
   * @param {Share|null} share
   * @param {"changed"|"sent"|"failed"} what
   */
  told(share, what) {
    if (share && what !== "changed") {
      const name = shownName(share.name);
      if (what === "sent") this.page.announcer.say(texts.isShared(name, shownName(share.conversation.name)));
      else this.page.announcer.error(texts.notShared(name, share.error));
    }
    if (this.shares.isBusy) window.addEventListener("beforeunload", this.holdsPage);
    else window.removeEventListener("beforeunload", this.holdsPage);
    this.tray.later();
  }
}
