/** The view of the chat: three columns, and what joins their parts. */

/** @import { Classroom } from "./classroom.js" */
/** @import { Files } from "./files.js" */
/** @import { Menus } from "./menus.js" */
/** @import { Way } from "./way.js" */
/** @import { Change, Conversation, Message, Request, World } from "./types.js" */

import { Announcer } from "./announce.js";
import { Banner } from "./banner.js";
import { Chat, isCommand } from "./chat.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { button, h, put } from "./dom.js";
import { Drawers } from "./drawers.js";
import { Empty } from "./empty.js";
import * as entry from "./entrytexts.js";
import { Header } from "./header.js";
import { Log } from "./list.js";
import { styled } from "./look.js";
import { People } from "./members.js";
import { linkTo } from "./rows.js";
import { linkedTo } from "./storage.js";
import * as strings from "./strings.js";
import { shown } from "./text.js";
import { Told } from "./told.js";

const BUDGET = 1.5; // ms for drawing, of which the browser needs three times as much again; after more, frames are left out
const MOST_LEFT_OUT = 3; // so that what is said shows within a fifteenth of a second
const FLOOD_LEAVES_OUT = 5; // frames while more is said than anybody can read: it shows within a tenth of a second
const AROUND_EVERY = 200; // ms between two drawings of what stands around the log, such as counts

/**
 * Return a chat; after a reload, what it was before.
 *
 * @param {World} world
 * @param {(change: Change) => void} notify
 * @param {unknown} saved What its `snapshot` returned, or anything at all.
 */
export async function chatOf(world, notify, saved) {
  const chat = new Chat(world, notify);
  if (saved) (await import("./restoring.js")).restore(chat, saved);
  return chat;
}

/**
 * Return the view of a chat.
 *
 * @param {Chat} chat
 * @param {() => void} leave
 * @param {boolean} shows Whether it is for a projector.
 */
export async function viewOf(chat, leave, shows) {
  if (!shows) return new Page(chat, leave);
  const [{ Show }] = await Promise.all([import("./show.js"), styled()]);
  return new Show(chat);
}

/** The chat, drawn at most once a frame. */
export class Page {
  /**
   * @param {Chat} chat
   * @param {() => void} leave
   */
  constructor(chat, leave) {
    const announcer = new Announcer();
    this.chat = chat;
    this.announcer = announcer;
    this.drawing = false;
    this.leavesOut = 0;
    /** Whether more has changed than the log. */
    this.stale = true;
    this.resting = 0;
    this.added = 0;
    this.log = new Log({
      me: () => chat.store.me,
      hides: (conversation, message) => chat.store.hides(conversation, message),
      older: (conversation) => chat.pages.older(conversation),
      invite: (conversation) => this.use((menus) => void menus.invitation(conversation.name)),
      drew: (message, item) => {
        this.classroom?.drew(message, item);
        if (message.file) this.sharing ? this.sharing.drew(message, item) : void this.shares();
      },
      moved: () => this.moved(),
    });
    this.leave = leave;
    /** @type {Menus|null} Until they are used. */
    this.menus = null;
    /** @type {Way|null} Until it is used. */
    this.way = null;
    /** @type {typeof import("./keys.js")|null} Until they are used. */
    this.pressing = null;
    /** @type {Classroom|null} Until a class has something to show. */
    this.classroom = null;
    /** @type {Files|null} Until somebody shares a file. */
    this.sharing = null;
    this.composer = new Composer({
      type: (text) => this.typed(text),
      completes: async () => {
        const [there, loaded] = await Promise.all([this.understands(true), this.loaded(import("./completions.js"), true), styled()]);
        return there ? loaded : null;
      },
      complete: (text) => chat.complete(text),
      asks: (lines, text) => this.use((menus) => menus.paste(lines, text)),
      offers: (event) => this.offered(event),
    });
    this.banner = new Banner(chat, announcer);
    this.conversations = new Conversations((conversation) => this.open(conversation));
    this.people = new People((person, beside) => this.use((menus) => menus.person(person.name, beside)));
    this.jump = button("", () => this.log.toEnd(), { class: "jump", hidden: true });
    this.told = new Told(announcer);
    this.tools = button("⋯", () => {}, { class: "icon tools", "aria-label": strings.messageActions, "aria-haspopup": "menu" });
    this.header = new Header(this);
    this.drawers = new Drawers(this);
    this.empty = new Empty(this);
    this.hand = button(strings.raise, async () => (await this.teaches())?.raise(), { class: "hand", hidden: true });
    this.composer.element.append(this.hand);
    this.room = h("main", { class: "room" },
      this.header.element, this.banner.element, this.log.box, this.jump, this.empty.element, this.told.element, this.composer.element);
    const over = (/** @type {Event} */ event) => this.offerTools(event.target);
    const moved = (/** @type {PointerEvent} */ event) => (event.movementX || event.movementY) && over(event); // else only the rows have moved
    this.element = h("div", {
      class: "chat", pointermove: moved, focusin: over, click: (/** @type {MouseEvent} */ event) => { over(event); this.clicked(event); },
      keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
    },
      h("a", { class: "skip", href: "#message", text: strings.skip, click: (/** @type {Event} */ event) => { event.preventDefault(); this.composer.box.focus(); } }),
      this.drawers.side, this.room, this.drawers.aside, button("", () => this.drawers.close(), { class: "shade", tabindex: -1, "aria-hidden": true }));
    this.element.classList.toggle("listed", this.drawers.wide.matches);
    this.listen();
  }

  // What is loaded when it is first used.

  /**
   * Use the menus and dialogs.
   *
   * @param {(menus: Menus) => void} act
   */
  async use(act) {
    const loaded = await this.loaded(Promise.all([import("./menus.js"), styled()]));
    if (!loaded) return;
    this.menus ??= new loaded[0].Menus(this);
    act(this.menus);
  }

  /** Load what shows a class; return it, or null. */
  async teaches() {
    const loaded = this.classroom ? null : await this.loaded(import("./classroom.js"), true);
    if (loaded) await loaded.showClasses(this);
    return this.classroom;
  }

  /** Load what shares files, and shows them; return it, or null. */
  async shares() {
    const loaded = this.sharing ? null : await this.loaded(import("./files.js"));
    if (loaded) await this.loaded(loaded.showFiles(this));
    return this.sharing;
  }

  /**
   * Show what a class does. Where it only takes hands there is a button for them, and one for its staff; the rest is
   * loaded when they are used, or when it does more.
   *
   * @param {Extract<Change, {type: "class"}>} change
   */
  async taught(change) {
    const { line } = change;
    const { room, role, hands = {}, ...parts } = /** @type {Record<string, any>} */ (line["class"] ?? {});
    const known = room ? this.chat.store.find("room", room) : null;
    if (known) {
      known.staff = role !== "student";
      known.raises = hands.open === true && !known.staff;
    }
    const does = line.about || hands.place || hands.turn || location.hash.includes("/here=") || Object.values(parts).some((part) => part !== Object(part) || Object.keys(part).length > 0);
    const there = this.classroom ?? (does && (await this.teaches()));
    if (there) there.heard(change);
  }

  /**
   * Load what understands commands; return whether it is there.
   *
   * @param {boolean} [quietly]
   */
  async understands(quietly) {
    this.chat.commands ??= await this.loaded(import("./deeds.js"), quietly);
    return this.chat.commands !== null;
  }

  /**
   * Return what was loaded; null if that has failed, and say so: the connection is lost, or the server was upgraded.
   *
   * @template T
   * @param {Promise<T>} loading
   * @param {boolean} [quietly] Whether the user has not asked for it.
   */
  async loaded(loading, quietly = false) {
    try {
      return await loading;
    } catch {
      if (!quietly) this.told.show(entry.partNotLoaded, true, strings.loadAgain, () => location.reload());
      return null;
    }
  }

  listen() {
    for (const kind of ["visibilitychange", "focus", "blur"]) addEventListener(kind, () => this.moved());
    window.ondragover = window.ondrop = document.onpaste = (/** @type {Event} */ event) => this.offered(event);
  }

  /**
   * Take files that are dragged over the page, dropped or pasted, or let the user choose some. What is also text is pasted
   * as text.
   *
   * @param {any} event A DragEvent, ClipboardEvent or MouseEvent.
   */
  async offered(event) {
    const { type, dataTransfer, clipboardData } = event;
    const data = dataTransfer ?? clipboardData;
    if (data && (!data.types.includes("Files") || (clipboardData?.getData("text/html") && clipboardData.getData("text/plain")))) return;
    event.preventDefault(); // a browser opens a dropped file in place of the page
    const files = [...(data?.files ?? [])]; // which are there only now
    (await this.shares())?.offered(type, files);
  }

  // What the chat says.

  /** @param {Change} change */
  notify(change) {
    switch (change.type) {
      case "added":
        this.arrived(change.conversation, change.message, change.live);
        break;
      case "notice":
        if (change.inLog) this.announcer.error(shown(change.text));
        else if (change.room) this.told.show(change.text, false, entry.join, () => this.ask({ status: "join", receiver: change.room }));
        else this.notice(change.text, change.error);
        if (change.error) this.way?.forget();
        break;
      case "done":
        this.told.done();
        break;
      case "class":
        this.sharing?.heard(change);
        void this.taught(change);
        break;
      case "found":
        void this.use((menus) => menus.search.show(change));
        break;
      case "rooms":
        void this.use((menus) => menus.own.listed(change.rooms, change.more));
        break;
      case "ask":
        void this.use((menus) => menus.own.asked(change.what));
        break;
    }
    if (change.type !== "added") this.stale = this.log.dirty = true;
    this.later();
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   * @param {boolean} live
   */
  arrived(conversation, message, live) {
    const here = conversation === this.chat.store.focus;
    if (here && message.kind === "said" && !message.own) this.added += 1;
    if (!live || message.own) return;
    if (here) this.announcer.message(message);
    const wanted = message.kind === "said" && (message.mention || conversation.kind === "user");
    if (wanted && !conversation.muted && !(here && document.hasFocus())) void this.call(conversation, message);
  }

  /**
   * Notify the user, who looks elsewhere.
   *
   * @param {Conversation} conversation
   * @param {Message} message
   */
  async call(conversation, message) {
    const loaded = await this.loaded(import("./calls.js"), true);
    loaded?.call(conversation, message, () => this.open(conversation));
  }

  later() {
    if (this.drawing) return;
    this.drawing = true;
    if (document.hidden) setTimeout(() => this.draw(), 250);
    else this.nextFrame();
  }

  nextFrame() {
    requestAnimationFrame(() => (this.leavesOut-- >= 1 ? this.nextFrame() : this.draw()));
  }

  draw() {
    const began = performance.now();
    this.drawing = false;
    const { store } = this.chat;
    const moves = store.focus !== this.log.conversation;
    if (moves) this.focused();
    if (this.added && !this.log.follows) {
      this.log.fresh += this.added;
      this.stale = true;
    }
    this.added = 0;
    if (this.stale && (moves || !this.resting)) {
      this.around();
      if (this.log.flooded) return this.later(); // that is enough for one frame
    }
    this.log.draw(); // last, for it needs the layout
    this.way?.reach();
    this.leavesOut = this.log.flooded ? FLOOD_LEAVES_OUT : Math.min(MOST_LEFT_OUT, (performance.now() - began) / BUDGET);
  }

  /** Draw what stands around the log. */
  around() {
    const { store } = this.chat;
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => {
      this.resting = 0;
      if (this.stale) this.later();
    }, AROUND_EVERY);
    this.stale = false;
    this.conversations.draw(store.conversations.values(), store.focus);
    this.people.draw(store.focus?.kind === "room" ? store.focus : null);
    this.banner.draw();
    this.header.draw(store.focus);
    this.header.count();
    this.composer.address(store.focus);
    this.sharing?.draw();
    this.log.box.hidden = !store.focus;
    this.empty.draw(!store.focus);
    this.moved();
  }

  // Where the user is.

  /** The page's address has changed: go where it says. */
  followLink() {
    const { room, seq } = linkedTo();
    const known = this.chat.store.find("room", room);
    if (room && seq) void this.goTo(room, "room", seq);
    else if (known?.joined) this.chat.view(known);
    else if (room) this.ask({ status: "join", receiver: room });
  }

  /** @param {Request} request */
  ask(request) {
    const wrong = this.chat.ask(request);
    if (wrong) this.notice(wrong, true);
  }

  /** @param {Conversation} conversation */
  open(conversation) {
    this.chat.view(conversation);
    this.drawers.close();
    if (matchMedia("(pointer: fine)").matches) this.composer.box.focus();
  }

  /** Another conversation is in view. */
  focused() {
    const { focus } = this.chat.store;
    if (this.room.inert) this.drawers.close();
    this.announcer.clear();
    this.added = 0;
    this.told.hide();
    this.composer.show(focus);
    this.log.show(focus);
    this.classroom?.moved();
    const { room, seq } = linkedTo();
    const linked = focus?.kind === "room" && this.chat.store.find("room", room) === focus;
    if (focus && !linked) history.replaceState(null, "", `${location.pathname}${location.search}${focus.kind === "room" ? linkTo(focus.name) : ""}`);
    this.moved();
    if (linked && seq) void this.goTo(room, "room", seq);
  }

  /** What is in view has changed: count what is read, and offer the way to the end. */
  moved() {
    const { log, jump } = this;
    this.chat.store.follow(log.follows && !document.hidden && document.hasFocus());
    jump.hidden = log.follows || !log.conversation;
    put(jump, log.fresh ? strings.fresh(log.fresh) : strings.newest);
  }

  /**
   * Go to one message, which may have to be loaded first.
   *
   * @param {string} name
   * @param {"room"|"user"} kind
   * @param {number} seq
   */
  async goTo(name, kind, seq) {
    const loaded = await this.loaded(import("./way.js"));
    if (!loaded) return;
    this.way ??= new loaded.Way(this);
    this.way.goTo(name, kind, seq);
  }

  // What the user does.

  /**
   * Say or do what was typed; return "", or why it can't be done.
   *
   * @param {string} text
   * @param {boolean} [stays] Whether the log stays where it is, for the user has not typed, but chosen from a menu.
   */
  async typed(text, stays) {
    if (isCommand(text) && !(await this.understands())) return strings.notDone;
    const wrong = this.chat.type(text);
    if (!wrong && !stays) this.log.toEnd();
    return wrong;
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("button");
    const message = this.log.messageOf(target);
    const { focus } = this.chat.store;
    if (!focus || !message || !button) return;
    const { user } = button.dataset;
    if (button === this.tools) void this.use((menus) => menus.message(focus, message, button));
    else if (user) void this.use((menus) => menus.person(user, button));
    else if (button.dataset.do === "fill") void this.fill(focus, message);
    else if (button.dataset.do === "retry") this.chat.retry(focus, message);
    else if (button.dataset.do === "discard") this.composer.put(this.chat.discard(focus, message));
  }

  /**
   * @param {Conversation} conversation
   * @param {Message} message
   */
  async fill(conversation, message) {
    const loaded = await this.loaded(import("./filling.js"));
    loaded?.fill(this.chat.pages, conversation, conversation.messages.indexOf(message));
  }

  /** @param {EventTarget|null} target */
  offerTools(target) {
    const row = target instanceof Element ? target.closest("li")?.querySelector(".row") : null;
    if (row && this.tools.parentElement !== row) row.append(this.tools);
  }

  /** @param {KeyboardEvent} event */
  async pressed(event) {
    const { target, key, isComposing } = event;
    if (isComposing || !(/^(Arrow|Home|End|Esc)/.test(key) || target instanceof HTMLLIElement)) return;
    this.pressing ??= await this.loaded(import("./keys.js"), target === this.composer.box);
    this.pressing?.pressed(this, event);
  }

  /**
   * Show a sentence above the box.
   *
   * @param {string} text
   * @param {boolean} [error]
   */
  notice(text, error = false) {
    if (error || !this.menus?.search.dialog?.open) this.told.show(text, error); // the search says the same
  }}
