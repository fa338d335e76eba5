/** The search, whose results lead to the messages. */

/** @import { Menus } from "./menus.js" */
/** @import { Change, Spoken } from "./types.js" */

import { dialog } from "./dialogs.js";
import { button, h, named } from "./dom.js";
import { walk } from "./keys.js";
import { userKey } from "./names.js";
import { sizeInWords } from "./filetexts.js";
import * as phrases from "./phrases.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";
import { clock, day } from "./times.js";

/** The dialog for searching. */
export class Search {
  /** @param {Menus} menus */
  constructor({ chat, desk }) {
    this.chat = chat;
    this.desk = desk;
    this.words = h("input", { type: "text", role: "searchbox", enterkeyhint: "search", "aria-label": phrases.searchFor, placeholder: phrases.searchFor, dir: "auto", maxlength: 500 });
    this.here = h("input", { type: "checkbox" });
    this.status = h("p", { role: "status" });
    this.results = h("ul", { class: "results", "aria-label": phrases.results, keydown: walk });
    this.more = button(phrases.more, () => this.run("/search more"), { hidden: true });
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
    const only = focus && h("label", { class: "check" }, this.here, h("span", {}, phrases.onlyIn, named(shownName(focus.name))));
    this.dialog = dialog(strings.search, h("form", { submit }, this.words, only, h("div", { class: "buttons" }, h("button", { class: "main", text: strings.search }))), this.status, this.results, this.more);
    this.words.focus();
    this.words.select();
  }

  /** @param {string} command */
  async run(command) {
    this.status.textContent = phrases.searching;
    this.again = command === "/search more";
    if (!this.again) this.results.replaceChildren();
    this.more.hidden = true;
    const wrong = await this.desk.typed(command, true);
    if (wrong) this.status.textContent = wrong;
  }

  /** @param {Extract<Change, {type: "found"}>} change */
  show({ found, more }) {
    this.open();
    if (!this.again) this.results.replaceChildren();
    this.results.append(...found.map((line) => h("li", {}, this.result(line))));
    const count = this.results.childElementCount;
    this.status.textContent = count ? phrases.found(count, more) : phrases.nothingFound;
    this.more.hidden = !more;
  }

  /** @param {Spoken} line */
  result(line) {
    const { status, sender, receiver, file, seq, time } = line;
    const text = file ? `${file.name} (${sizeInWords(file.size)})` : line.text;
    const room = status === "group";
    const name = room || userKey(sender) === userKey(this.chat.store.me) ? receiver : sender;
    const when = Date.parse(time ?? "") || 0;
    const open = () => {
      this.dialog?.close();
      void this.desk.goTo(name, room ? "room" : "user", seq ?? 0);
    };
    return h("button", { type: "button", class: "item", click: open },
      h("small", {}, named(shownName(sender)), ` · ${room ? "#" : "@"}`, named(shownName(name)), ` · ${day(when)}, ${clock(when)}`),
      h("div", { dir: "auto", text: shown(text).slice(0, 400) }));
  }
}
