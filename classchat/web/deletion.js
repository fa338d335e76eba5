/** `/delete`: which message a user means. */

import { meant } from "./past.js";
import { CommandError } from "./targets.js";

/** @import { Request } from "./types.js" */
/** @import { Whereabouts } from "./commands.js" */

const USAGE = "/delete [room|user] [number|@user]";
const NUMBER = /^#?([1-9]\d{0,14})$/; // as many digits as JavaScript counts with

/**
 * Read what follows `/delete`: a conversation, and a number or `@user`, whose latest message is meant; each may be
 * left out. Without either it is the latest message of this user.
 *
 * @param {string[]} words
 * @param {Whereabouts} where
 * @returns {Request}
 */
export function readDelete([first = "", second = ""], where) {
  const [name, which] = second || !(NUMBER.test(first) || first.startsWith("@")) ? [first, second] : ["", first];
  const [, digits = ""] = NUMBER.exec(which) ?? [];
  if (which && !digits && !/^@./.test(which)) throw new CommandError(`Usage: ${USAGE}`);
  const place = name || where.here;
  if (!place) throw new CommandError(`Which room or user? Usage: ${USAGE}`);
  const conversation = meant(place);
  const seq = Number(digits) || where.latest(conversation, which.slice(1));
  if (!seq) throw new CommandError(`No message to delete is known there. Give its number: ${USAGE}`);
  return { status: "delete", ...conversation, seq };
}
