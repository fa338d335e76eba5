/** The form that asks for a name. */

/** @import { Password } from "./password.js" */
/** @import { LinkState } from "./types.js" */

import { button, h } from "./dom.js";
import * as entry from "./entrytexts.js";
import { isSafe } from "./socket.js";
import { shownName } from "./text.js";

/** The picture that index.html names: a script does not know its address. */
const ICON = document.querySelector("link[rel=icon]")?.getAttribute("href") ?? "";

/**
 * @typedef {object} How
 * @property {string} [password]
 * @property {boolean} [claim] Whether the name is new, and to be registered with the password.
 * @property {string} [code] The join code, if a teacher has given one.
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
    /** @type {Password|null} Until it is used. */
    this.password = null;
    this.name = h("input", { id: "name", name: "name", autocomplete: "username", maxlength: 64, required: true, dir: "auto", spellcheck: "false", autocapitalize: "off", "aria-describedby": "wrong" });
    this.error = h("p", { class: "error", id: "wrong", role: "alert" });
    this.button = h("button", { class: "main", text: entry.join });
    const mode = (/** @type {"password"|"claim"} */ to, /** @type {string} */ label) => button(label, () => this.choose(to), { class: "link" });
    this.modes = h("div", { class: "buttons" }, ...(isSafe() ? [mode("password", entry.havePassword), mode("claim", entry.wantPassword)] : []));
    const go = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.sent();
    };
    this.element = h("div", { class: "join" },
      h("main", {},
        h("header", {}, h("img", { src: ICON, alt: "" }), h("h1", { dir: "auto", text: room ? entry.joinRoom(shownName(room)) : entry.title })),
        h("form", { submit: go },
          h("label", {}, entry.yourName, this.name), this.error, this.button, this.modes),
        isSafe() ? null : h("p", { class: "note", text: entry.notEncrypted }),
        h("p", {}, h("small", { text: room ? entry.joinNote : entry.joinNoteRooms }))),
    );
    /** Done as soon as the user begins to fill in the form. */
    this.begun = new Promise((resolve) => this.element.addEventListener("input", resolve, { once: true }));
    this.loaded = false;
    this.waiting = false;
    if (isSafe() && /[#&]code=/.test(location.hash)) void this.choose("claim");
  }

  /** The chat is loaded: what was submitted meanwhile is sent now. */
  ready() {
    this.loaded = true;
    if (this.waiting) this.sent();
  }

  /** Load what deals with passwords, and with names that can't be used; return null if it can't be had now. */
  async withPassword() {
    const loaded = await import("./password.js").catch(() => null);
    if (loaded) this.password ??= new loaded.Password(this);
    return this.password;
  }

  /** @param {"password"|"claim"} mode */
  async choose(mode) {
    const password = await this.withPassword();
    if (password) password.choose(mode);
    else this.error.textContent = entry.partNotLoaded;
  }

  sent() {
    const name = this.name.value.trim();
    if (!name) return;
    this.error.textContent = "";
    if (this.password) this.password.other.hidden = true;
    this.name.removeAttribute("aria-invalid");
    this.button.disabled = true;
    this.waiting = !this.loaded;
    if (this.waiting) return;
    this.submit(name, this.password?.how() ?? { stay: false });
  }

  /**
   * Say why the name was refused, and what to do.
   *
   * @param {Pick<LinkState, "code"|"text">} state
   */
  async refused({ code, text }) {
    this.button.disabled = false;
    this.error.textContent = text;
    const password = code && (await this.withPassword());
    if (password) password.refused(code);
    else this.wrong(this.name);
  }

  /**
   * Go to the field with what is wrong.
   *
   * @param {HTMLInputElement} field
   * @param {boolean} [name] Whether it is the name.
   */
  wrong(field, name = true) {
    if (name) this.name.setAttribute("aria-invalid", "true");
    field.focus();
    field.select();
  }

  /**
   * Say why the server does not let the user in yet; the button tries at once.
   *
   * @param {string} text
   */
  waits(text) {
    const words = `${text || entry.unreachable} ${entry.retrying}`;
    this.button.disabled = false;
    if (this.error.textContent !== words) this.error.textContent = words; // else it is read out at each attempt
  }
}
