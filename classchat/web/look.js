/** The style sheet of what is loaded when it is first used. */

import { h } from "./dom.js";

/** @type {Promise<unknown>|null} */
let loading = null;

/** Load it, once; what it is for is shown afterwards. */
export function styled() {
  loading ??= new Promise((load, error) => document.head.append(h("link", { rel: "stylesheet", href: new URL("./later.css", import.meta.url).href, load, error })));
  loading.catch(() => (loading = null)); // the next time it may be there
  return loading;
}
