/** The projector's view: large type, the newest messages, and the way into the room. */

/** @import { Chat } from "./chat.js" */
/** @import { Change } from "./types.js" */

import { Announcer } from "./announce.js";
import { Banner } from "./banner.js";
import { h, put } from "./dom.js";
import * as entry from "./entrytexts.js";
import { invitationTo } from "./links.js";
import { Log } from "./list.js";
import { styled } from "./look.js";
import { qrOf } from "./menus.js";
import { PROJECTOR, countOf } from "./names.js";
import { drawFile } from "./pictures.js";
import { Stage } from "./stage.js";
import { linkedTo } from "./storage.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";

const MOST = 9; // of one room

/** A room for all to see. */
export class Show {
  /** @param {Chat} chat */
  constructor(chat) {
    const { room } = linkedTo();
    this.chat = chat;
    this.room = room;
    this.tried = 0;
    this.drawing = false;
    this.log = new Log({ me: () => "", hides: (conversation, message) => chat.store.hides(conversation, message), older: (conversation) => chat.pages.older(conversation), invite() {}, drew: (message, item) => drawFile(this.log, message, item), moved() {} });
    this.stage = new Stage(chat, room);
    this.banner = new Banner(chat, new Announcer());
    const way = h("div", {});
    void invitationTo(room).then(({ link }) => {
      const [server = "", ...rest] = link.replace(/^https?:\/\//, "").split(/(?=#)/);
      way.append(qrOf(link), h("p", { class: "address" }, server, h("wbr"), ...rest)); // else a line could end within the name
    });
    this.count = h("p", {});
    this.topic = h("p", { dir: "auto" });
    this.error = h("p", { class: "error" });
    this.element = h("div", { class: "show" }, h("main", { class: "screen" }, this.stage.element, this.log.box),
      h("aside", {}, h("h1", { dir: "auto", text: shownName(room) }), this.topic, way, this.count, this.stage.hands, this.stage.groups, this.error, this.banner.element));
    chat.classes = true;
    void styled(new URL("./class.css", import.meta.url).href);
    void styled(new URL("./files.css", import.meta.url).href);
    document.title = `${shownName(room)} – ${entry.title}`;
  }

  /**
   * Sign in under the next name; return whether there was one.
   *
   * @param {string} [code] Why the last one was refused.
   */
  signIn(code) {
    if ((code && code !== "username_taken") || this.tried === MOST) return false;
    this.tried += 1;
    this.chat.signIn(this.tried > 1 ? `${PROJECTOR}-${this.tried}` : PROJECTOR, { room: this.room, screen: true });
    return true;
  }

  /** @param {Change} change */
  notify(change) {
    if (change.type === "class") this.stage.heard(change);
    if (change.type === "notice" && change.error) this.error.textContent = shown(change.text);
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      const { focus } = this.chat.store;
      if (focus !== this.log.conversation) this.log.show(focus);
      this.log.draw();
      this.banner.draw();
      put(this.topic, shown(focus?.topic ?? ""));
      put(this.count, focus?.joined ? strings.persons(countOf(focus)) : "");
      if (focus) put(this.error, "");
    });
  }

  followLink() {
    location.reload();
  }
}
