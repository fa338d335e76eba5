/** The form that asks for a name, and what to do where the name cannot be used. */

/** @import { LinkState } from "./types.js" */

import { button, h } from "./dom.js";
import { isSafe } from "./socket.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

/** The picture that index.html names: a script does not know its address. */
const ICON = document.querySelector("link[rel=icon]")?.getAttribute("href") ?? "";

/**
 * @typedef {object} How
 * @property {string} [password]
 * @property {boolean} [claim] Whether the name is new, and to be registered with the password.
 * @property {boolean} stay Whether to stay signed in.
 */

/** The view before the chat. */
export class Join {
  /**
   * @param {string} room The room of the link, or "".
   * @param {(name: string, how: How) => void} submit
   */
  constructor(room, submit) {
    this.submit = submit;
    this.mode = /** @type {"guest"|"password"|"claim"} */ ("guest");
    this.name = h("input", { id: "name", name: "name", autocomplete: "username", maxlength: 64, required: true, dir: "auto", spellcheck: "false", autocapitalize: "off", "aria-describedby": "wrong" });
    this.password = h("input", { name: "password", type: "password", maxlength: 256 });
    this.stay = h("input", { type: "checkbox" });
    this.secret = h("label", {}, strings.password, this.password, h("small", { text: strings.passwordRule }));
    this.staying = h("label", { class: "check" }, this.stay, strings.stay);
    this.error = h("p", { class: "error", id: "wrong", role: "alert" });
    this.other = button("", () => this.suggested(), { class: "link", hidden: true });
    this.button = h("button", { class: "main", text: strings.join });
    this.modes = h("div", { class: "buttons" });
    const go = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.sent();
    };
    this.element = h("div", { class: "join" },
      h("main", {},
        h("header", {}, h("img", { src: ICON, alt: "" }), h("h1", { dir: "auto", text: room ? strings.joinRoom(shownName(room)) : strings.title })),
        h("form", { submit: go },
          h("label", {}, strings.yourName, this.name), this.secret, this.staying, this.error, this.other, this.button, this.modes),
        isSafe() ? null : h("p", { class: "note", text: strings.notEncrypted }),
        h("p", {}, h("small", { text: room ? strings.joinNote : strings.joinNoteRooms }))),
    );
    /** Done as soon as the user begins to fill in the form. */
    this.begun = new Promise((resolve) => this.element.addEventListener("input", resolve, { once: true }));
    this.loaded = false;
    this.waiting = false;
    this.show("guest");
  }

  /** The chat is loaded: what was submitted meanwhile is sent now. */
  ready() {
    this.loaded = true;
    if (this.waiting) this.sent();
  }

  /** @param {"guest"|"password"|"claim"} mode */
  show(mode) {
    this.mode = mode;
    const guest = mode === "guest";
    this.secret.hidden = guest;
    this.password.required = !guest;
    this.password.autocomplete = mode === "claim" ? "new-password" : "current-password";
    this.staying.hidden = guest || location.protocol !== "https:";
    this.button.textContent = { guest: strings.join, password: strings.signIn, claim: strings.register }[mode];
    const others = isSafe() ? /** @type {const} */ ([["guest", strings.asGuest], ["password", strings.havePassword], ["claim", strings.wantPassword]]) : [];
    this.modes.replaceChildren(...others.filter(([to]) => to !== mode).map(([to, label]) =>
      button(label, () => { this.show(to); (this.name.value && to !== "guest" ? this.password : this.name).focus(); }, { class: "link" })));
  }

  sent() {
    const name = this.name.value.trim();
    if (!name) return;
    this.error.textContent = "";
    this.other.hidden = true;
    this.name.removeAttribute("aria-invalid");
    this.button.disabled = true;
    this.waiting = !this.loaded;
    if (this.waiting) return;
    const how = this.mode === "guest" ? {} : { password: this.password.value, claim: this.mode === "claim" };
    this.submit(name, { ...how, stay: this.stay.checked && !this.staying.hidden });
  }

  /**
   * Say why the name was refused, and what to do.
   *
   * @param {Pick<LinkState, "code"|"text">} state
   */
  refused({ code, text }) {
    this.button.disabled = false;
    this.error.textContent = text;
    if (code === "password_required" && isSafe()) this.show("password");
    const secret = code === "password_required" || code === "wrong_password" || code === "unusable_password";
    const taken = code === "username_taken" || code === "name_too_similar" || code === "already_claimed";
    if (taken || code === "password_required") {
      const name = this.name.value.trim();
      const [, stem, number] = /^(.*?)(\d*)$/.exec(name) ?? [];
      this.other.dataset.name = `${stem}${Number(number || 1) + 1}`;
      this.other.textContent = strings.useName(this.other.dataset.name);
      this.other.hidden = false;
    }
    if (!secret) this.name.setAttribute("aria-invalid", "true");
    const next = secret && !this.secret.hidden ? this.password : this.name;
    next.focus();
    next.select();
  }

  /**
   * Say why the server does not let the user in yet; the button tries at once.
   *
   * @param {string} text
   */
  waits(text) {
    const words = `${text || strings.unreachable} ${strings.retrying}`;
    this.button.disabled = false;
    if (this.error.textContent !== words) this.error.textContent = words; // else it is read out at each attempt
  }

  suggested() {
    this.name.value = this.other.dataset.name ?? "";
    this.show("guest");
    this.sent();
  }
}
