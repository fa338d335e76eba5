/** Small parts of forms in the panel. */

import { h } from "./dom.js";

/**
 * Return a choice with its label.
 *
 * @param {string} label
 * @param {[string, string][]} options Values and their words.
 * @param {(value: string) => void} [chosen]
 */
export function choice(label, options, chosen) {
  const select = h("select", { change: () => chosen?.(select.value) }, ...options.map(([value, text]) => h("option", { value, text })));
  return { select, element: h("label", {}, label, select) };
}

/**
 * Return a box to check with its label.
 *
 * @param {string} label
 */
export function check(label) {
  const input = h("input", { type: "checkbox" });
  return { input, element: h("label", { class: "check" }, input, label) };
}

/**
 * Return a form that never loads another page.
 *
 * @param {() => void} submitted
 * @param {...(Node|string|false)} content
 */
export function formOf(submitted, ...content) {
  return h("form", { submit: (/** @type {Event} */ event) => { event.preventDefault(); submitted(); } }, ...content);
}

/**
 * Show a value in a choice, unless the user is choosing.
 *
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
export function showChoice(select, value) {
  if (document.activeElement !== select && select.value !== value) select.value = value;
}
