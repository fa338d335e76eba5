/** Who is on the server and in each room, and which rooms there are, as far as the page knows. */

import { SERVER, roomKey, userKey } from "./names.js";

/** @import { Conversation, Person, Request, RoomListing, Spoken, Success, UserListing } from "./types.js" */

const MOST_NAMES = 10_000;
const LONGEST_NAME = 255;

export class Known {
  /** @type {Map<string, Person>} The users of the server that are known, by name key. */
  users = new Map();
  /** @type {Map<string, RoomListing>} The rooms of the server that are known, by name key. */
  rooms = new Map();

  /**
   * Record a user whose name has come up.
   *
   * @param {string} name
   */
  met(name) {
    const key = userKey(name);
    if (name !== SERVER && !this.users.has(key)) keep(this.users, key, personOf({ name }));
  }

  /**
   * Record a room whose name has come up.
   *
   * @param {string} name
   */
  heardOf(name) {
    const key = roomKey(name);
    if (!this.rooms.has(key)) keep(this.rooms, key, { name });
  }

  /**
   * Record the names in a list; names that are missing from a complete list are dropped.
   *
   * @param {Request} request
   * @param {Success} answer
   * @param {Conversation|null} room The room whose members are listed.
   */
  listed(request, answer, room) {
    const users = [...(answer.users ?? []), ...(answer.absent ?? []).map((one) => ({ ...one, offline: true }))];
    if (answer.users && !answer.more && !request.receiver && !request.user) this.users.clear();
    if (answer.rooms && !answer.more && !request.room) this.rooms.clear();
    if (room && answer.users) room.people.clear();
    for (const user of users) {
      const person = personOf(user);
      if (room) room.people.set(userKey(user.name), person);
      if (room && this.users.has(userKey(user.name))) continue;
      keep(this.users, userKey(user.name), { ...person, moderator: false, assistant: false, muted: false });
    }
    for (const one of answer.rooms ?? []) keep(this.rooms, roomKey(one.name), one);
  }

  /**
   * Record an event of a room; return whether its people, or what is known of it, have changed.
   *
   * @param {Conversation} room
   * @param {Spoken} line
   */
  happened(room, { event, user = "", topic = "" }) {
    const key = userKey(user);
    const person = room.people.get(key);
    if (user) this.met(user);
    switch (event) {
      case "joined":
      case "online":
        room.people.set(key, { ...personOf({ name: user }), ...person, offline: false });
        return true;
      case "offline":
        if (person) person.offline = true;
        return true;
      case "left":
      case "kicked":
      case "banned":
        return room.people.delete(key);
      case "muted":
      case "unmuted":
        if (person) person.muted = event === "muted";
        return true;
      case "moderator":
      case "not_moderator":
        if (person) person.moderator = event === "moderator";
        return true;
      case "assistant":
      case "not_assistant":
        if (person) person.assistant = event === "assistant";
        return true;
      case "topic":
        room.topic = topic;
        return true;
      case "private":
      case "open":
        room.private = event === "private";
        room.closed = false;
        return true;
      case "announce":
      case "talk":
        room.announce = event === "announce";
        return true;
      case "closed":
        return (room.closed = true);
      default:
        return false;
    }
  }
}

/**
 * @param {UserListing} listing
 * @returns {Person}
 */
function personOf({ name, away, moderator = false, assistant = false, muted = false, offline = false }) {
  return {
    name,
    away: typeof away === "string" ? away : null,
    moderator: moderator === true,
    assistant: assistant === true,
    muted: muted === true,
    offline: offline === true,
  };
}

/**
 * Add a name; if there are too many, the oldest one is dropped.
 *
 * @template {{name: string}} T
 * @param {Map<string, T>} names
 * @param {string} key
 * @param {T} entry
 */
function keep(names, key, entry) {
  if (entry.name.length > LONGEST_NAME) return;
  names.delete(key);
  names.set(key, entry);
  const [oldest] = names.keys();
  if (names.size > MOST_NAMES && oldest !== undefined) names.delete(oldest);
}
