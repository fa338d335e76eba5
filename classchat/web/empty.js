/** What stands in the place of the log while no conversation is in view. */

/** @import { Menus } from "./menus.js" */
/** @import { Own } from "./own.js" */

import { h } from "./dom.js";
import { linkedTo } from "./storage.js";
import { strings } from "./strings.js";
import { shownName } from "./text.js";

/** The way to a first conversation: the room of the link, another one, or a new one. */
export class Empty {
  /**
   * @param {Menus} menus
   * @param {Own} own
   */
  constructor(menus, own) {
    this.menus = menus;
    this.own = own;
    this.element = h("div", { class: "empty" });
    this.look = "";
  }

  /** @param {boolean} needed Whether no conversation is in view. */
  draw(needed) {
    const room = needed ? linkedTo().room : "";
    const missing = room !== "" && room === this.menus.chat.store.missing;
    const look = `${missing} ${room}`;
    this.element.hidden = !needed;
    if (this.look === look) return;
    this.look = look;
    const name = shownName(room);
    const buttons = room ? this.ofRoom(room, name, missing) : [button(strings.create, () => this.own.create(), true)];
    this.element.replaceChildren(h("h2", { text: room ? strings.notIn(name) : strings.nowhere }), h("p", { text: strings.nowhereNote }),
      h("div", { class: "buttons" }, ...buttons, button(strings.rooms, () => this.own.rooms())));
  }

  /**
   * Return the buttons for the room of the link. If it does not exist it can be created, or it is created soon.
   *
   * @param {string} room
   * @param {string} name As it is shown.
   * @param {boolean} missing
   */
  ofRoom(room, name, missing) {
    const join = () => this.menus.ask({ status: "join", receiver: room });
    if (!missing) return [button(strings.joinRoom(name), join, true)];
    return [button(strings.createRoom(name), () => this.menus.ask({ status: "create", receiver: room }), true), button(strings.tryAgain, join)];
  }
}

/**
 * @param {string} label
 * @param {() => void} click
 * @param {boolean} [main]
 */
function button(label, click, main = false) {
  return h("button", { type: "button", class: main ? "main" : null, text: label, click });
}
