/** What a typed line means: a command of the terminal, or something to say. */

import { INSTEAD } from "./advice.js";
import { CLASS_COMMANDS } from "./classreading.js";
import { readDelete } from "./deletion.js";
import { readHistory, readSearch } from "./past.js";
import { CommandError, about, bare, close, keepOut, kick, leave, quoted, room, topic, users } from "./targets.js";

/** @import { Request } from "./types.js" */

export { CommandError };

/**
 * @typedef {object} Whereabouts What decides the room that a command is about.
 * @property {string|null} focus The room in view, or null.
 * @property {(name: string) => boolean} isRoom
 * @property {(name: string) => boolean} isUser
 * @property {string} here The conversation in view, as `/history` takes it: "CS350", "@Bob" or "".
 * @property {(conversation: {receiver: string, private?: boolean}, user: string) => number} latest Returns the number of the latest message that
 *   is known there: of a user, or without a name of this one; 0 if there is none.
 * @property {number} now
 *
 * @typedef {{do: "ask", request: Request}
 *   | {do: "say", text: string}
 *   | {do: "focus", name: string}
 *   | {do: "talk", name: string, text: string}
 *   | {do: "reply", text: string}
 *   | {do: "act", text: string}
 *   | {do: "ignore", name: string}
 *   | {do: "unignore", name: string}
 *   | {do: "quiet", room: string, off: boolean}
 *   | {do: "more", of: "history"|"search"}
 *   | {do: "send", name: string}
 *   | {do: "help", text: string}
 *   | {do: "claim"|"password"|"list"|"quit"}} Deed
 *
 * @typedef {object} Candidate A completion that replaces the last `replaces` characters before the caret.
 * @property {string} text
 * @property {number} replaces
 * @property {"command"|"user"|"room"} about
 *
 * @typedef {object} Command
 * @property {string} name
 * @property {string[]} needs Its arguments: `<needed>` or `[optional]`.
 * @property {string} help
 * @property {string[]} also Its other names.
 * @property {boolean} placed Whether the room in view decides what its words mean.
 * @property {boolean} [whole] Whether it reads the text behind its name itself.
 * @property {(words: string[], where: Whereabouts) => Deed} read
 */

const TEXTS = new Set(["<message>", "[message]", "<words>", "[text]", "[reason]"]);

/**
 * @param {string} synopsis
 * @param {string} help
 * @param {(words: string[], where: Whereabouts) => Request|Deed} read
 * @param {string} [also]
 * @param {boolean} [placed]
 * @returns {Command}
 */
function command(synopsis, help, read, also = "", placed = false) {
  const [name = "", ...needs] = synopsis.split(" ");
  /** @type {Command["read"]} */
  const deed = (words, where) => {
    const made = read(words, where);
    return "do" in made ? made : { do: "ask", request: made };
  };
  return { name, needs, help, also: also ? also.split(" ") : [], placed, read: deed };
}

/**
 * @param {string} synopsis
 * @param {string} help
 * @param {(words: string[], where: Whereabouts, usage: string) => Request} read
 * @param {string} [also]
 */
function placed(synopsis, help, read, also) {
  return command(synopsis, help, (words, where) => read(words, where, synopsis), also, true);
}

/**
 * @param {typeof CLASS_COMMANDS[number]} row
 * @returns {Command}
 */
function ofClass({ name, needs, help, also, read }) {
  return { name, needs, help, also: also ? [also] : [], placed: true, whole: true, read: ([rest = ""], where) => ({ do: "ask", request: read(rest, where) }) };
}

/**
 * @param {string} status
 * @returns {(words: string[]) => Request}
 */
function receiver(status) {
  return ([name]) => ({ status, receiver: name });
}

/** All commands, in the order in which /help lists them. */
export const COMMANDS = [
  command("/private <username> <message>", "Send private message",
    ([name, text]) => ({ status: "private", receiver: name, text }), "/msg /dm /w /whisper /tell /pm /m"),
  command("/group <room_name> <message>", "Send group message",
    ([name, text]) => ({ status: "group", receiver: name, text })),
  command("/create <room_name>", "Create a chat room", receiver("create")),
  command("/join <room_name>", "Join a chat room", receiver("join"), "/j"),
  placed("/leave [room]", "Leave a chat room", leave, "/part"),
  command("/rooms", "List the chat rooms", () => ({ status: "rooms" }), "/list /channels"),
  placed("/users [room|user|*]", "List the users in a room, or on the server (*), or show one user", users,
    "/who /names /n /members"),
  command("/whois <username>", "Show whether a user is online", ([user]) => ({ status: "users", user })),
  placed("/topic [room] [text]", "Show or set the topic; - removes it", topic, "/t"),
  placed("/kick [room] <username> [reason]", "Remove a user from the room", kick, "/k"),
  placed("/ban [room] <username> [30m] [reason]", "Ban a user from the room (30m; default: forever)", keepOut("ban")),
  placed("/unban [room] <username>", "Lift a ban", about("unban")),
  placed("/mute [room] <username> [30m] [reason]", "Mute a user in the room (30m; default: forever)", keepOut("mute")),
  placed("/unmute [room] <username>", "Lift a mute", about("unmute")),
  placed("/op [room] <username>", "Make a user a moderator of the room", about("op")),
  placed("/deop [room] <username>", "Remove a moderator, who stays a member", about("deop")),
  placed("/invite [room] <username>", "Invite a user to a private room", about("invite")),
  placed("/assist [room] <username>", "Make a user an assistant of the room", about("assist")),
  placed("/unassist [room] <username>", "Remove an assistant, who stays a member", about("unassist")),
  placed("/room [room] <kind> [30s]", "Set who may join (private, open) or speak (announce, questions, slow 30s, exam, talk)", room),
  placed("/close [room]", "Close a room: remove all members, and refuse new ones", close),
  command("/send [room|user]", "Choose files to share; with a name, in that conversation", ([name = ""]) => ({ do: "send", name }), "/upload /share"),
  placed("/delete [room|user] [number|@user]", "Delete your latest message, or another one by its number", readDelete, "/del /unsend"),
  ...CLASS_COMMANDS.map(ofClass),
  command("/broadcast <message>", "Send a message to all users on the server",
    ([text]) => ({ status: "broadcast", text })),
  command("/claim", "Register your name with a password", () => ({ do: "claim" })),
  command("/password", "Change your password", () => ({ do: "password" })),
  command("/nick <name>", "Change your name, unless it is registered", ([text = ""]) => ({ status: "rename", text }),
    "/name /rename"),
  command("/away [message]", "Mark yourself as away", ([text = ""]) => ({ status: "away", text }), "/afk"),
  command("/back", "Mark yourself as back", () => ({ status: "back" })),
  command("/focus [room|user|N]", "Choose the room or user to talk to; alone: none",
    ([name = ""]) => ({ do: "focus", name }), "/switch /goto /buffer /window"),
  command("/query <username> [message]", "Choose a user to talk to, and send them a message",
    ([name = "", text = ""]) => ({ do: "talk", name, text })),
  command("/conversations", "List your rooms and private conversations, by number", () => ({ do: "list" }),
    "/chats /buffers /windows"),
  command("/reply <message>", "Reply to the last private message", ([text = ""]) => ({ do: "reply", text }), "/r"),
  command("/me <message>", "Say what you are doing", ([text = ""]) => ({ do: "act", text }), "/action /emote"),
  command("/say <message>", "Send text, even if it starts with a slash", ([text = ""]) => ({ do: "say", text })),
  command("/ignore [username]", "Hide a user's messages; alone: list hidden users",
    ([name = ""]) => ({ do: "ignore", name }), "/block"),
  command("/unignore <username>", "Show a user's messages again", ([name = ""]) => ({ do: "unignore", name }),
    "/unblock"),
  command("/quiet [room|*] [off]", "Hide joins and leaves; off: show them again", quiet),
  command("/history [room|user] [N|2h]", "Show earlier messages; more: the next page", readHistory),
  command("/search <words>", "Search messages; also from:NAME, in:NAME; more: the next page",
    ([text = ""]) => readSearch(text), "/find /grep"),
  command("/help [command]", "Show this list, or the help of one command", help, "/h /? /commands"),
  command("/quit", "Leave ClassChat", () => ({ do: "quit" }), "/exit /bye /signoff /logout"),
];

const BY_NAME = new Map(COMMANDS.flatMap((one) => [one.name, ...one.also].map((name) => [name, one])));

/**
 * Return what a typed text means.
 *
 * `//` says a slash. A blank before the slash of a single line is a slip: else a private message would be said in a
 * room.
 *
 * @param {string} text
 * @param {Whereabouts} where
 * @returns {Deed}
 * @throws {CommandError}
 */
export function parse(text, where) {
  const line = text.includes("\n") ? text : text.trimStart();
  if (line.startsWith("//")) return { do: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { do: "say", text };
  const [name = ""] = line.split(/\s/, 1);
  const found = named(name);
  return found.read(wordsOf(found, line.slice(name.length)), where);
}

/**
 * Return a command by one of its names, with or without its slash.
 *
 * @param {string} name
 * @returns {Command}
 * @throws {CommandError}
 */
export function named(name) {
  const wanted = `/${name.replace(/^\//, "").toLowerCase()}`;
  const found = BY_NAME.get(wanted);
  if (found) return found;
  const advice = INSTEAD[wanted];
  if (advice) throw new CommandError(`Unknown command '${wanted}': ${advice}`);
  const near = nearest(wanted.slice(0, 20));
  const question = near ? `: did you mean ${near}?` : ".";
  throw new CommandError(`Unknown command '${quoted(name)}'${question} All commands: /help`);
}

/**
 * Return the words of a command: the last one takes the rest of the line if it is a text.
 *
 * @param {Command} command
 * @param {string} rest
 */
function wordsOf({ name, needs, placed, whole }, rest) {
  if (whole) return [rest];
  const hasText = TEXTS.has(needs.at(-1) ?? "");
  const words = hasText && !placed ? split(rest, needs.length) : rest.split(/\s+/).filter(Boolean);
  const needed = needs.filter((one) => one.startsWith("<")).length;
  if (words.length < needed || (words.length > needs.length && !(hasText && placed))) {
    throw new CommandError(`Usage: ${[name, ...needs].join(" ")}`);
  }
  return placed ? words : words.map((word, at) => (/^.username.$/.test(needs[at] ?? "") ? bare(word) : word));
}

/**
 * Return at most this many words; the last one has the rest, with its blanks.
 *
 * @param {string} rest
 * @param {number} most
 */
function split(rest, most) {
  const words = [];
  let left = rest.trimStart();
  while (left && words.length < most - 1) {
    const [word = ""] = left.split(/\s/, 1);
    words.push(word);
    left = left.slice(word.length).trimStart();
  }
  return left ? [...words, left] : words;
}

/**
 * Return the known command that is most like an unknown one, or "".
 *
 * @param {string} wanted
 */
function nearest(wanted) {
  let [best, least] = ["", Math.ceil(wanted.length / 3) + 1];
  for (const name of BY_NAME.keys()) {
    const begins = wanted.length > 2 && name.startsWith(wanted);
    const far = name.length > 2 ? (begins ? 1 : distance(wanted, name)) : Infinity;
    if (far < least) [best, least] = [name, far];
  }
  return best;
}

/**
 * Return how many letters have to be inserted, left out, replaced or swapped.
 *
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  /** @type {number[][]} */
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const above = /** @type {number[]} */ (rows[i - 1]);
      let least = Math.min(Number(above[j]) + 1, Number(row[j - 1]) + 1);
      least = Math.min(least, Number(above[j - 1]) + Number(one[i - 1] !== other[j - 1]));
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(swapped ? Math.min(least, Number(rows[i - 2]?.[j - 2]) + 1) : least);
    }
    rows.push(row);
  }
  return Number(rows.at(-1)?.at(-1));
}

/**
 * @param {string[]} words
 * @returns {Deed}
 */
function quiet([first = "", second = ""]) {
  if (!second && /^(on|off)$/i.test(first)) [first, second] = ["", first];
  if (!/^(|on|off)$/i.test(second)) throw new CommandError("Usage: /quiet [room|*] [off]");
  return { do: "quiet", room: /^all$/i.test(first) ? "*" : first.replace(/^#/, ""), off: /^off$/i.test(second) };
}

/**
 * @param {string[]} words
 * @returns {Deed}
 */
function help([name]) {
  const line = (/** @type {Command} */ one) =>
    `${[one.name, ...one.needs].join(" ")} – ${one.help}${one.also.length ? ` (also ${one.also.join(", ")})` : ""}`;
  return { do: "help", text: name ? line(named(name)) : ["Commands:", ...COMMANDS.map(line)].join("\n") };
}
