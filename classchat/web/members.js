/** Who is in a room, moderators first. */

/** @import { Conversation, Person } from "./types.js" */

import { arrange, colour, h, named } from "./dom.js";
import { isProjector } from "./names.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";

const MOST = 500; // people shown at once: the rest are only counted

/** The list of people in the room in view. */
export class People {
  /** @param {(person: Person, beside: Element) => void} open */
  constructor(open) {
    this.open = open;
    this.list = h("ul", { "aria-label": strings.people });
    this.more = h("small");
    this.element = h("div", { class: "scroll" }, this.list, this.more);
    this.look = "";
    /** @type {Map<string, {item: HTMLLIElement, look: string}>} By the person's name. */
    this.drawn = new Map();
  }

  /** @param {Conversation|null} room */
  draw(room) {
    const people = [...(room?.people.values() ?? [])].sort(order);
    const look = JSON.stringify(people);
    if (look === this.look) return;
    this.look = look;
    const rows = people.slice(0, MOST).map((person) => this.row(person));
    const had = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-user") : null;
    this.drawn = new Map(rows.map((row) => [row.name, row]));
    arrange(this.list, rows.map(({ item }) => item));
    this.more.textContent = people.length > MOST ? strings.morePeople(people.length - MOST) : "";
    const again = had && [...this.list.querySelectorAll("button")].find((button) => button.dataset.user === had);
    if (again) again.focus();
  }

  /**
   * Return a person's row, which stays for as long as it looks the same.
   *
   * @param {Person} person
   */
  row(person) {
    const look = JSON.stringify(person);
    const old = this.drawn.get(person.name);
    return { name: person.name, look, item: old?.look === look ? old.item : h("li", {}, this.item(person)) };
  }

  /** @param {Person} person */
  item(person) {
    const { name, away, moderator, assistant, muted, offline } = person;
    const notes = [moderator ? strings.moderator : assistant && strings.assistant, isProjector(person) && strings.projectorNote, muted && strings.mutedUser, offline ? strings.offline : away !== null && (shown(away) || strings.away)].filter(Boolean);
    return h("button", { type: "button", class: `item${offline ? " off" : ""}`, "data-user": name, "aria-haspopup": "menu", click: (/** @type {MouseEvent} */ event) => this.open(person, /** @type {Element} */ (event.currentTarget)) },
      h("span", { class: `cut ${offline ? "" : colour(name)}` }, named(shownName(name))),
      notes.length ? h("small", { class: "cut", dir: "auto", text: notes.join(", ") }) : null);
  }
}

/**
 * @param {Person} a
 * @param {Person} b
 */
function order(a, b) {
  return Number(isProjector(a)) - Number(isProjector(b)) || Number(b.moderator) - Number(a.moderator) || Number(a.offline) - Number(b.offline) || a.name.localeCompare(b.name);
}
