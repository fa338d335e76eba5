/** Dialogs and menus. The browser keeps the focus inside, closes them on Escape and gives the focus back. */

import { h, iconButton } from "./dom.js";
import { walk } from "./keys.js";
import * as phrases from "./phrases.js";
import * as strings from "./strings.js";

/**
 * Show a dialog; it is removed when it closes.
 *
 * @param {string} title
 * @param {...(Node|string)} content
 */
export function dialog(title, ...content) {
  const id = `d${Math.random().toString(36).slice(2)}`;
  const close = iconButton("close", strings.close, () => made.close());
  const made = shown(
    h("dialog", { "aria-labelledby": id }, h("div", { class: "bar" }, h("h2", { id, text: title }), close), h("div", { class: "body" }, ...content)),
  );
  return made;
}

/** @param {HTMLDialogElement} made */
function shown(made) {
  const from = document.activeElement;
  made.addEventListener("click", (event) => event.target === made && made.close());
  made.addEventListener("close", () => {
    made.remove();
    if (from instanceof HTMLElement && from.isConnected && document.activeElement === document.body) from.focus();
  });
  document.body.append(made);
  made.showModal();
  return made;
}

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [type] Of the input; "select" takes `options`.
 * @property {string} [value]
 * @property {string} [note]
 * @property {string} [autocomplete]
 * @property {number} [longest]
 * @property {[string, string][]} [options] Values and their labels.
 * @property {boolean} [hidden] Whether only programs read it, such as those that keep passwords.
 */

/**
 * Ask for something in a form. `submit` returns "" or what is wrong, and the form stays open then.
 *
 * @param {string} title
 * @param {Field[]} fields
 * @param {string} label Of the button.
 * @param {(values: Record<string, string>) => string} submit
 * @param {string} [intro]
 */
export function form(title, fields, label, submit, intro = "") {
  const error = h("p", { class: "error", role: "alert" });
  const made = h(
    "form",
    {
      method: "dialog",
      submit(/** @type {SubmitEvent} */ event) {
        event.preventDefault();
        const values = Object.fromEntries([...new FormData(made)].map(([name, value]) => [name, String(value)]));
        error.textContent = submit(values);
        if (!error.textContent) box.close();
      },
    },
    intro && h("p", { text: intro }),
    ...fields.map(fieldOf),
    error,
    h("div", { class: "buttons" }, h("button", { class: "main", text: label }), h("button", { type: "button", text: phrases.cancel, click: () => box.close() })),
  );
  const box = dialog(title, made);
  /** @type {HTMLElement|null} */ (made.querySelector(":is(label:not([hidden]) > :is(input, select), button)"))?.focus();
}

/** @param {Field} field */
function fieldOf({ name, label, type = "text", value = "", note, autocomplete = "off", longest, options, hidden = false }) {
  const input = options
    ? h("select", { name }, ...options.map(([key, words]) => h("option", { value: key, text: words })))
    : h("input", { name, type, value, autocomplete, maxlength: longest ?? null, dir: type === "text" ? "auto" : null });
  return h("label", { hidden }, label, input, note && h("small", { text: note }));
}

/** @typedef {{label: string, bad?: boolean, checked?: boolean, act: () => void}|null} Entry An entry of a menu, or a line. */

/**
 * Show a menu next to an element.
 *
 * @param {string} title
 * @param {Entry[]} entries
 * @param {Element} beside
 */
export function menu(title, entries, beside) {
  const items = h("div", { role: "menu", "aria-label": title, keydown: walk });
  const made = h("dialog", { class: "menu", "aria-label": title }, h("h2", { "aria-hidden": true, class: "cut", dir: "auto", text: title }), items);
  for (const entry of entries) {
    if (!entry) {
      items.append(h("hr"));
      continue;
    }
    const { label, bad, checked, act } = entry;
    const role = checked === undefined ? "menuitem" : "menuitemcheckbox";
    const click = () => {
      made.close();
      act();
    };
    items.append(
      h("button", { type: "button", role, class: `item${bad ? " error" : ""}`, "aria-checked": checked === undefined ? null : String(checked), click },
        label, checked && h("span", { class: "sign", "aria-hidden": true, text: "✓" })),
    );
  }
  shown(made);
  const at = beside.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = made;
  made.style.left = `${Math.max(8, Math.min(at.left, innerWidth - offsetWidth - 8))}px`;
  made.style.top = `${Math.max(8, at.bottom + 4 + offsetHeight > innerHeight ? Math.min(at.top, innerHeight) - offsetHeight - 4 : at.bottom + 4)}px`;
}
