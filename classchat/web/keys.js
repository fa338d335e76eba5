/** What keys do besides typing: go through the log and the conversations, recall what was sent, close what is open. */

/** @import { Composer } from "./composer.js" */
/** @import { Log } from "./list.js" */
/** @import { Page } from "./page.js" */

/**
 * Use a key that was pressed anywhere in the page.
 *
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
export function pressed(page, event) {
  const { target, key } = event;
  const { box } = page.log;
  const list = target instanceof Element ? target.closest(".side ul, .people ul") : null;
  if (event.defaultPrevented) return;
  if (key === "Escape") escaped(page);
  else if (event.altKey && (key === "ArrowUp" || key === "ArrowDown")) goToNext(page, event);
  else if (target === page.composer.box) recall(page.composer, event);
  else if (key === "Enter" && target instanceof HTMLLIElement && box.contains(target)) {
    event.preventDefault(); // else the same key chooses from the menu
    const message = page.log.messageOf(target);
    const { focus } = page.chat.store;
    if (focus && message) void page.use((menus) => menus.message(focus, message, target));
  } else if (list) walk(event, list);
  else if (target instanceof Element && box.contains(target)) goThrough(page.log, target, event);
}

/** @param {Page} page */
function escaped(page) {
  const { drawers, told, composer } = page;
  if (page.classroom?.closesCard() || drawers.close()) return;
  if (told.element.hidden) composer.box.focus();
  told.hide();
}

/**
 * Go to the next conversation.
 *
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function goToNext(page, event) {
  const buttons = [...page.conversations.list.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button.getAttribute("aria-current"));
  event.preventDefault();
  buttons[(at + (event.key === "ArrowUp" ? -1 : 1) + buttons.length) % buttons.length]?.click();
}

/**
 * Put a text into the box that was sent before.
 *
 * @param {Composer} composer
 * @param {KeyboardEvent} event
 */
function recall(composer, event) {
  const { box, past, recalled } = composer;
  const begins = event.key === "ArrowUp" && recalled < 0 && !box.value;
  const goesOn = /^Arrow(Up|Down)$/.test(event.key) && recalled >= 0 && (box.selectionStart === box.value.length || (event.key === "ArrowUp" && box.selectionEnd === 0));
  const at = recalled + (event.key === "ArrowUp" ? 1 : -1);
  if (!(begins || goesOn) || at >= past.length) return;
  event.preventDefault();
  composer.put(at < 0 ? "" : (past.at(-1 - at) ?? ""));
  composer.recalled = at;
}

/**
 * Go from message to message.
 *
 * @param {Log} log
 * @param {Element} target
 * @param {KeyboardEvent} event
 */
function goThrough(log, target, event) {
  const item = target.closest("li");
  if (event.altKey || event.ctrlKey || event.metaKey || (item && target !== item)) return;
  const { rows } = log;
  const moves = { ArrowUp: item ? item.previousElementSibling : rows.lastElementChild, ArrowDown: item?.nextElementSibling,
    Home: rows.firstElementChild, End: rows.lastElementChild };
  if (!(event.key in moves)) return;
  if (event.key === "End") log.toEnd();
  const next = event.key === "End" ? rows.lastElementChild : moves[/** @type {keyof typeof moves} */ (event.key)];
  event.preventDefault();
  if (!(next instanceof HTMLElement)) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/**
 * Go through the entries of a menu, or of any list of buttons, with the arrow keys.
 *
 * @param {KeyboardEvent} event
 * @param {EventTarget|null} [box] Where they are.
 */
export function walk(event, box = event.currentTarget) {
  if (!(box instanceof HTMLElement)) return;
  const all = [...box.querySelectorAll("button")];
  const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined || !all.length) return;
  event.preventDefault();
  all[(next + all.length) % all.length]?.focus();
}
