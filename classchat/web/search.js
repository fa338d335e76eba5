/** The search, whose results lead to the messages. */

/** @import { Chat } from "./chat.js" */
/** @import { Change, Spoken } from "./types.js" */

import { dialog, walk } from "./dialogs.js";
import { h, named } from "./dom.js";
import { userKey } from "./names.js";
import { strings } from "./strings.js";
import { shown, shownName } from "./text.js";
import { clock, day } from "./times.js";

/** The dialog for searching. */
export class Search {
  /**
   * @param {Chat} chat
   * @param {(name: string, kind: "room"|"user", seq: number) => void} goTo
   */
  constructor(chat, goTo) {
    this.chat = chat;
    this.goTo = goTo;
    this.words = h("input", { type: "text", role: "searchbox", enterkeyhint: "search", "aria-label": strings.searchFor, placeholder: strings.searchFor, dir: "auto", maxlength: 500 });
    this.here = h("input", { type: "checkbox" });
    this.status = h("p", { role: "status" });
    this.results = h("ul", { class: "results", "aria-label": strings.results, keydown: walk });
    this.more = h("button", { type: "button", text: strings.more, hidden: true, click: () => this.run("/search more") });
    /** @type {HTMLDialogElement|null} */
    this.dialog = null;
  }

  open() {
    if (this.dialog?.open) return;
    const { focus } = this.chat.store;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const place = focus && this.here.checked ? ` in:${focus.kind === "user" ? "@" : ""}${focus.name}` : "";
      this.run(`/search ${this.words.value.replace(/\s+/g, " ")}${place}`);
    };
    const only = focus && h("label", { class: "check" }, this.here, h("span", {}, strings.onlyIn, named(shownName(focus.name))));
    this.dialog = dialog(strings.search, h("form", { submit }, this.words, only, h("div", { class: "buttons" }, h("button", { class: "main", text: strings.search }))), this.status, this.results, this.more);
    this.words.focus();
    this.words.select();
  }

  /** @param {string} command */
  run(command) {
    this.status.textContent = this.chat.type(command) || strings.searching;
    this.again = command === "/search more";
    if (!this.again) this.results.replaceChildren();
    this.more.hidden = true;
  }

  /** @param {Extract<Change, {type: "found"}>} change */
  show({ found, more }) {
    this.open();
    if (!this.again) this.results.replaceChildren();
    this.results.append(...found.map((line) => h("li", {}, this.result(line))));
    const count = this.results.childElementCount;
    this.status.textContent = count ? strings.found(count, more) : strings.nothingFound;
    this.more.hidden = !more;
  }

  /** @param {Spoken} line */
  result(line) {
    const { status, sender, receiver, text, seq, time } = line;
    const room = status === "group";
    const name = room || userKey(sender) === userKey(this.chat.store.me) ? receiver : sender;
    const when = Date.parse(time ?? "") || 0;
    const open = () => {
      this.dialog?.close();
      this.goTo(name, room ? "room" : "user", seq ?? 0);
    };
    return h("button", { type: "button", class: "item", click: open },
      h("small", {}, named(shownName(sender)), ` · ${room ? "#" : "@"}`, named(shownName(name)), ` · ${day(when)}, ${clock(when)}`),
      h("div", { dir: "auto", text: shown(text).slice(0, 400) }));
  }
}
