/** What concerns the user themselves: their menu, the list of rooms, passwords and help. */

/** @import { Menus } from "./menus.js" */
/** @import { RoomListing } from "./types.js" */
/** @import { Entry } from "./dialogs.js" */

import { canCall, canNotify, setCalls, wantsCalls } from "./calls.js";
import { dialog, form, menu } from "./dialogs.js";
import { button, h, named } from "./dom.js";
import * as entry from "./entrytexts.js";
import { walk } from "./keys.js";
import * as texts from "./passwordtexts.js";
import * as phrases from "./phrases.js";
import { isSafe } from "./socket.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";
import { givePassword } from "./wishes.js";

/** The user's own menu and dialogs. */
export class Own {
  /** @param {Menus} menus */
  constructor(menus) {
    this.desk = menus.desk;
    this.menus = menus;
    this.chat = menus.chat;
    this.list = h("ul", { "aria-label": strings.rooms, keydown: walk });
    /** @type {HTMLDialogElement|null} */
    this.dialog = null;
  }

  /** @param {Element} beside */
  open(beside) {
    const { store } = this.chat;
    const run = (/** @type {string} */ command) => this.menus.run(command);
    /** @type {(Entry|false)[]} */
    const entries = [
      { label: phrases.beAway, act: () => form(phrases.beAway, [{ name: "text", label: phrases.awayWhy, longest: 200 }], phrases.save, ({ text }) => this.chat.ask({ status: "away", text })) },
      !store.claimed && { label: phrases.rename, act: () => form(phrases.rename, [{ name: "text", label: entry.yourName, value: store.me, longest: 32 }], phrases.save, ({ text = "" }) => this.chat.ask({ status: "rename", text: text.trim() })) },
      { label: phrases.beBack, act: () => run("/back") },
      canCall() && { label: canNotify() ? phrases.notify : phrases.vibrate, checked: wantsCalls(), act: () => void setCalls(!wantsCalls()) },
      isSafe() && (store.claimed ? { label: phrases.changePassword, act: () => this.secret("password") } : store.takesClaims && { label: phrases.claim, act: () => this.secret("claim") }),
      { label: phrases.everyone, act: () => run("/users *") },
      { label: phrases.help, act: () => this.help() },
      null,
      { label: phrases.quit, bad: true, act: () => this.desk.leave() },
    ];
    menu(shownName(store.me), entries.filter((one) => one !== false), beside);
  }

  create() {
    form(strings.create, [{ name: "receiver", label: phrases.roomName, longest: 64, note: phrases.roomRule }], strings.create, ({ receiver = "" }) => {
      const wrong = this.chat.ask({ status: "create", receiver: receiver.trim() });
      if (!wrong) queueMicrotask(() => this.toBox()); // once the form has given the focus back
      return wrong;
    });
  }

  /** Go to the box, as the user has chosen a room; on a phone its keyboard would cover the room. */
  toBox() {
    if (matchMedia("(pointer: fine)").matches) this.desk.composer.box.focus();
  }

  rooms() {
    this.list.replaceChildren(h("li", { text: strings.loading }));
    this.dialog = dialog(strings.rooms, this.list, h("div", { class: "buttons" }, button(strings.create, () => { this.dialog?.close(); this.create(); })));
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
    if (!items.length) items.push(h("li", { text: phrases.noRooms }));
    if (more) items.push(h("li", {}, h("small", { text: phrases.moreRooms(more) })));
    this.list.replaceChildren(...items);
  }

  /** @param {RoomListing} room */
  room({ name, members = 0, topic = "", private: secret, closed }) {
    const known = this.chat.store.find("room", name);
    const notes = [strings.counted(members, phrases.member), known?.joined && phrases.joined, secret && strings.privateRoom, closed && strings.closedRoom, shown(topic)];
    const go = () => {
      this.dialog?.close();
      if (known?.joined) this.chat.view(known);
      else this.menus.ask({ status: "join", receiver: name });
      this.toBox();
    };
    return h("button", { type: "button", class: "item", click: go }, h("span", { class: "sign", "aria-hidden": true, text: "#" }),
      h("span", { class: "cut" }, named(shownName(name)), h("br"), h("small", { dir: "auto", text: notes.filter(Boolean).join(" · ") })));
  }

  /**
   * Ask for what a typed command needs.
   *
   * @param {"claim"|"password"|"files"} what
   */
  asked(what) {
    if (what === "files") this.desk.offered(new MouseEvent("click"));
    else this.secret(what);
  }

  /**
   * Ask for a new password.
   *
   * @param {"claim"|"password"} what
   */
  secret(what) {
    if (!isSafe()) {
      this.desk.notice(entry.notEncrypted, true);
      return;
    }
    const { me } = this.chat.store;
    const fields = [
      { name: "username", label: entry.yourName, value: me, autocomplete: "username", hidden: true },
      ...(what === "password" ? [{ name: "current", label: phrases.currentPassword, type: "password", autocomplete: "current-password" }] : []),
      { name: "password", label: phrases.newPassword, type: "password", autocomplete: "new-password", note: texts.passwordRule },
      { name: "again", label: phrases.passwordAgain, type: "password", autocomplete: "new-password" },
    ];
    form(what === "claim" ? phrases.claim : phrases.changePassword, fields, phrases.save, ({ current, password = "", again }) =>
      password === again ? givePassword(this.chat, what, password, current) : phrases.passwordsDiffer);
  }

  help() {
    const keys = phrases.keys.flatMap(([key, what]) => [h("dt", {}, h("kbd", { text: key })), h("dd", { text: what })]);
    dialog(phrases.help, h("p", { text: phrases.helpIntro }), h("dl", {}, ...keys), h("div", { class: "buttons" }, button(phrases.allCommands, () => { void this.menus.run("/help"); document.querySelector("dialog")?.close(); })));
  }
}
