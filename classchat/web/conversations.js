/** The list of conversations, with what is unread in them. */

/** @import { Conversation } from "./types.js" */

import { arrange, h, icon, named } from "./dom.js";
import { badge } from "./notify.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";

/** The list. It redraws only the items that look different, and keeps their buttons: a user may be clicking on one. */
export class Conversations {
  /** @param {(conversation: Conversation) => void} open */
  constructor(open) {
    this.open = open;
    this.list = h("ul", { "aria-label": strings.conversations });
    this.element = h("div", { class: "scroll" }, this.list);
    /** @type {Map<string, {conversation: Conversation, item: HTMLLIElement, button: HTMLButtonElement, look: string}>} */
    this.drawn = new Map();
  }

  /**
   * @param {Iterable<Conversation>} all
   * @param {Conversation|null} focus
   */
  draw(all, focus) {
    const conversations = [...all].sort((a, b) => Number(a.kind === "user") - Number(b.kind === "user") || a.name.localeCompare(b.name));
    const items = conversations.map((one) => this.item(one, one === focus));
    const keys = new Set(conversations.map(({ key }) => key));
    for (const key of this.drawn.keys()) if (!keys.has(key)) this.drawn.delete(key);
    const had = this.list.contains(document.activeElement) ? document.activeElement : null;
    arrange(this.list, items);
    if (had instanceof HTMLElement && had.isConnected && had !== document.activeElement) had.focus();
  }

  /**
   * @param {Conversation} conversation
   * @param {boolean} current
   */
  item(conversation, current) {
    const { key, kind, name, unread, mentions, muted, joined, draft } = conversation;
    const gone = kind === "room" && !joined;
    const look = JSON.stringify([name, unread, mentions, muted, gone, current, !!draft && !current]);
    const drawn = this.drawn.get(key);
    const old = drawn?.conversation === conversation ? drawn : null;
    if (old?.look === look) return old.item;
    const wanted = mentions || (kind === "user" && unread);
    const words = [unread && strings.unread(unread), mentions && strings.counted(mentions, strings.mention), muted && strings.muted, gone && strings.notMember].filter(Boolean);
    const button = old?.button ?? h("button", { type: "button", click: () => this.open(conversation) });
    button.className = `item${unread && !muted ? " unread" : ""}${muted || gone ? " quiet" : ""}`;
    if (current) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.replaceChildren(...[
      h("span", { class: "sign", "aria-hidden": true, text: kind === "room" ? "#" : "@" }),
      h("span", { class: "cut" }, named(shownName(name))),
      !!draft && !current && h("small", { text: strings.draft }),
      muted && icon("muted"),
      !!unread && h("span", { class: `count${wanted && !muted ? " me" : ""}`, "aria-hidden": true, text: badge(unread) }),
      words.length > 0 && h("span", { class: "unseen", text: `, ${words.join(", ")}` }),
    ].filter((one) => one !== false));
    const item = old?.item ?? h("li", {}, button);
    this.drawn.set(key, { conversation, item, button, look });
    return item;
  }
}
