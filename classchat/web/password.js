/** What the form for a name has where a name alone is not enough: passwords, and other names. */

/** @import { Join } from "./join.js" */

import { button, h, put } from "./dom.js";
import * as entry from "./entrytexts.js";
import * as texts from "./passwordtexts.js";
import { isSafe } from "./socket.js";

/** @typedef {"guest"|"password"|"claim"} Mode */

const LONGEST = 32; // characters of a name

/** The fields, which are hidden while the user joins as a guest. */
export class Password {
  /** @param {Join} join */
  constructor(join) {
    this.join = join;
    this.mode = /** @type {Mode} */ ("guest");
    this.word = h("input", { name: "password", type: "password", maxlength: 256 });
    this.code = h("input", { name: "code", maxlength: 40, autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
    this.coded = h("label", {}, texts.joinCode, this.code);
    this.stay = h("input", { type: "checkbox" });
    this.secret = h("label", {}, texts.password, this.word, h("small", { text: texts.passwordRule }));
    this.staying = h("label", { class: "check" }, this.stay, texts.stay);
    this.other = button("", () => this.suggested(), { class: "link", hidden: true });
    join.error.before(this.secret, this.coded, this.staying);
    join.error.after(this.other);
    this.show("guest");
    this.invited();
  }

  /** Fill in the join code of the link, and the name that it proposes; the code does not stay in the address. */
  invited() {
    const link = new URLSearchParams(location.hash.slice(1));
    const code = link.get("code");
    if (!code) return;
    this.code.value = code;
    put(/** @type {HTMLElement} */ (this.join.element.querySelector("main > :last-child > small")), texts.codeNote);
    this.join.name.value ||= link.get("name") ?? "";
    history.replaceState(null, "", location.pathname + location.search);
  }

  /** @param {Mode} mode */
  show(mode) {
    const { button: main, modes } = this.join;
    const guest = mode === "guest";
    this.mode = mode;
    this.secret.hidden = guest;
    this.word.required = !guest;
    this.word.autocomplete = mode === "claim" ? "new-password" : "current-password";
    this.coded.hidden = mode !== "claim";
    this.staying.hidden = guest || location.protocol !== "https:";
    main.textContent = { guest: entry.join, password: texts.signIn, claim: texts.register }[mode];
    const others = isSafe() ? /** @type {const} */ ([["guest", texts.asGuest], ["password", entry.havePassword], ["claim", entry.wantPassword]]) : [];
    modes.replaceChildren(...others.filter(([to]) => to !== mode).map(([to, label]) => button(label, () => this.choose(to), { class: "link" })));
  }

  /** @param {Mode} mode */
  choose(mode) {
    const { name } = this.join;
    this.show(mode);
    (name.value && mode !== "guest" ? this.word : name).focus();
  }

  /** Return how to sign in. */
  how() {
    const secret = this.mode === "guest" ? {} : { password: this.word.value, claim: this.mode === "claim", ...(this.mode === "claim" && this.code.value.trim() ? { code: this.code.value.trim() } : {}) };
    return { ...secret, stay: this.stay.checked && !this.staying.hidden };
  }

  /**
   * Say what to do after a refusal.
   *
   * @param {string} code
   */
  refused(code) {
    const { name } = this.join;
    const registered = code === "password_required" || code === "claimed_only";
    const projects = registered && !name.value.trim(); // the projector's page has tried a name by itself
    if ((code === "password_required" || projects) && isSafe()) this.show("password");
    if (projects) this.join.error.textContent = texts.projector;
    const secret = code === "password_required" || code === "wrong_password" || code === "unusable_password";
    const taken = code === "username_taken" || code === "name_too_similar" || code === "already_claimed";
    if (taken || code === "password_required") {
      const [, stem = "", number] = /^(.*?)(\d*)$/.exec(name.value.trim()) ?? [];
      const next = String(BigInt(number || 1) + BigInt(1));
      this.other.dataset.name = [...stem].slice(0, LONGEST - next.length).join("") + next;
      this.other.textContent = texts.useName(this.other.dataset.name);
      this.other.hidden = projects || this.code.value !== "";
    }
    if (code === "wrong_code") this.code.focus();
    else this.join.wrong(secret && !this.secret.hidden ? this.word : name, !secret);
  }

  suggested() {
    this.join.name.value = this.other.dataset.name ?? "";
    this.show("guest");
    this.join.sent();
  }
}
