/** What a typed line does. */

import { CommandError, parse } from "./commands.js";
import { userKey } from "./names.js";
import { strings } from "./strings.js";
import { shownName } from "./text.js";

/** @import { Chat } from "./chat.js" */
/** @import { Deed, Whereabouts } from "./commands.js" */
/** @import { Request } from "./types.js" */

/**
 * Say or do what was typed; return "", or why it can't be done.
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
 * @param {Chat} chat
 * @returns {Whereabouts}
 */
function whereabouts({ store, world }) {
  const { focus, known } = store;
  return {
    focus: focus?.kind === "room" ? focus.name : null,
    isRoom: (name) => store.find("room", name) !== null || known.hasRoom(name),
    isUser: (name) => known.hasUser(name),
    here: focus ? `${focus.kind === "user" ? "@" : ""}${focus.name}` : "",
    now: world.now(),
  };
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
      return say(chat, deed.text);
    case "act":
      return say(chat, `* ${store.me} ${deed.text}`);
    case "reply":
      return store.lastSender ? chat.say(store.with("user", store.lastSender), deed.text) : strings.noReply;
    case "focus":
      return focus(chat, deed.name);
    case "talk":
      chat.talkTo(deed.name);
      return deed.text && say(chat, deed.text);
    case "ignore":
      return ignore(chat, deed.name);
    case "unignore":
      store.ignored.delete(userKey(deed.name));
      return changed(chat, strings.unignored(shownName(deed.name)));
    case "quiet":
      return quiet(chat, deed.room, deed.off);
    case "more": {
      const next = chat.pages.next(deed.of);
      return next ? chat.ask(next) : strings.noMore[deed.of];
    }
    case "list":
      return tell(chat, conversations(chat));
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
  if (status === "private") return chat.say(chat.store.with("user", receiver), text);
  const room = status === "group" ? chat.store.find("room", receiver) : null;
  return room ? chat.say(room, text) : chat.ask(request);
}

/**
 * @param {Chat} chat
 * @param {string} text
 */
function say(chat, text) {
  const { focus, conversations } = chat.store;
  if (focus?.kind === "room" && !focus.joined) return strings.elsewhereRoom(shownName(focus.name));
  if (focus) return chat.say(focus, text);
  return conversations.size ? strings.noFocus : strings.noRoom;
}

/**
 * @param {Chat} chat
 * @param {string} name
 */
function focus(chat, name) {
  const { store } = chat;
  const plain = name.replace(/^[@#]/, "");
  if (name.startsWith("@") && plain) chat.talkTo(plain);
  else if (!name) chat.view(null);
  else {
    const room = store.find("room", plain);
    const known = !name.startsWith("#") && (store.find("user", name) || store.known.hasUser(name));
    const numbered = /^\d{1,3}$/.test(name) ? [...store.conversations.values()][Number(name) - 1] : undefined;
    if (room?.joined) chat.view(room);
    else if (known) chat.talkTo(name);
    else if (numbered) chat.view(numbered);
    else if (room || store.known.hasRoom(plain)) return strings.elsewhereRoom(shownName(plain));
    else return /^\d+$/.test(name) ? strings.noNumber(Number(name)) : strings.nobody(shownName(plain));
  }
  return "";
}

/**
 * @param {Chat} chat
 * @param {string} name
 */
function ignore(chat, name) {
  const { store } = chat;
  if (!name) return tell(chat, strings.ignored([...store.ignored].map((one) => shownName(one))));
  if (store.isMe(name)) return strings.noSelf;
  store.ignored.add(userKey(name));
  return changed(chat, strings.ignoring(shownName(name)));
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
  if (!name) return strings.whichRoom;
  if (!all && !one) return strings.elsewhereRoom(shownName(name));
  if (all) chat.store.quiet = !off;
  for (const conversation of one ? [one] : conversations.values()) conversation.quiet = !off;
  return changed(chat, strings.quiet(all ? name : shownName(name), off));
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
  return lines.length ? [strings.listed, ...lines].join("\n") : strings.noConversations;
}
