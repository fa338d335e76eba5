/** After a reload, or in a duplicated tab: whether another tab has the same user, and what to do then. */

/** @import { Chat } from "./chat.js" */
/** @import { View } from "./main.js" */
/** @import { Tabs } from "./storage.js" */

import { button, h } from "./dom.js";
import * as entry from "./entrytexts.js";
import * as texts from "./passwordtexts.js";

const ANSWER_WITHIN = 250; // ms

/**
 * @typedef {object} Tab
 * @property {Tabs} tabs
 * @property {Chat|null} chat
 * @property {(element: HTMLElement) => void} show
 * @property {() => void} forget Ask for a name again.
 */

/**
 * Continue after a reload, unless another tab has the same user.
 *
 * @param {Tab} tab
 * @param {Chat} chat
 * @param {View} view
 */
export async function resume(tab, chat, view) {
  const here = () => {
    tab.show(view.element);
    chat.resume();
  };
  const other = () => {
    tab.chat = null;
    tab.forget();
  };
  if (await isElsewhere(tab.tabs, chat.store.me)) tab.show(elsewhereView(chat.store.me, here, other));
  else here();
}

/**
 * Return whether another tab is signed in under a name.
 *
 * @param {Tabs} tabs
 * @param {string} name
 * @returns {Promise<boolean>}
 */
async function isElsewhere({ channel }, name) {
  if (!channel) return false;
  return new Promise((resolve) => {
    const heard = (/** @type {MessageEvent} */ { data }) => data?.here === name && done(true);
    const done = (/** @type {boolean} */ found) => {
      channel.removeEventListener("message", heard);
      resolve(found);
    };
    channel.addEventListener("message", heard);
    channel.postMessage({ ask: name });
    setTimeout(done, ANSWER_WITHIN, false);
  });
}

/**
 * Return the view of a tab whose user is in another tab.
 *
 * @param {string} name
 * @param {() => void} here Use this tab.
 * @param {() => void} other Use another name.
 */
function elsewhereView(name, here, other) {
  return h("div", { class: "join" }, h("main", {}, h("h1", { text: entry.elsewhere(name) }),
    h("div", { class: "buttons" }, button(entry.useHere, here, { class: "main" }), button(texts.otherName, other))));
}
