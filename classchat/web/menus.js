/** The menus on a name, a room, a message and the user themselves. */

/** @import { Chat } from "./chat.js" */
/** @import { Composer } from "./composer.js" */
/** @import { Drawers } from "./drawers.js" */
/** @import { Conversation, Message, Request } from "./types.js" */
/** @import { Field } from "./dialogs.js" */

import { dialog, form, menu } from "./dialogs.js";
import { button, h } from "./dom.js";
import { invitationTo } from "./links.js";
import { userKey } from "./names.js";
import { Own } from "./own.js";
import * as phrases from "./phrases.js";
import { linkTo } from "./rows.js";
import { Search } from "./search.js";
import * as strings from "./strings.js";
import { shownName } from "./text.js";
import { isProgram, setWishes, talkTo } from "./wishes.js";

/** @type {Field} */
const REASON = { name: "text", label: phrases.reason, longest: 200 };
/** @type {Field} */
const HOW_LONG = { name: "seconds", label: phrases.howLong, options: phrases.durations };

/**
 * @typedef {object} Desk What the menus need of the page.
 * @property {Chat} chat
 * @property {(request: Request) => void} ask
 * @property {(text: string, error?: boolean) => void} notice
 * @property {Composer} composer
 * @property {Drawers} drawers
 * @property {(text: string, stays?: boolean) => Promise<string>} typed Say or do what was typed, where the log stays,
 *   or goes to its end; return "", or why it can't be done.
 * @property {(name: string, kind: "room"|"user", seq: number) => Promise<void>} goTo
 * @property {() => void} leave Leave the server.
 * @property {(event: MouseEvent) => void} offered Let the user choose files.
 */

/** All menus of the page. */
export class Menus {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.chat = desk.chat;
    this.own = new Own(this);
    this.search = new Search(this);
  }

  /** @param {Request} request */
  ask(request) {
    this.desk.ask(request);
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
    const program = isProgram(name);
    const ignored = chat.store.ignored.has(userKey(name));
    menu(shown, [
      !own && !program && { label: phrases.writePrivately, act: () => talkTo(chat, name) },
      { label: phrases.mentionUser, act: () => this.insert(`@${name}`) },
      !own && { label: ignored ? phrases.unignore : phrases.ignore, act: () => this.run(`/${ignored ? "unignore" : "ignore"} ${name}`) },
      ...(this.moderates(room) && !program ? [
        null,
        about?.moderator ? at(phrases.deop, { status: "deop" }) : at(phrases.op, { status: "op" }),
        about?.assistant ? at(phrases.unassist, { status: "unassist" }) : !about?.moderator && at(phrases.assist, { status: "assist" }),
        about?.muted ? at(phrases.unmute, { status: "unmute" }) : asked(phrases.mute, "mute", [HOW_LONG, REASON]),
        asked(phrases.kick, "kick", [REASON]),
        asked(phrases.ban, "ban", [HOW_LONG, REASON]),
        at(phrases.unban, { status: "unban" }),
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
      { label: strings.search, act: () => this.search.open() },
      room && { label: strings.invitePeople, act: () => this.invitation(name) },
      { label: phrases.mutedToggle, checked: conversation.muted, act: () => setWishes(chat, conversation, { muted: !conversation.muted }) },
      room && { label: phrases.quietToggle, checked: conversation.quiet, act: () => setWishes(chat, conversation, { quiet: !conversation.quiet }) },
      room && joined && { label: phrases.leave, bad: true, act: () => this.ask({ status: "leave", receiver: name }) },
      room && !joined && { label: phrases.joinAgain, act: () => this.ask({ status: "join", receiver: name }) },
      !(room && joined) && { label: phrases.removeFromList, act: () => chat.store.remove(conversation) },
      ...(room && this.moderates(conversation) ? [
        null,
        { label: phrases.setTopic, act: () => form(phrases.setTopic, [{ name: "text", label: phrases.topic, value: conversation.topic, longest: 200 }], phrases.save, ({ text }) => chat.ask({ status: "topic", receiver: name, text })) },
        { label: phrases.inviteUser, act: () => form(phrases.inviteUser, [{ name: "user", label: phrases.userName }], phrases.invite, ({ user = "" }) => chat.ask({ status: "invite", receiver: name, user: user.trim() })) },
        conversation.private ? at(phrases.makeOpen, "open") : at(phrases.makePrivate, "private"),
        conversation.announce ? at(phrases.makeTalk, "talk") : at(phrases.makeAnnounce, "announce"),
        conversation.closed ? at(phrases.openAgain, "open")
          : { label: phrases.closeRoom, bad: true, act: () => form(phrases.closeRoom, [], phrases.closeRoom, () => chat.ask({ status: "close", receiver: name }), phrases.closeAsk) },
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
      conversation.kind === "room" && message.numbered && { label: phrases.copyLink, act: () => this.copy(addressOf(conversation.name, message.seq)) },
      { label: phrases.copyText, act: () => this.copy(message.text) },
      message.kind === "said" && !message.own && { label: phrases.reply, act: () => this.insert(`@${message.sender}`) },
      message.kind === "said" && message.numbered && (message.own || (conversation.kind === "room" && this.moderates(conversation))) && {
        label: phrases.deleteMessage, bad: true,
        act: () => this.ask({ status: "delete", receiver: conversation.name, seq: message.seq, ...(conversation.kind === "user" ? { private: true } : {}) }),
      },
      message.kind === "said" && !message.own && { label: phrases.aboutSender, act: () => this.person(message.sender, beside) },
    ].filter((one) => one !== false), beside);
  }

  /** @param {string} command */
  async run(command) {
    const wrong = await this.desk.typed(command, true);
    if (wrong) this.desk.notice(wrong, true);
  }

  /**
   * Insert a text into the box where the caret is, apart from the words around it.
   *
   * @param {string} text
   */
  insert(text) {
    const { composer, drawers } = this.desk;
    const { box } = composer;
    const gap = box.selectionStart && !/\s$/.test(box.value.slice(0, box.selectionStart)) ? " " : "";
    drawers.close();
    this.put(`${gap}${text} `);
    box.focus();
  }

  /**
   * Put a text in place of what is selected in the box.
   *
   * @param {string} text
   */
  put(text) {
    const { composer } = this.desk;
    composer.box.setRangeText(text, composer.box.selectionStart, composer.box.selectionEnd, "end");
    composer.changed(false);
  }

  /**
   * Ask whether to paste a long text.
   *
   * @param {number} lines
   * @param {string} text
   */
  paste(lines, text) {
    const put = () => {
      this.put(text);
      return "";
    };
    form(phrases.pasteTitle, [], phrases.paste, put, phrases.pasteAsk(lines));
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.desk.notice(phrases.copied);
    } catch {
      const field = h("textarea", { readonly: true, rows: 3, "aria-label": phrases.copyByHand, dir: "auto" });
      field.value = text;
      dialog(phrases.copyByHand, field);
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
      h("p", { text: local ? phrases.inviteNobody : phrases.inviteNote }),
      h("p", {}, h("a", { href: link, text: link })),
      qrOf(link),
      h("div", { class: "buttons" }, button(phrases.copyLink, () => this.copy(link), { class: "main" }),
        h("a", { href: `show${linkTo(room)}`, target: "_blank", text: phrases.projector })));
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
  return h("img", { class: "qr", src: `qr.svg?link=${encodeURIComponent(link)}`, alt: phrases.qr, error: (/** @type {Event} */ event) => /** @type {Element} */ (event.target).remove() });
}

