/** The result of a poll as bars, with the same in numbers. */

/** @import { Poll } from "./lesson.js" */

import * as texts from "./classtexts.js";
import { h } from "./dom.js";
import { shown } from "./text.js";

/**
 * Return a poll's options with their votes; without votes, only why there are none.
 *
 * @param {Poll} poll
 */
export function barsOf(poll) {
  const { options, counts, guests, votes, guestVotes, here, mine, state } = poll;
  const most = Math.max(1, ...(counts ?? []));
  const all = Math.max(1, votes || (counts ?? []).reduce((sum, one) => sum + one, 0));
  const rows = options.map((option, at) => {
    const count = counts?.[at] ?? 0;
    const bar = h("span", { class: "fill", "aria-hidden": true });
    bar.hidden = count === 0;
    bar.style.width = `${(100 * count) / most}%`; // by the object: the page's policy forbids style attributes
    const notes = [mine.includes(at) && texts.yourChoice, !!guests?.[at] && texts.ofGuests(guests[at] ?? 0)].filter(Boolean);
    return h("li", {}, h("span", { class: "option", dir: "auto", text: shown(option) }), notes.length > 0 && h("small", { text: notes.join(", ") }),
      counts && h("span", { class: "votes", text: `${count} (${Math.round((100 * count) / all)} %)` }), counts && h("span", { class: "bar-of", "aria-hidden": true }, bar));
  });
  return h("div", { class: "bars" }, h("ul", {}, ...rows), state === "closed" && h("p", { class: "turnout", text: [texts.turnout(votes, here), guestVotes > 0 && texts.ofGuests(guestVotes), !counts && texts.tooFew].filter(Boolean).join(". ") }));
}

/**
 * Return a closed poll with its question.
 *
 * @param {Poll} poll
 */
export function resultOf(poll) {
  return h("figure", { class: "poll" }, h("figcaption", {}, h("small", { text: texts.poll(poll.number) }), h("span", { dir: "auto", text: shown(poll.text) })), barsOf(poll));
}
