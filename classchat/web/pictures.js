/** Shared files in the log: a link that saves the file, and pictures, which are small until they are clicked on. */

import { dialog } from "./dialogs.js";
import { button, h, icon, named } from "./dom.js";
import * as texts from "./filetexts.js";
import { shownName } from "./text.js";

/** @import { Log } from "./list.js" */
/** @import { Conversation, Message, SharedFile } from "./types.js" */

/** The kinds of pictures that are shown. They have no scripts, unlike SVG; the server sends all others to be saved only. */
const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const MOST_UNASKED = 5_000_000; // bytes of a picture that is loaded without a click
const LONGEST_NAME = 120; // characters, as the server cuts names
const LINK = /^f\/[\w-]+\/[^/?#]*$/;

/** @param {SharedFile|undefined} file */
const isPicture = (file) => file !== undefined && SHOWN.has(file.type);

/**
 * Show a message's file in its row, in place of the text. What was shown before the row was drawn again stays: a
 * picture is not loaded twice, and does not flicker.
 *
 * @param {Log} log
 * @param {Message} message
 * @param {HTMLLIElement} item
 */
export function drawFile(log, { file, ...message }, item) {
  const words = item.querySelector(".words");
  if (!file || !words || !LINK.test(file.link)) return;
  const before = [...log.drawn].find(([one]) => one.file === file)?.[1].item.querySelector(".shared");
  words.replaceWith(before ?? shared(log, file));
}

/**
 * @param {Log} log
 * @param {SharedFile} file
 */
function shared(log, file) {
  const made = h("div", { class: "words shared" });
  made.append(...(isPicture(file) ? [pictureOf(log, file)] : []), saving(file, made));
  return made;
}

/**
 * Return the link that saves a file. A file that is gone is told in the page, for the browser would only show an error.
 *
 * @param {SharedFile} file
 * @param {HTMLElement} place Where to say that it is gone.
 */
function saving({ name, size, link }, place) {
  const click = async (/** @type {MouseEvent} */ event) => {
    if (!event.isTrusted || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const wrong = await problemOf(link);
    place.querySelector(".error")?.remove();
    if (wrong) place.append(h("small", { class: "error", role: "alert", text: wrong }));
    else made.click();
  };
  const made = h("a", { class: "save", href: link, download: name, click },
    icon("clip"), h("span", { class: "unseen", text: `${texts.download} ` }), named(shownName(name, LONGEST_NAME)), " ", h("small", { text: texts.sizeInWords(size) }));
  return made;
}

/**
 * Return why a file can't be had now; "" if it can.
 *
 * @param {string} link
 */
async function problemOf(link) {
  try {
    const { ok } = await fetch(link, { method: "HEAD" });
    return ok ? "" : texts.gone;
  } catch {
    return texts.lost;
  }
}

/**
 * Return a small picture, or the button that loads it. Either is as high as the other, so that the log stays where it is.
 *
 * @param {Log} log
 * @param {SharedFile} file
 */
function pictureOf(log, file) {
  const { name, size, link } = file;
  const small = h("button", { type: "button", class: "picture", click: () => (image.isConnected ? enlarge(log, file) : load()) });
  const failed = async () => {
    const wrong = await problemOf(link);
    image.remove();
    small.append(h("small", { text: wrong || texts.noPicture }));
  };
  const image = h("img", { alt: shownName(name, LONGEST_NAME), loading: "lazy", decoding: "async", draggable: "false", error: failed });
  const load = () => {
    small.replaceChildren(image);
    image.src = link;
  };
  if (size > MOST_UNASKED) small.append(h("small", { text: texts.show(texts.sizeInWords(size)) }));
  else load();
  return small;
}

/**
 * Show a picture as large as the window, with the way to the others of its conversation.
 *
 * @param {Log} log
 * @param {SharedFile} first
 */
function enlarge({ conversation }, first) {
  const all = picturesOf(conversation);
  const place = h("div", { class: "large" });
  const count = h("small", {});
  const turning = [
    button("‹", () => turn(-1), { class: "icon", "aria-label": texts.previous, title: texts.previous }),
    count,
    button("›", () => turn(1), { class: "icon", "aria-label": texts.next, title: texts.next }),
  ];
  const saved = h("div", {});
  const made = dialog("", place, h("div", { class: "buttons" }, ...(all.length > 1 ? turning : []), saved));
  const title = /** @type {HTMLElement} */ (made.querySelector("h2"));
  let at = all.indexOf(first);
  const turn = (/** @type {number} */ step) => {
    at = (at + step + all.length) % all.length;
    const file = all[at] ?? first;
    const name = shownName(file.name, LONGEST_NAME);
    const failed = async () => place.replaceChildren(h("p", { role: "alert", text: (await problemOf(file.link)) || texts.noPicture }));
    title.replaceChildren(named(name));
    place.replaceChildren(h("img", { src: file.link, alt: name, error: failed }));
    count.textContent = texts.which(at + 1, all.length);
    saved.replaceChildren(saving(file, saved));
  };
  made.classList.add("pictures");
  made.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) turn(step);
  });
  turn(0);
}

/**
 * Return the pictures of a conversation that are loaded, oldest first.
 *
 * @param {Conversation|null} conversation
 */
function picturesOf(conversation) {
  return (conversation?.messages ?? []).flatMap(({ file }) => (file && isPicture(file) ? [file] : []));
}
