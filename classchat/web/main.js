/** The beginning: signs in as before, or asks for a name, and shows the chat or the projector's view. */

/** @import { Change } from "./types.js" */

import { Announcer } from "./announce.js";
import { Chat } from "./chat.js";
import { h } from "./dom.js";
import { Join } from "./join.js";
import { Page } from "./page.js";
import { Show } from "./show.js";
import { worldOf } from "./socket.js";
import { Tabs, keep, kept, stays } from "./storage.js";
import { strings } from "./strings.js";

const KEEP_EVERY = 1000; // ms

const app = part("app");
const announcer = new Announcer(part("polite"), part("urgent"));
const tabs = new Tabs();
const room = linkedRoom();
const shows = /\/show\/?$/.test(location.pathname) && room !== "";
const saved = shows ? null : kept();
let stay = stays();
let guests = 0;
let keeping = 0;
let leaving = false;

/** @type {Chat} */
const chat = new Chat(worldOf(() => chat), notified, saved);
const view = shows ? new Show(chat, announcer, room) : new Page(chat, announcer, leave);
const join = new Join(room, (name, how) => {
  stay = how.stay;
  chat.signIn(name, { ...how, room: linkedRoom() });
});

void begin();

async function begin() {
  const name = chat.store.me;
  window.addEventListener("hashchange", () => chat.state.phase === "up" && view.followLink());
  window.addEventListener("online", () => chat.hurry());
  window.addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => document.hidden || chat.hurry());
  if (shows) {
    show(view.element);
    chat.signIn(strings.projectorName, { room });
  } else if (!name) {
    show(join.element);
    join.name.focus();
  } else if (await tabs.elsewhere(name)) {
    show(elsewhere(name));
  } else {
    chat.resume();
    show(view.element);
  }
}

/** @param {Change} change */
function notified(change) {
  // The chat may speak while it is being made, before there is a view.
  queueMicrotask(() => {
    if (change.type === "link") moved();
    view.notify(change);
    if (!keeping && !shows && !leaving) keeping = window.setTimeout(save, KEEP_EVERY);
  });
}

/** The connection has changed: show the form, or the chat. */
function moved() {
  const { phase, code } = chat.state;
  if (phase === "up") {
    tabs.me = chat.store.me;
    show(view.element);
  } else if (phase === "refused") {
    if (shows && code === "username_taken" && guests++ < 9) return chat.signIn(`${strings.projectorName}-${guests + 1}`, { room });
    show(join.element);
    join.refused(chat.state);
  } else if (phase === "over" && join.element.isConnected) {
    join.refused(chat.state);
  }
}

function save() {
  clearTimeout(keeping);
  keeping = 0;
  if (!shows && !leaving) keep(chat.snapshot(), stay);
}

function leave() {
  leaving = true;
  keep(null, false);
  chat.quit();
  location.reload();
}

/**
 * Return the view of a tab whose user is in another tab.
 *
 * @param {string} name
 */
function elsewhere(name) {
  const here = () => {
    chat.resume();
    show(view.element);
  };
  const other = () => {
    keep(null, false);
    location.reload();
  };
  return h("div", { class: "join" }, h("main", {}, h("h1", { text: strings.elsewhere(name) }), h("div", { class: "buttons" },
    h("button", { type: "button", class: "main", text: strings.useHere, click: here }), h("button", { type: "button", text: strings.otherName, click: other }))));
}

/** @param {HTMLElement} element */
function show(element) {
  if (element.isConnected) return;
  app.replaceChildren(element);
  if (view instanceof Page && element === view.element) view.composer.box.focus();
}

function linkedRoom() {
  try {
    return decodeURIComponent(location.hash.slice(1)).split("/")[0] ?? "";
  } catch {
    return "";
  }
}

/** @param {string} id */
function part(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
