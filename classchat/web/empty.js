/** What stands in the place of the log while no conversation is in view. */

/** @import { Page } from "./page.js" */

import { button, h } from "./dom.js";
import * as entry from "./entrytexts.js";
import { linkedTo } from "./storage.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

const MAIN = { class: "main" };

/** The way to a first conversation: the room of the link, another one, or a new one. */
export class Empty {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.element = h("div", { class: "empty" });
    this.look = "";
  }

  /** @param {boolean} needed Whether no conversation is in view. */
  draw(needed) {
    const room = needed ? linkedTo().room : "";
    const missing = room !== "" && room === this.page.chat.store.missing;
    const look = `${missing} ${room}`;
    this.element.hidden = !needed;
    if (this.look === look) return;
    this.look = look;
    const name = shownName(room);
    const buttons = room ? this.ofRoom(room, name, missing) : [button(strings.create, () => this.page.use((menus) => menus.own.create()), MAIN)];
    this.element.replaceChildren(h("h2", { text: room ? strings.notIn(name) : strings.nowhere }), h("p", { text: strings.nowhereNote }),
      h("div", { class: "buttons" }, ...buttons, button(strings.rooms, () => this.page.use((menus) => menus.own.rooms()))));
  }

  /**
   * Return the buttons for the room of the link. If it does not exist it can be created, or it is created soon.
   *
   * @param {string} room
   * @param {string} name As it is shown.
   * @param {boolean} missing
   */
  ofRoom(room, name, missing) {
    const ask = (/** @type {"join"|"create"} */ status) => () => {
      this.page.ask({ status, receiver: room });
      this.page.composer.box.focus(); // the button goes away, and the next thing to do is to write
    };
    const join = ask("join");
    if (!missing) return [button(entry.joinRoom(name), join, MAIN)];
    return [button(strings.createRoom(name), ask("create"), MAIN), button(strings.tryAgain, join)];
  }
}
