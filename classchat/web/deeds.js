/** What a command does. */

import { partOf } from "./classreading.js";
import { CommandError, parse } from "./commands.js";
import { complete } from "./complete.js";
import { roomKey, userKey } from "./names.js";
import * as phrases from "./phrases.js";
import * as strings from "./strings.js";
import { shown, shownName } from "./text.js";
import { talkTo } from "./wishes.js";

/** @import { Chat } from "./chat.js" */
/** @import { Deed, Whereabouts } from "./commands.js" */
/** @import { Store } from "./store.js" */
/** @import { Answer, Conversation, Message, Request, Spoken, Success, UserListing } from "./types.js" */

/** @type {WeakMap<Chat, Map<string, Request>>} The next pages of the last typed history, and search. */
const NEXT = new WeakMap();

/**
 * Do what a typed command says; return "", or why it can't be done.
 *
 * @param {Chat} chat
 * @param {string} text
 */
export function carryOut(chat, text) {
  try {
    return text.trim() ? act(chat, parse(text, whereabouts(chat))) : "";
  } catch (wrong) {
    if (wrong instanceof CommandError) return wrong.message;
    throw wrong;
  }
}

/**
 * Return the completions of a text that ends at the caret.
 *
 * @param {Chat} chat
 * @param {string} text
 */
export function completed({ store: { known } }, text) {
  const names = (/** @type {Map<string, {name: string}>} */ all) => [...all.values()].map((one) => one.name);
  return complete(text, { users: names(known.users), rooms: names(known.rooms) });
}

/**
 * @param {Chat} chat
 * @returns {Whereabouts}
 */
function whereabouts({ store, world }) {
  const { focus, known } = store;
  return {
    focus: focus?.kind === "room" ? focus.name : null,
    isRoom: (name) => store.find("room", name) !== null || known.rooms.has(roomKey(name)),
    isUser: (name) => known.users.has(userKey(name)),
    here: focus ? `${focus.kind === "user" ? "@" : ""}${focus.name}` : "",
    latest: ({ receiver, private: personal }, user) => latest(store, (personal ? null : store.find("room", receiver)) ?? store.find("user", receiver), user || store.me),
    now: world.now(),
  };
}

/**
 * Return the number of a user's latest message that is not deleted; 0 if none is known.
 *
 * @param {Store} store
 * @param {Conversation|null} conversation
 * @param {string} user
 */
function latest(store, conversation, user) {
  const own = store.isMe(user);
  const of = (/** @type {Message} */ row) => (own ? row.own : userKey(row.sender) === userKey(user));
  return conversation?.messages.findLast((row) => row.kind === "said" && row.numbered && row.event !== "deleted" && of(row))?.seq ?? 0;
}

/**
 * @param {Chat} chat
 * @param {Deed} deed
 * @returns {string}
 */
function act(chat, deed) {
  const { store } = chat;
  switch (deed.do) {
    case "ask":
      return ask(chat, deed.request);
    case "say":
      return chat.sayHere(deed.text);
    case "act":
      return chat.sayHere(`* ${store.me} ${deed.text}`);
    case "reply":
      return store.lastSender ? chat.say(store.with("user", store.lastSender), deed.text) : phrases.noReply;
    case "focus":
      return focus(chat, deed.name);
    case "talk":
      talkTo(chat, deed.name);
      return deed.text && chat.sayHere(deed.text);
    case "ignore":
      return ignore(chat, deed.name);
    case "unignore":
      store.ignored.delete(userKey(deed.name));
      return changed(chat, phrases.unignored(shownName(deed.name)));
    case "quiet":
      return quiet(chat, deed.room, deed.off);
    case "more": {
      const next = NEXT.get(chat)?.get(deed.of);
      return next ? chat.ask(next) : phrases.noMore[deed.of];
    }
    case "list":
      return tell(chat, conversations(chat));
    case "send":
      if (deed.name && focus(chat, deed.name)) return phrases.noSuchPlace;
      chat.notify({ type: "ask", what: "files" });
      return "";
    case "help":
      return tell(chat, deed.text);
    case "quit":
      chat.quit();
      return "";
    case "claim":
    case "password":
      chat.notify({ type: "ask", what: deed.do });
      return "";
    default:
      return deed;
  }
}

/**
 * @param {Chat} chat
 * @param {Request} request
 */
function ask(chat, request) {
  const { status, receiver = "", text = "" } = request;
  const part = partOf(request);
  if (part && chat.store.focus?.joined && chat.store.find("room", receiver) === chat.store.focus) {
    chat.notify({ type: "class", line: { status: "private", sender: "", receiver: "", text: "", about: { room: receiver, part } } });
    return "";
  }
  if (status === "private") return chat.say(chat.store.with("user", receiver), text);
  const room = status === "group" ? chat.store.find("room", receiver) : null;
  return room ? chat.say(room, text) : chat.ask(request);
}

/**
 * @param {Chat} chat
 * @param {string} name
 */
function focus(chat, name) {
  const { store } = chat;
  const plain = name.replace(/^[@#]/, "");
  if (name.startsWith("@") && plain) talkTo(chat, plain);
  else if (!name) chat.view(null);
  else {
    const room = store.find("room", plain);
    const known = !name.startsWith("#") && (store.find("user", name) || store.known.users.has(userKey(name)));
    const numbered = /^\d{1,3}$/.test(name) ? [...store.conversations.values()][Number(name) - 1] : undefined;
    if (room?.joined) chat.view(room);
    else if (known) talkTo(chat, name);
    else if (numbered) chat.view(numbered);
    else if (room || store.known.rooms.has(roomKey(plain))) return strings.elsewhereRoom(shownName(plain));
    else return /^\d+$/.test(name) ? phrases.noNumber(Number(name)) : phrases.nobody(shownName(plain));
  }
  return "";
}

/**
 * @param {Chat} chat
 * @param {string} name
 */
function ignore(chat, name) {
  const { store } = chat;
  if (!name) return tell(chat, phrases.ignored([...store.ignored].map((one) => shownName(one))));
  if (store.isMe(name)) return phrases.noSelf;
  store.ignored.add(userKey(name));
  return changed(chat, phrases.ignoring(shownName(name)));
}

/**
 * @param {Chat} chat
 * @param {string} room
 * @param {boolean} off
 */
function quiet(chat, room, off) {
  const { focus, conversations } = chat.store;
  const name = room || (focus?.kind === "room" ? focus.name : "");
  const all = name === "*";
  const one = all ? null : chat.store.find("room", name);
  if (!name) return phrases.whichRoom;
  if (!all && !one) return strings.elsewhereRoom(shownName(name));
  if (all) chat.store.quiet = !off;
  for (const conversation of one ? [one] : conversations.values()) conversation.quiet = !off;
  return changed(chat, phrases.quiet(all ? name : shownName(name), off));
}

/**
 * Say that something has changed, and draw everything again.
 *
 * @param {Chat} chat
 * @param {string} text
 */
function changed(chat, text) {
  for (const conversation of chat.store.conversations.values()) chat.notify({ type: "changed", conversation });
  return tell(chat, text);
}

/**
 * Show a text of the page itself where the user looks.
 *
 * @param {Chat} chat
 * @param {string} text
 */
function tell({ store, notify }, text) {
  if (store.focus) store.note(store.focus, text);
  else notify({ type: "notice", text, error: false });
  return "";
}

/** @param {Chat} chat */
function conversations({ store }) {
  const lines = [...store.conversations.values()].map(({ kind, name, unread, mentions }, at) => {
    const count = unread ? ` · ${unread} unread${mentions ? "!" : ""}` : "";
    return `${at + 1} ${kind === "user" ? "@" : ""}${shownName(name)}${count}`;
  });
  return lines.length ? [phrases.listed, ...lines].join("\n") : phrases.noConversations;
}

/**
 * Return what the server has listed as a text: the members of a room, or its topic.
 *
 * @param {Request} request
 * @param {Success} answer
 */
export function described({ status, receiver }, answer) {
  if (status === "users") return receiver ? members(receiver, answer) : answer.text;
  const [listing] = answer.rooms ?? [];
  return listing ? phrases.topicOf(shownName(listing.name), listing.topic ?? "") : answer.text;
}

/**
 * Return the members of a room with their roles, those who are offline at the end.
 *
 * @param {string} room
 * @param {Success} answer
 */
function members(room, { users = [], absent = [], more = 0 }) {
  const list = (/** @type {UserListing[]} */ people) => people.map(member).join(", ");
  return phrases.members(shownName(room), list(users), list(absent), Number(more));
}

/** @param {UserListing} listing */
function member({ name, moderator, muted, away }) {
  const notes = [moderator && strings.moderator, muted && strings.muted];
  if (typeof away === "string") notes.push(away ? `${strings.away}: ${shown(away)}` : strings.away);
  const said = notes.filter(Boolean).join(", ");
  return said ? `${shownName(name)} (${said})` : shownName(name);
}

/**
 * Remember the request for the page behind one that a user has asked for.
 *
 * @param {Chat} chat
 * @param {Request} request
 * @param {Spoken[]} found
 * @param {Answer} answer
 */
export function turned(chat, request, found, answer) {
  const next = NEXT.get(chat) ?? new Map();
  const seqs = found.flatMap((line) => line.seq ?? []);
  const { since, after, before, id, ...rest } = request;
  NEXT.set(chat, next);
  next.delete(request.status);
  if (answer.status !== "success" || answer.more !== true) return;
  if (request.status === "search") {
    if (answer.before !== undefined) next.set("search", { ...rest, before: answer.before });
  } else if (seqs.length) {
    const forward = since !== undefined || after !== undefined;
    next.set("history", forward ? { ...rest, after: Math.max(...seqs) } : { ...rest, before: Math.min(...seqs) });
  }
}
