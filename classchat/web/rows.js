/** One row of the log of messages. */

/** @import { Conversation, Message, Segment } from "./types.js" */

import { colour, h, named } from "./dom.js";
import * as strings from "./strings.js";
import { segments, shown, shownName } from "./text.js";
import { clock, day, inLocalTime } from "./times.js";

/**
 * @typedef {object} Place How a row stands among its neighbours.
 * @property {boolean} head Whether it begins a group of one sender's messages.
 * @property {boolean} day Whether its day begins with it.
 * @property {boolean} fresh Whether the unread messages begin with it.
 * @property {number} missing How many messages above it are not loaded.
 */

/** Characters of which some may be higher than a line, or stand over others. */
const TALL = /[^\x00-\u02ff\u2010-\u203a]/;
const TOGETHER = 5 * 60_000; // ms within which messages of one sender stand under one name

/**
 * Return how a row stands below the row before it.
 *
 * @param {Message|null} before
 * @param {Message} message
 * @param {number} mark The unread messages have higher numbers; -1: none are marked.
 * @param {number} missing
 * @returns {Place}
 */
export function placeOf(before, message, mark, missing) {
  const newDay = !before || day(before.time) !== day(message.time);
  const fresh = mark >= 0 && message.numbered && message.seq > mark && !!before && before.seq <= mark;
  const together = before?.kind === "said" && before.sender === message.sender && message.time - before.time < TOGETHER;
  return { head: newDay || fresh || missing > 0 || !together, day: newDay, fresh, missing };
}

/**
 * Return the elements of a text: code, links and mentions are marked.
 *
 * @param {string} content
 * @param {string} me
 */
export function words(content, me) {
  return segments(content, me).map(element);
}

/** @param {Segment} segment */
function element({ kind, text: content, href }) {
  if (kind === "link") return h("a", { href: href ?? "", target: "_blank", rel: "noopener noreferrer", text: content });
  if (kind === "block") return h("pre", { tabindex: 0, dir: "ltr" }, h("code", { text: content }));
  if (kind === "code") return h("code", { text: content });
  return kind === "mention" ? h("mark", { text: content }) : document.createTextNode(content);
}

/**
 * Return a list item with a message.
 *
 * @param {Conversation} conversation
 * @param {Message} message
 * @param {Place} place
 * @param {string} me
 */
export function rowOf(conversation, message, place, me) {
  const item = h("li", { tabindex: -1 });
  if (place.missing) item.append(h("div", { class: "gap" }, strings.missing(place.missing), " ", link("fill", strings.loadThem)));
  if (place.day) item.append(h("div", { class: "day", text: day(message.time) }));
  if (place.fresh) item.append(h("div", { class: "new", text: strings.unreadLine }));
  item.append(message.kind === "said" ? said(conversation, message, place, me) : told(message));
  return item;
}

/** @param {Message} message */
function told(message) {
  const wrong = message.code ? " error" : "";
  return h("div", { class: `row event${wrong}` }, at(message), h("div", { class: "words tall", dir: "auto", text: shown(inLocalTime(message.text)) }));
}

/**
 * @param {Conversation} conversation
 * @param {Message} message
 * @param {Place} place
 * @param {string} me
 */
function said(conversation, message, place, me) {
  const waits = message.state === "pending" ? " wait" : message.state === "failed" ? " fail" : "";
  const name = shownName(message.sender);
  return h(
    "div",
    { class: `row${place.head ? " head" : ""}${message.mention ? " me" : ""}${waits}` },
    at(message, conversation),
    place.head
      ? h("button", { type: "button", class: `who ${colour(name)}`, "data-user": message.sender, dir: "auto", text: name })
      : h("span", { class: "unseen" }, named(name), ": "),
    h("div", { class: TALL.test(message.text) ? "words tall" : "words", dir: "auto" }, ...words(message.text, me)),
    message.state !== "sent" && state(message),
  );
}

/**
 * Return a button that looks like a link; the page knows what it does by its `data-do`.
 *
 * @param {string} deed
 * @param {string} text
 */
function link(deed, text) {
  return h("button", { type: "button", class: "link", "data-do": deed, text });
}

/** @param {Message} message */
function state(message) {
  if (message.state === "pending") return h("span", { class: "state", text: strings.pending });
  return h(
    "div",
    { class: "state" },
    `${strings.notSent} ${shown(message.error ?? "")} `,
    link("retry", strings.sendAgain),
    " ",
    link("discard", strings.discard),
  );
}

/**
 * Return the time of a message, which links to it if it has a number.
 *
 * @param {Message} message
 * @param {Conversation} [conversation]
 */
function at(message, conversation) {
  const text = clock(message.time);
  if (conversation?.kind !== "room" || !message.numbered) return h("span", { class: "at", text });
  return h("a", { class: "at", tabindex: -1, href: linkTo(conversation.name, message.seq), text });
}

/**
 * Return the fragment of a link to a room, or to one of its messages.
 *
 * @param {string} room
 * @param {number} [seq]
 */
export function linkTo(room, seq) {
  return `#${encodeURIComponent(room)}${seq === undefined ? "" : `/${seq}`}`;
}
