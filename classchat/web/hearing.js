/** What the connection tells, and what follows from it: rooms to join, people and messages to load. */

import * as strings from "./strings.js";
import { shownName } from "./text.js";

/** @import { Chat } from "./chat.js" */
/** @import { Answer, Conversation, LinkState, Open, Request, Spoken, Success } from "./types.js" */

/** Takes what a Link hears. */
export class Hearing {
  /** The room to join after signing in, or "". */
  wanted = "";

  /** @type {Set<string>} The ids of requests that the user has made. */
  #typed = new Set();
  /** @type {Set<Conversation>} Those whose people and messages are as new as the connection. */
  #fresh = new Set();

  /** The room whose class this connection follows, or "". */
  #followed = "";
  /** Whether the server has classes, as far as is known. */
  #hasClasses = true;

  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
  }

  get store() {
    return this.chat.store;
  }

  /**
   * Take note of a request of the user.
   *
   * @param {string} id
   */
  asked(id) {
    this.#typed.add(id);
  }

  /**
   * Load what is not known yet of the conversation in view.
   */
  refresh() {
    const { focus } = this.store;
    this.#follow(focus?.kind === "room" && focus.joined ? focus.name : "");
    if (!focus || this.chat.state.phase !== "up" || this.#fresh.has(focus)) return;
    this.#fresh.add(focus);
    if (focus.kind === "room" && !focus.joined) return;
    if (focus.kind === "room") {
      this.askPeople(focus);
      this.#askQuietly({ status: "rooms", room: focus.name });
    }
    if (focus.kind === "user" && focus.messages.some((row) => row.numbered)) this.chat.pages.latest(focus);
    else if (!focus.messages.some((row) => row.numbered)) this.chat.pages.older(focus);
  }

  /**
   * Follow the class of the room in view, and no other one.
   *
   * @param {string} room Or "".
   */
  #follow(room) {
    if (this.chat.state.phase !== "up" || room === this.#followed) return;
    const old = this.#followed;
    this.#followed = room;
    if (old) this.askClass(old, false);
    if (room) this.askClass(room);
  }

  /**
   * Ask what a room's class is doing, and follow it.
   *
   * @param {string} room
   * @param {boolean} [follow] Or stop following it.
   */
  askClass(room, follow = true) {
    if (this.#hasClasses) this.#askQuietly({ status: "class", receiver: room, follow });
  }

  /** @param {Conversation|null} conversation */
  askPeople(conversation) {
    this.#askQuietly({ status: "users", ...(conversation ? { receiver: conversation.name } : {}) });
  }

  /** @param {Request} request */
  #askQuietly(request) {
    if (this.chat.state.phase === "up") this.chat.link.ask(request);
  }

  // The link calls.

  /** @param {LinkState} state */
  changed(state) {
    if (state.phase === "up") this.refresh();
    this.chat.notify({ type: "link" });
  }

  /**
   * @param {Success} welcome
   * @param {boolean} again
   */
  welcomed(welcome, again) {
    const { store } = this;
    if (again) store.renamed(store.me, welcome.receiver); // the answer to a `rename` may have been lost
    store.me = welcome.receiver;
    store.claimed = welcome.rooms !== undefined;
    store.operates = welcome.operator === true;
    store.takesClaims = welcome.claims !== false;
    store.lobby = welcome.lobby ?? "";
    this.#fresh.clear();
    this.#followed = "";
    this.#hasClasses = true;
    if (again && welcome.gap) this.#tell(strings.missedAnywhere(welcome.missed), true);
  }

  /** @param {Spoken} line */
  heard(line) {
    this.store.heard(line);
    if (line.number) void import("./deleting.js").then(({ deleted }) => deleted(this.store, line), () => {});
  }

  /** Everything that was missed has arrived: join the room of the link, or the lobby, and choose what is in view. */
  caughtUp() {
    const { store } = this;
    const rooms = [...store.conversations.values()].filter((one) => one.joined);
    const room = this.wanted || (rooms.length ? "" : store.lobby);
    this.wanted = "";
    const known = room && store.find("room", room);
    if (known && known.joined) this.chat.view(known);
    else if (room) this.chat.ask({ status: "join", receiver: room });
    else if (!store.focus && rooms.length) this.chat.view(rooms.reduce((one, other) => (other.tail > one.tail ? other : one)));
    this.#askQuietly({ status: "users" });
    this.#askQuietly({ status: "rooms" });
  }

  /**
   * @param {string} name
   * @param {Answer} answer
   */
  rejoined(name, answer) {
    const { store } = this;
    if (answer.status === "success") {
      store.entered(name, answer);
      return;
    }
    const room = store.find("room", name);
    const why = answer.text || strings.gone;
    const inLog = room !== null && room.joined && room === store.focus; // which says it then
    if (room?.joined) store.left(room, why);
    this.chat.notify({ type: "notice", text: answer.text || `${shownName(name)}: ${why}`, error: true, inLog });
  }

  renumbered() {
    this.store.renumbered();
  }

  /** @param {Open[]} open */
  unconfirmed(open) {
    this.store.sending.unconfirmed(open);
    for (const { request, sent } of open) {
      const { status, id = "" } = request;
      if (status === "history") this.chat.pages.withdrawn(request);
      else if (status === "search") this.chat.pages.page(request, [], { status: "error", sender: "", receiver: "", text: "" });
      else if (sent && this.#typed.delete(id)) this.#tell(strings.unconfirmedRequest(status), true);
    }
  }

  /**
   * @param {Request} request
   * @param {Spoken[]} found
   * @param {Answer} answer
   */
  page(request, found, answer) {
    const typed = this.#typed.delete(request.id ?? "");
    if (typed) this.chat.commands?.turned(this.chat, request, found, answer);
    this.chat.pages.page(request, found, answer);
    if (typed) this.#tell(answer.text, answer.status === "error");
  }

  /**
   * @param {Request|null} request
   * @param {Answer} answer
   */
  answered(request, answer) {
    const id = answer.id ?? "";
    const typed = this.#typed.delete(id);
    if (request && (this.chat.classes || request.status === "class")) this.chat.notify({ type: "class", line: answer, request });
    const said = request?.status === "group" || request?.status === "private";
    if (said) this.store.sending.answered(id, answer);
    if (answer.status === "success" && (typed || said)) this.chat.notify({ type: "done" });
    if (answer.status === "success") this.#granted(request, answer, typed);
    else if (request?.status === "join" && answer.code === "already_member") this.#entered(request, {}, typed);
    else {
      if (request?.status === "class") this.#hasClasses = answer.code !== "unknown_status";
      if (request?.status === "join" && answer.code === "room_not_found") this.store.missing = request.receiver ?? "";
      if (typed || !request) this.#tell(answer.text, true);
    }
  }

  /**
   * @param {Request|null} request
   * @param {Success} answer
   * @param {boolean} typed
   */
  #granted(request, answer, typed) {
    const room = request?.receiver ? this.store.find("room", request.receiver) : null;
    switch (request?.status) {
      case "join":
      case "create":
        this.#entered(request, answer, typed);
        break;
      case "leave":
        if (room) this.store.left(room, "");
        break;
      case "users":
      case "rooms":
        this.#listed(request, answer, room, typed);
        break;
      case "rename":
        this.store.renamed(this.store.me, answer.receiver);
        this.chat.notify({ type: "link" });
        this.#tell(answer.text, false);
        break;
      case "claim":
        this.store.claimed = true;
        this.#tell(answer.text, false);
        break;
      case "roster": // the panel shows the list; a join code is told only once, so it stays in the conversation
        if ("code" in answer) this.#note(answer.text);
        break;
      case "class":
      case "file":
      case "group":
      case "private":
        break;
      default:
        if ((typed || !request) && answer.away !== true) this.#tell(answer.text, false); // else a card shows it
    }
  }

  /**
   * @param {Request} request
   * @param {{seq?: number}} answer
   * @param {boolean} typed
   */
  #entered({ receiver = "" }, answer, typed) {
    const room = this.store.entered(receiver, answer);
    this.#fresh.delete(room);
    if (room.name === this.#followed) this.#followed = "";
    if (typed) this.chat.view(room);
  }

  /**
   * @param {Request} request
   * @param {Success} answer
   * @param {Conversation|null} room
   * @param {boolean} typed
   */
  #listed(request, answer, room, typed) {
    const { store } = this;
    const ofRoom = request.status === "users" ? room : null;
    store.known.listed(request, answer, ofRoom);
    for (const listing of answer.rooms ?? []) {
      const { topic = "", private: secret = false, closed = false, announce = false } = listing;
      const known = store.find("room", listing.name);
      if (known) Object.assign(known, { topic, private: secret, closed, announce });
    }
    this.chat.notify({ type: "people", conversation: ofRoom });
    if (!typed) return;
    const more = Number(answer.more ?? 0);
    if (request.status === "rooms" && !request.room) this.chat.notify({ type: "rooms", rooms: answer.rooms ?? [], more });
    else this.#note(this.chat.commands?.described(request, answer) ?? answer.text);
  }

  /**
   * Show a longer text: in the conversation in view, if there is one.
   *
   * @param {string} text
   */
  #note(text) {
    if (this.store.focus) this.store.note(this.store.focus, text);
    else this.#tell(text, false);
  }

  /**
   * @param {string} text
   * @param {boolean} error
   */
  #tell(text, error) {
    this.chat.notify({ type: "notice", text, error });
  }
}
