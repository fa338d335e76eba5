/** The lines of docs/protocol.md: read from the server's frames, and written for it. */

/** @import { Line, Request } from "./types.js" */

/** Bytes of a line, with its newline. */
export const LONGEST_LINE = 65536;

const STRINGS = [
  "id", "time", "server", "token", "lobby", "epoch", "code", "room", "by", "reason", "event", "user", "until", "topic", "name",
];
const NUMBERS = ["seq", "before", "oldest", "missed", "number", "place", "waiting"];
const FLAGS = ["gap", "replay", "claims", "away", "operator", "held"];
const LISTS = ["rooms", "users", "absent", "roster"];
const RECORDS = ["about", "class"]; // of a room, whose name they have
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
  if (!isRecord(value) || typeof value.status !== "string" || !KINDS.has(value.status)) return null;
  /** @type {Record<string, unknown>} */
  const line = { status: value.status };
  for (const name of ["sender", "receiver", "text"]) line[name] = typeof value[name] === "string" ? value[name] : "";
  for (const name of STRINGS) if (typeof value[name] === "string") line[name] = value[name];
  for (const name of NUMBERS) if (isNumber(value[name])) line[name] = value[name];
  for (const name of FLAGS) if (typeof value[name] === "boolean") line[name] = value[name];
  if (Array.isArray(value.polls)) line.polls = value.polls.filter(isRecord);
  for (const name of RECORDS) {
    const record = value[name];
    if (isRecord(record) && typeof record.room === "string") line[name] = record;
  }
  if (typeof value.more === "boolean" || isNumber(value.more)) line.more = value.more;
  for (const name of LISTS) {
    const list = value[name];
    if (Array.isArray(list)) line[name] = list.filter((one) => isRecord(one) && typeof one.name === "string");
  }
  return /** @type {Line} */ (/** @type {unknown} */ (line));
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
export function isNumber(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
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
