/** The last message that is known of each conversation, so that later ones can be asked for. */

import { SERVER, roomKey, userKey } from "./names.js";

/** @import { Since, Spoken, Success } from "./types.js" */

export const MOST_DIALOGS = 200; // as many as fit into one line together with a hundred rooms
export const MOST_ROOMS = 1000;
export const LONGEST_NAME = 255;

/** @typedef {{name: string, epoch: string, seq: number}} Room An `epoch` of "" means that no message is known. */
/** @typedef {{name: string, seq: number, time: string}} Dialog */

export class Places {
  /** The journal of the last server; "" if it is not known. */
  epoch = "";
  /** The user's name. */
  me = "";
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** @type {Map<string, Dialog>} The most recent one last. */
  dialogs = new Map();
  forgotten = ""; // up to when private messages of users not in `dialogs` are known

  /** The user's rooms, in the order of joining. */
  get rooms() {
    return [...this.#rooms.values()].map((room) => room.name);
  }

  /**
   * Record the server's journal; numbers of another one mean nothing any more. Return whether it is another one.
   *
   * @param {string} epoch
   */
  welcomed(epoch) {
    const other = this.epoch !== "" && epoch !== this.epoch;
    if (other) this.forgetDialogs();
    this.epoch = epoch;
    return other;
  }

  /** Forget the private conversations: their numbers are those of another journal, or another person. */
  forgetDialogs() {
    this.dialogs.clear();
    this.forgotten = "";
  }

  /**
   * Record that the user is in a room, from its last message on.
   *
   * @param {string} name
   * @param {{epoch?: string, seq?: number}} answer
   */
  joined(name, { epoch = "", seq }) {
    if (!this.#hasPlaceFor(name)) return;
    this.#rooms.set(roomKey(name), { name, epoch: seq === undefined ? "" : epoch, seq: seq ?? 0 });
  }

  /**
   * Record a room that another device of the same user has joined.
   *
   * @param {string} name
   */
  entered(name) {
    if (!this.knows(name)) this.joined(name, {});
  }

  /** @param {string} name */
  #hasPlaceFor(name) {
    return name.length <= LONGEST_NAME && (this.knows(name) || this.#rooms.size < MOST_ROOMS);
  }

  /**
   * Record a room that was rejoined: what was missed is replayed, unless the journal is another one.
   *
   * @param {string} name
   * @param {{epoch?: string, seq?: number}} answer
   */
  rejoined(name, answer) {
    const room = this.#rooms.get(roomKey(name));
    if (!room?.epoch || room.epoch !== answer.epoch) this.joined(name, answer);
  }

  /**
   * Record that all missed messages of a rejoined room have arrived.
   *
   * @param {string} name
   * @param {{seq?: number}} answer
   */
  caughtUp(name, { seq = 0 }) {
    const room = this.#rooms.get(roomKey(name));
    if (room?.epoch) room.seq = Math.max(room.seq, seq);
  }

  /** @param {string} name */
  left(name) {
    this.#rooms.delete(roomKey(name));
  }

  /** @param {string} name */
  knows(name) {
    return this.#rooms.has(roomKey(name));
  }

  /**
   * Record that a user, perhaps this one, has another name: the conversation goes on.
   *
   * @param {string} old
   * @param {string} name
   */
  renamed(old, name) {
    if (userKey(old) === userKey(this.me)) this.me = name;
    const dialog = this.dialogs.get(userKey(old));
    this.dialogs.delete(userKey(old));
    if (dialog) this.dialogs.set(userKey(name), { ...dialog, name: name.slice(0, LONGEST_NAME) });
  }

  /**
   * Return the `since` for rejoining a room; undefined if no message is known.
   *
   * @param {string} name
   * @returns {Since|undefined}
   */
  since(name) {
    const room = this.#rooms.get(roomKey(name));
    return room?.epoch ? { epoch: room.epoch, seq: room.seq } : undefined;
  }

  /**
   * Return the `since` for signing in again: of private conversations, and of rooms, for users with an account.
   *
   * @returns {Since|undefined}
   */
  sinceAll() {
    if (!this.epoch) return undefined;
    const rooms = [...this.#rooms.values()].filter((room) => room.epoch === this.epoch);
    return { epoch: this.epoch, seq: 0, seqs: numbers([...this.dialogs.values()]), rooms: numbers(rooms) };
  }

  /**
   * Record a message, and return whether it is new. Only a replayed one can be known already.
   *
   * @param {Spoken} line
   */
  isNew(line) {
    if (line.seq === undefined) return true;
    return line.status === "group" ? this.#isNewInRoom(line, line.seq) : this.#isNewInDialog(line, line.seq);
  }

  /**
   * @param {Spoken} line
   * @param {number} seq
   */
  #isNewInRoom(line, seq) {
    const room = this.#rooms.get(roomKey(line.receiver));
    if (line.replay && room?.epoch && seq <= room.seq) return false;
    if (room) Object.assign(room, { name: line.receiver.slice(0, LONGEST_NAME), epoch: this.epoch, seq });
    return true;
  }

  /**
   * The numbers start over with a new person of the same name, so both number and time are compared.
   *
   * @param {Spoken} line
   * @param {number} seq
   */
  #isNewInDialog(line, seq) {
    const time = (line.time ?? "").slice(0, 64);
    const name = (userKey(line.sender) === userKey(this.me) ? line.receiver : line.sender).slice(0, LONGEST_NAME);
    const before = this.dialogs.get(userKey(name));
    const known = before ? seq <= before.seq && time <= before.time : time !== "" && time <= this.forgotten;
    if (line.sender === SERVER || (line.replay && known)) return !known;
    this.dialogs.delete(userKey(name));
    this.dialogs.set(userKey(name), { name, seq, time });
    const [first] = this.dialogs;
    if (first && this.dialogs.size > MOST_DIALOGS) {
      this.dialogs.delete(first[0]);
      if (first[1].time > this.forgotten) this.forgotten = first[1].time;
    }
    return true;
  }

  /** Return all of it as data. */
  snapshot() {
    const { epoch } = this;
    return { epoch, rooms: [...this.#rooms.values()], dialogs: [...this.dialogs.values()], past: this.forgotten };
  }
}

/**
 * @param {{name: string, seq: number}[]} places
 * @returns {Record<string, number>}
 */
function numbers(places) {
  return Object.fromEntries(places.map(({ name, seq }) => [name, seq]));
}
