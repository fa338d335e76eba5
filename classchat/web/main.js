/**
 * The beginning: asks for a name at once, and loads the chat while the user types it; or signs in as before a
 * reload. At `…/show` the room is shown for a projector.
 */

/** @import { Chat } from "./chat.js" */
/** @import { Change } from "./types.js" */

import * as entry from "./entrytexts.js";
import { Join } from "./join.js";
import { worldOf } from "./socket.js";
import { Tabs, keep, kept, linkedTo, stays } from "./storage.js";

const KEEP_EVERY = 1000; // ms

const { room } = linkedTo();
const shows = room !== "" && /\/show\/?$/.test(location.pathname);

/** A browser opens a dropped file in place of the page; page.js takes it. */
window.ondragover = window.ondrop = (event) => {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
};

/**
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {(change: Change) => void} notify
 * @property {() => void} followLink The page's address has changed.
 * @property {(code?: string) => boolean} [signIn] Sign in without asking for a name; return whether it was tried. `code` says why the last name was refused.
 */

/** One tab, from the form to the chat. */
class Tab {
  constructor() {
    this.tabs = new Tabs();
    this.stay = stays();
    this.keeping = 0;
    /** @type {Change[]} What the view is told in a moment: all of a frame's lines at once. */
    this.changes = [];
    this.join = new Join(room, (name, how) => {
      this.stay = how.stay;
      this.chat?.signIn(name, { ...how, room: linkedTo().room });
    });
    /** @type {Chat|null} */
    this.chat = null;
    /** @type {View|null} */
    this.view = null;
  }

  async begin() {
    const saved = shows ? null : kept();
    if (!saved && !shows) {
      this.show(this.join.element);
      await this.join.begun;
    }
    const { chatOf, viewOf } = await import("./page.js");
    /** @type {Chat} */
    const chat = await chatOf(worldOf(() => chat), (change) => this.notified(change), saved);
    this.chat = chat;
    this.view = await viewOf(chat, () => this.leave(), shows);
    this.listen(chat);
    if (this.view.signIn) {
      this.show(this.view.element);
      this.view.signIn();
    } else if (!chat.store.me) {
      this.join.ready();
      this.show(this.join.element);
    } else {
      const { resume } = await import("./elsewhere.js");
      await resume(this, chat, this.view);
    }
  }

  /** @param {Chat} chat */
  listen(chat) {
    window.onhashchange = () => chat.state.phase === "up" && this.view?.followLink();
    window.ononline = window.onpageshow = () => chat.hurry();
    window.onpagehide = ({ persisted }) => {
      this.keep();
      if (persisted) chat.closed(0); // the browser keeps the page, in case the user comes back, but not its connection
    };
    document.onvisibilitychange = () => document.hidden || chat.hurry();
  }

  /** @param {Change} change */
  notified(change) {
    if (this.changes.push(change) === 1) queueMicrotask(() => this.tell());
  }

  tell() {
    for (const change of this.changes.splice(0)) {
      if (change.type === "link") this.moved();
      this.view?.notify(change);
    }
    if (!this.keeping) this.keeping = window.setTimeout(() => this.keep(), KEEP_EVERY);
  }

  /** The connection has changed: show the form, or the chat. */
  moved() {
    const { chat, view, join } = this;
    if (!chat || !view) return;
    const { phase, code } = chat.state;
    if (phase === "up") {
      this.tabs.me = chat.store.me;
      this.show(view.element);
    } else if ((phase === "refused" && !view.signIn?.(code)) || (phase === "over" && join.element.isConnected)) {
      this.show(join.element);
      join.ready();
      void join.refused(chat.state);
    } else if (phase === "away" && join.element.isConnected) {
      join.waits(chat.state.text);
    }
  }

  keep() {
    clearTimeout(this.keeping);
    this.keeping = 0;
    if (!shows && this.chat) keep(this.chat.snapshot(), this.stay);
  }

  leave() {
    this.chat?.quit();
    this.chat = null;
    this.forget();
  }

  forget() {
    keep(null, false);
    location.reload();
  }

  /** @param {HTMLElement} element */
  show(element) {
    if (element.isConnected) return;
    document.getElementById("app")?.replaceChildren(element);
    /** @type {HTMLElement|null} */ (element.querySelector("#name, #message"))?.focus();
  }
}

const tab = new Tab();
tab.begin().catch((error) => {
  tab.show(tab.join.element);
  void tab.join.refused({ code: "", text: `${entry.notLoaded} ${error.message}` });
});
