/** The columns on both sides of the room, which are drawers over it in a narrow window. */

/** @import { Page } from "./page.js" */

import { button, h, icon, iconButton, named, put } from "./dom.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

/** The conversations, with the user's own menu, and the people. */
export class Drawers {
  /** @param {Page} page */
  constructor(page) {
    const close = (/** @type {string} */ name, look = "icon") => iconButton("close", strings.close, () => this.toggle(name), { class: look });
    this.page = page;
    this.wide = matchMedia("(min-width: 68.01rem)");
    this.name = named("");
    this.own = button("", () => page.use((menus) => menus.own.open(this.own)), { class: "item own", "aria-haspopup": "menu", title: strings.ownMenu });
    this.own.append(h("span", { class: "cut" }, this.name), icon("more"));
    this.side = h("nav", { class: "side", "aria-label": strings.conversations },
      h("div", { class: "bar" }, this.own, close("drawn", "icon drawer")),
      page.conversations.element,
      h("div", { class: "foot" },
        button(strings.rooms, () => page.use((menus) => menus.own.rooms())),
        button(strings.newRoom, () => page.use((menus) => menus.own.create()))));
    this.aside = h("aside", { class: "people", "aria-label": strings.people },
      h("div", { class: "bar" }, h("h2", { text: strings.people }), close("listed")), page.people.element);
    this.wide.onchange = () => this.close();
  }

  /** @param {boolean} room Whether a room is in view, which has people. */
  draw(room) {
    const { element, chat, header } = this.page;
    put(this.name, shownName(chat.store.me));
    this.aside.hidden = !room || !element.classList.contains("listed");
    header.people.setAttribute("aria-expanded", String(!this.aside.hidden));
  }

  /** @param {string} name The class of the drawer. */
  toggle(name) {
    const { element, header, chat, room } = this.page;
    const open = element.classList.toggle(name);
    const [button, drawer] = name === "drawn" ? [header.side, this.side] : [header.people, this.aside];
    button.setAttribute("aria-expanded", String(open));
    header.draw(chat.store.focus);
    room.inert = open && !this.wide.matches;
    if (room.inert) drawer.querySelector("button")?.focus();
    else button.focus();
  }

  /** Close the drawers over the room; return whether one was open. */
  close() {
    const { element, header, chat, room } = this.page;
    const covered = this.page.classroom?.close() === true;
    const button = element.classList.contains("drawn") ? header.side : header.people;
    element.classList.toggle("drawn", false);
    if (!this.wide.matches) element.classList.remove("listed"); // else the people come back with the next room
    const was = room.inert;
    room.inert = false;
    header.draw(chat.store.focus);
    if (was) button.focus();
    return was || covered;
  }
}
