/** The menus on a name, a room, a message and the user themselves. */

/** @import { Chat } from "./chat.js" */
/** @import { Conversation, Message, Request } from "./types.js" */
/** @import { Field } from "./dialogs.js" */

import { dialog, form, menu } from "./dialogs.js";
import { h } from "./dom.js";
import { userKey } from "./names.js";
import { invitationTo } from "./links.js";
import { linkTo } from "./rows.js";
import { strings } from "./strings.js";
import { shownName } from "./text.js";

/** @type {Field} */
const REASON = { name: "text", label: strings.reason, longest: 200 };
/** @type {Field} */
const HOW_LONG = { name: "seconds", label: strings.howLong, options: strings.durations };

/**
 * @typedef {object} Desk What the menus need of the page.
 * @property {Chat} chat
 * @property {(text: string, error?: boolean) => void} notice
 * @property {(text: string) => void} insert Put a text into the box.
 * @property {() => void} search
 * @property {() => void} leave Leave the server.
 */

/** All menus of the page. */
export class Menus {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.chat = desk.chat;
  }

  /** @param {Request} request */
  ask(request) {
    const wrong = this.chat.ask(request);
    if (wrong) this.desk.notice(wrong, true);
  }

  /** @param {Conversation|null} room */
  moderates(room) {
    return this.chat.store.operates || !!room?.people.get(userKey(this.chat.store.me))?.moderator;
  }

  /**
   * @param {string} name
   * @param {Element} beside
   */
  person(name, beside) {
    const { chat } = this;
    const room = chat.store.focus?.kind === "room" ? chat.store.focus : null;
    const about = room?.people.get(userKey(name));
    const shown = shownName(name);
    /** @type {(label: string, request: Request, bad?: boolean) => import("./dialogs.js").Entry} */
    const at = (label, request, bad) => ({ label, bad, act: () => this.ask({ ...request, receiver: room?.name, user: name }) });
    const asked = (/** @type {string} */ label, /** @type {string} */ status, /** @type {Field[]} */ fields) => ({ label, bad: true, act: () => this.aboutUser(`${label} ${shown}`, label, status, fields, name) });
    const own = userKey(name) === userKey(chat.store.me);
    const ignored = chat.store.ignored.has(userKey(name));
    menu(shown, [
      !own && { label: strings.writePrivately, act: () => chat.talkTo(name) },
      { label: strings.mentionUser, act: () => this.desk.insert(`@${name}`) },
      !own && { label: ignored ? strings.unignore : strings.ignore, act: () => this.run(`/${ignored ? "unignore" : "ignore"} ${name}`) },
      ...(this.moderates(room) ? [
        null,
        about?.moderator ? at(strings.deop, { status: "deop" }) : at(strings.op, { status: "op" }),
        about?.muted ? at(strings.unmute, { status: "unmute" }) : asked(strings.mute, "mute", [HOW_LONG, REASON]),
        asked(strings.kick, "kick", [REASON]),
        asked(strings.ban, "ban", [HOW_LONG, REASON]),
        at(strings.unban, { status: "unban" }),
      ] : []),
    ].filter((one) => one !== false), beside);
  }

  /**
   * @param {string} title
   * @param {string} label
   * @param {string} status
   * @param {Field[]} fields
   * @param {string} user
   */
  aboutUser(title, label, status, fields, user) {
    const receiver = this.chat.store.focus?.name;
    form(title, fields, label, ({ text, seconds }) => this.chat.ask({ status, receiver, user, text, ...(Number(seconds) ? { seconds: Number(seconds) } : {}) }));
  }

  /**
   * @param {Conversation} conversation
   * @param {Element} beside
   */
  conversation(conversation, beside) {
    const { chat } = this;
    const { kind, name, joined } = conversation;
    const room = kind === "room";
    const at = (/** @type {string} */ label, /** @type {string} */ text) => ({ label, act: () => this.ask({ status: "room", receiver: name, text }) });
    menu(shownName(name), [
      { label: strings.search, act: () => this.desk.search() },
      room && { label: strings.invitePeople, act: () => this.invitation(name) },
      { label: strings.mutedToggle, checked: conversation.muted, act: () => chat.set(conversation, { muted: !conversation.muted }) },
      room && { label: strings.quietToggle, checked: conversation.quiet, act: () => chat.set(conversation, { quiet: !conversation.quiet }) },
      room && joined && { label: strings.leave, bad: true, act: () => this.ask({ status: "leave", receiver: name }) },
      !(room && joined) && { label: strings.removeFromList, act: () => chat.close(conversation) },
      ...(room && this.moderates(conversation) ? [
        null,
        { label: strings.setTopic, act: () => form(strings.setTopic, [{ name: "text", label: strings.topic, value: conversation.topic, longest: 200 }], strings.save, ({ text }) => chat.ask({ status: "topic", receiver: name, text })) },
        { label: strings.inviteUser, act: () => form(strings.inviteUser, [{ name: "user", label: strings.userName }], strings.invite, ({ user = "" }) => chat.ask({ status: "invite", receiver: name, user: user.trim() })) },
        conversation.private ? at(strings.makeOpen, "open") : at(strings.makePrivate, "private"),
        at(strings.makeAnnounce, "announce"),
        at(strings.makeTalk, "talk"),
        conversation.closed ? at(strings.openAgain, "open")
          : { label: strings.closeRoom, bad: true, act: () => form(strings.closeRoom, [], strings.closeRoom, () => chat.ask({ status: "close", receiver: name }), strings.closeAsk) },
      ] : []),
    ].filter((one) => one !== false), beside);
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {Element} beside
   */
  message(conversation, message, beside) {
    menu(strings.messageActions, [
      conversation.kind === "room" && message.numbered && { label: strings.copyLink, act: () => this.copy(addressOf(conversation.name, message.seq)) },
      { label: strings.copyText, act: () => this.copy(message.text) },
      message.kind === "said" && !message.own && { label: strings.reply, act: () => this.desk.insert(`@${message.sender}`) },
      message.kind === "said" && !message.own && { label: strings.aboutSender, act: () => this.person(message.sender, beside) },
    ].filter((one) => one !== false), beside);
  }

  /** @param {string} command */
  run(command) {
    const wrong = this.chat.type(command);
    if (wrong) this.desk.notice(wrong, true);
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.desk.notice(strings.copied);
    } catch {
      const field = h("textarea", { readonly: true, rows: 3, "aria-label": strings.copyByHand, dir: "auto" });
      field.value = text;
      dialog(strings.copyByHand, field);
      field.select();
    }
  }

  /**
   * Show a room's link and its QR code.
   *
   * @param {string} room
   */
  async invitation(room) {
    const { link, local } = await invitationTo(room);
    dialog(strings.invitePeople,
      h("p", { text: local ? strings.inviteNobody : strings.inviteNote }),
      h("p", {}, h("a", { href: link, text: link })),
      qrOf(link),
      h("div", { class: "buttons" }, h("button", { type: "button", class: "main", text: strings.copyLink, click: () => this.copy(link) }),
        h("a", { href: `show${linkTo(room)}`, target: "_blank", text: strings.projector })));
  }
}

/**
 * Return the address of a room, or of one of its messages, for others.
 *
 * @param {string} room
 * @param {number} [seq]
 */
export function addressOf(room, seq) {
  return new URL(`./${linkTo(room, seq)}`, location.href).href;
}

/**
 * Return the QR code of a link, as the server draws it; nothing if it cannot.
 *
 * @param {string} link
 */
export function qrOf(link) {
  return h("img", { class: "qr", src: `qr.svg?link=${encodeURIComponent(link)}`, alt: strings.qr, error: (/** @type {Event} */ event) => /** @type {Element} */ (event.target).remove() });
}

