/**
 * What a teacher's page gives to the projector's view in the same browser: the code of attendance, which the server
 * gives to staff only, and how long groups last.
 */

/** @import { Groups, Here } from "./lesson.js" */

import { roomKey } from "./names.js";

const NAME = "classchat class ";

/** @typedef {{room: string, here: Here, groups: Groups|null}} Projected */

/** The way between them: another window of the same browser, and nothing else, hears it. */
export class Projecting {
  #said = "";

  /** @param {(room: string, projected: Projected|null) => void} told Called with what was said, or null if the other side asks. */
  constructor(told) {
    this.way = "BroadcastChannel" in window ? new BroadcastChannel(NAME + new URL("./", location.href).pathname) : null;
    this.way?.addEventListener("message", ({ data }) => {
      if (typeof data?.ask === "string") told(data.ask, null);
      else if (typeof data?.room === "string" && data.here) told(data.room, data);
    });
  }

  /** @param {string} room Ask a teacher's page about a room. */
  wants(room) {
    this.way?.postMessage({ ask: room });
  }

  /**
   * Say what is new.
   *
   * @param {Projected} projected
   * @param {boolean} [again] Even if it is the same.
   */
  says(projected, again = false) {
    const look = JSON.stringify(projected);
    if (look === this.#said && !again) return;
    this.#said = look;
    this.way?.postMessage(projected);
  }
}

/**
 * @param {string} one
 * @param {string} other
 */
export function isSameRoom(one, other) {
  return roomKey(one) === roomKey(other);
}
