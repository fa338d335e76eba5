/** What a typed line means. */

/** @import { Request } from "./types.js" */

/**
 * @typedef {object} Whereabouts What decides the room that a command is about, and what completion offers.
 * @property {string|null} focus The room in view, or null.
 * @property {(name: string) => boolean} isRoom
 * @property {(name: string) => boolean} isUser
 * @property {string} here The conversation in view, as `/history` takes it: "CS350", "@Bob" or "".
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
 *   | {do: "help", text: string}
 *   | {do: "claim"|"password"|"list"|"clear"|"quit"}} Deed
 *
 * @typedef {object} Candidate A completion that replaces the last `replaces` characters before the caret.
 * @property {string} text
 * @property {number} replaces
 * @property {"command"|"user"|"room"} about
 */

/** A line that can't be carried out; its message says why. */
export class CommandError extends Error {}

/**
 * Return what a typed text means: a command, or something to say.
 *
 * @param {string} text
 * @param {Whereabouts} where
 * @returns {Deed}
 * @throws {CommandError}
 */
export function parse(text, where) {
  void where;
  const line = text.includes("\n") ? text : text.trimStart();
  if (line.startsWith("//")) return { do: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { do: "say", text };
  const [name] = line.split(/\s/, 1);
  throw new CommandError(`Unknown command '${name}'. All commands: /help`);
}
