/** The style sheets of what is loaded when it is first used. */

import { h } from "./dom.js";

/** @type {Map<string, Promise<unknown>>} */
const LOADING = new Map();

/**
 * Load one, once; what it is for is shown afterwards.
 *
 * @param {string} href Else that of menus and dialogs.
 */
export function styled(href = new URL("./later.css", import.meta.url).href) {
  const loading = LOADING.get(href) ?? new Promise((load, error) => document.head.append(h("link", { rel: "stylesheet", href, load, error })));
  LOADING.set(href, loading);
  loading.catch(() => LOADING.delete(href)); // the next time it may be there
  return loading;
}
