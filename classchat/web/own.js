/** What concerns the user themselves: their menu, the list of rooms, passwords and help. */

/** @import { Menus, Desk } from "./menus.js" */
/** @import { RoomListing } from "./types.js" */
/** @import { Entry } from "./dialogs.js" */

import { dialog, form, menu, walk } from "./dialogs.js";
import { h, icon, named } from "./dom.js";
import { canNotify, setNotify, wantsNotify } from "./notify.js";
import { isSafe } from "./socket.js";
import { counted, strings } from "./strings.js";
import { shown, shownName } from "./text.js";

/** The user's own menu and dialogs. */
export class Own {
  /**
   * @param {Desk} desk
   * @param {Menus} menus
   */
  constructor(desk, menus) {
    this.desk = desk;
    this.menus = menus;
    this.chat = desk.chat;
    this.name = named("");
    this.button = h("button", { type: "button", class: "item own", "aria-haspopup": "menu", title: strings.ownMenu, click: () => this.open() }, h("span", { class: "cut" }, this.name), icon("more"));
    this.list = h("ul", { "aria-label": strings.rooms, keydown: walk });
    /** @type {HTMLDialogElement|null} */
    this.dialog = null;
  }

  draw() {
    this.name.textContent = shownName(this.chat.store.me);
  }

  open() {
    const { store } = this.chat;
    const run = (/** @type {string} */ command) => this.menus.run(command);
    /** @type {(Entry|false)[]} */
    const entries = [
      { label: strings.beAway, act: () => form(strings.beAway, [{ name: "text", label: strings.awayWhy, longest: 200 }], strings.save, ({ text }) => this.chat.ask({ status: "away", text })) },
      { label: strings.beBack, act: () => run("/back") },
      canNotify() && { label: strings.notify, checked: wantsNotify(), act: () => void setNotify(!wantsNotify()) },
      isSafe() && (store.claimed ? { label: strings.changePassword, act: () => this.secret("password") } : store.takesClaims && { label: strings.claim, act: () => this.secret("claim") }),
      { label: strings.everyone, act: () => run("/users *") },
      { label: strings.help, act: () => this.help() },
      null,
      { label: strings.quit, bad: true, act: () => this.desk.leave() },
    ];
    menu(shownName(store.me), entries.filter((one) => one !== false), this.button);
  }

  create() {
    form(strings.create, [{ name: "receiver", label: strings.roomName, longest: 64, note: strings.roomRule }], strings.create, ({ receiver = "" }) => this.chat.ask({ status: "create", receiver: receiver.trim() }));
  }

  rooms() {
    this.list.replaceChildren(h("li", { text: strings.loading }));
    this.dialog = dialog(strings.rooms, this.list, h("div", { class: "buttons" }, h("button", { type: "button", text: strings.create, click: () => { this.dialog?.close(); this.create(); } })));
    this.menus.ask({ status: "rooms" });
  }

  /**
   * Show the rooms of the server.
   *
   * @param {RoomListing[]} rooms
   * @param {number} more
   */
  listed(rooms, more) {
    if (!this.dialog?.open) this.rooms();
    const items = rooms.map((room) => h("li", {}, this.room(room)));
    if (!items.length) items.push(h("li", { text: strings.noRooms }));
    if (more) items.push(h("li", {}, h("small", { text: strings.moreRooms(more) })));
    this.list.replaceChildren(...items);
  }

  /** @param {RoomListing} room */
  room({ name, members = 0, topic = "", private: secret, closed }) {
    const known = this.chat.store.find("room", name);
    const notes = [counted(members, strings.member), known?.joined && strings.joined, secret && strings.privateRoom, closed && strings.closedRoom, shown(topic)];
    const go = () => {
      this.dialog?.close();
      if (known?.joined) this.chat.view(known);
      else this.menus.ask({ status: "join", receiver: name });
    };
    return h("button", { type: "button", class: "item", click: go }, h("span", { class: "sign", "aria-hidden": true, text: "#" }),
      h("span", { class: "cut" }, named(shownName(name)), h("br"), h("small", { dir: "auto", text: notes.filter(Boolean).join(" · ") })));
  }

  /**
   * Ask for a new password.
   *
   * @param {"claim"|"password"} what
   */
  secret(what) {
    if (!isSafe()) {
      this.desk.notice(strings.notEncrypted, true);
      return;
    }
    const { me } = this.chat.store;
    const fields = [
      { name: "username", label: strings.yourName, value: me, autocomplete: "username", hidden: true },
      ...(what === "password" ? [{ name: "current", label: strings.currentPassword, type: "password", autocomplete: "current-password" }] : []),
      { name: "password", label: strings.newPassword, type: "password", autocomplete: "new-password", note: strings.passwordRule },
      { name: "again", label: strings.passwordAgain, type: "password", autocomplete: "new-password" },
    ];
    form(what === "claim" ? strings.claim : strings.changePassword, fields, strings.save, ({ current, password = "", again }) =>
      password === again ? this.chat.password(what, password, current) : strings.passwordsDiffer);
  }

  help() {
    const keys = strings.keys.flatMap(([key, what]) => [h("dt", {}, h("kbd", { text: key })), h("dd", { text: what })]);
    dialog(strings.help, h("p", { text: strings.helpIntro }), h("dl", {}, ...keys), h("div", { class: "buttons" }, h("button", { type: "button", text: strings.allCommands, click: () => { this.menus.run("/help"); document.querySelector("dialog")?.close(); } })));
  }
}
