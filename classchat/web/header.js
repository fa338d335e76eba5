/** The bar above the log: the conversation in view, and the buttons that concern it. */

/** @import { Conversation } from "./types.js" */
/** @import { Page } from "./page.js" */

import { h, iconButton, put } from "./dom.js";
import * as entry from "./entrytexts.js";
import { countOf } from "./names.js";
import { badge, setTitle, unreadIn } from "./notify.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";

/** The bar, whose buttons also open the drawers. */
export class Header {
  /** @param {Page} page */
  constructor(page) {
    const open = (/** @type {string} */ name) => () => page.drawers.toggle(name);
    this.page = page;
    this.side = iconButton("menu", strings.conversations, open("drawn"), { class: "icon drawer", "aria-expanded": "false" });
    this.badge = h("span", { class: "count", "aria-hidden": true, hidden: true });
    this.side.append(this.badge);
    this.title = h("h1", { class: "cut" });
    this.subtitle = h("small", { class: "cut" });
    this.search = iconButton("search", strings.search, () => page.use((menus) => menus.search.open()));
    this.lesson = iconButton("board", strings.classroom, async () => (await page.teaches())?.toggle(), { "aria-expanded": "false", hidden: true });
    this.people = iconButton("people", strings.people, open("listed"), { "aria-expanded": "false" });
    this.menu = iconButton("more", strings.roomActions, () => page.use((menus) => page.chat.store.focus && menus.conversation(page.chat.store.focus, this.menu)), { "aria-haspopup": "menu" });
    this.element = h("div", { class: "bar" }, this.side, h("div", { class: "title" }, this.title, this.subtitle), this.search, this.lesson, this.people, this.menu);
  }

  /** @param {Conversation|null} focus */
  draw(focus) {
    const room = focus?.kind === "room";
    put(this.title, focus ? shownName(focus.name) : entry.title);
    const count = focus ? countOf(focus) : 0;
    const notes = focus && room ? [focus.ended && strings.notMember, focus.private && strings.privateRoom, focus.closed && strings.closedRoom, count > 0 && strings.persons(count), shown(focus.topic)] : [focus && strings.privately];
    put(this.subtitle, notes.filter(Boolean).join(" · "));
    this.subtitle.title = focus?.topic ? shown(focus.topic) : "";
    this.search.hidden = this.menu.hidden = !focus;
    this.lesson.hidden = !focus?.staff;
    this.page.classroom?.drawLesson();
    this.page.hand.hidden = !(focus?.joined && focus.raises) || !!this.page.classroom;
    this.people.hidden = !room;
    this.page.drawers.draw(room);
  }

  /** Show how much is unread: in the title, and of the other conversations on the button of their list. */
  count() {
    const { conversations, focus } = this.page.chat.store;
    const all = [...conversations.values()];
    setTitle(unreadIn(all).count, focus, this.page.classroom?.call);
    const { count, wanted } = unreadIn(all.filter((one) => one !== focus));
    const label = count ? `${strings.conversations}, ${strings.unread(count)}` : strings.conversations;
    this.badge.hidden = !count;
    this.badge.classList.toggle("me", wanted);
    put(this.badge, badge(count));
    if (this.side.title === label) return;
    this.side.title = label;
    this.side.setAttribute("aria-label", label);
  }
}
