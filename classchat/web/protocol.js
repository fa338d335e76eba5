/** The lines of docs/protocol.md: read from the server's frames, and written for it. */

/** @import { Line, Request } from "./types.js" */

/** The events after which a user is in a room. */
export const JOINED = new Set(["joined", "online"]);
/** The events after which a user is not there. */
export const LEFT = new Set(["left", "offline"]);

/** Bytes of a line, with its newline. */
export const LONGEST_LINE = 65536;

const isText = (/** @type {unknown} */ value) => typeof value === "string";
const isFlag = (/** @type {unknown} */ value) => typeof value === "boolean";

/**
 * @param {unknown} value
 * @returns {value is number}
 */
export const isNumber = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @type {[(value: unknown) => boolean, string[]][]} What fields have to be, if a line has them. */
const FIELDS = [
  [isText, ["id", "time", "server", "token", "lobby", "epoch", "code", "room", "by", "reason", "event", "user", "until", "topic", "name", "upload"]],
  [isNumber, ["seq", "before", "oldest", "missed", "number", "place", "waiting"]],
  [isFlag, ["gap", "replay", "claims", "away", "operator", "held"]],
  [(value) => isFlag(value) || isNumber(value), ["more"]],
  [(value) => isRecord(value) && isText(value.room), ["about", "class"]],
  [(value) => isRecord(value) && isText(value.name) && isText(value.link), ["file"]],
];
const LISTS = ["rooms", "users", "absent", "roster"];
const KINDS = new Set(["success", "error", "group", "private", "ping"]);

/**
 * Return the lines of a frame. A line that is not one of the protocol is left out, and so is a field of a wrong type.
 *
 * @param {string} frame
 * @returns {Line[]}
 */
export function readFrame(frame) {
  /** @type {Line[]} */
  const lines = [];
  for (const text of frame.split("\n")) {
    const line = text.trim() && readLine(text);
    if (line) lines.push(line);
  }
  return lines;
}

/**
 * @param {string} text
 * @returns {Line|null}
 */
function readLine(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !KINDS.has(/** @type {any} */ (value.status))) return null;
  /** @type {Record<string, unknown>} */
  const line = { status: value.status };
  for (const name of ["sender", "receiver", "text"]) line[name] = isText(value[name]) ? value[name] : "";
  for (const [is, names] of FIELDS) {
    for (const name of names) if (is(value[name])) line[name] = value[name];
  }
  if (Array.isArray(value.polls)) line.polls = value.polls.filter(isRecord);
  for (const name of LISTS) {
    const list = value[name];
    if (Array.isArray(list)) line[name] = list.filter((one) => isRecord(one) && isText(one.name));
  }
  return /** @type {Line} */ (/** @type {unknown} */ (line));
}

/**
 * Return a request as a frame.
 *
 * @param {Request} request
 * @returns {string}
 */
export function writeLine(request) {
  return `${JSON.stringify(request)}\n`;
}

/**
 * Return whether a request fits into a line, with an id and the server's own name for its sender.
 *
 * @param {Request} request
 * @returns {boolean}
 */
export function fits(request) {
  return new TextEncoder().encode(writeLine(request)).length + 128 <= LONGEST_LINE;
}
