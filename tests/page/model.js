/**
 * A little model of the server: rooms, private conversations, resuming, repeated ids. It says what docs/protocol.md
 * says, in as many lines as the tests need, and can be killed and started again at any time.
 */

/** @import { Clock } from "./clock.js" */
/** @import { Request } from "../../classchat/web/types.js" */

/**
 * @typedef {{seq: number, sender: string, receiver: string, text: string, time: string}} Kept
 * @typedef {{name: string, token: string, account: boolean, rooms: Set<string>, devices: Set<Connection>}} User
 */

/** One connection, as the server sees it. */
export class Connection {
  /** @type {User|null} */
  user = null;
  isOpen = true;
  /** The rooms of a guest. @type {Set<string>} */
  rooms = new Set();

  /**
   * @param {(frame: string) => void} send
   * @param {(code: number) => void} hangUp
   */
  constructor(send, hangUp) {
    this.send = send;
    this.hangUp = hangUp;
  }
}

export class Model {
  epoch = "first";
  isUp = true;
  lobby = "";
  /** Whether it knows classes. */
  hasClasses = false;
  /** Whether it refuses requests, because it is about to stop. */
  stops = false;
  /** Messages that are replayed at most. */
  mostReplayed = 1000;
  /** @type {Map<string, Kept[]>} By room, or by both users of a private conversation. */
  logs = new Map();
  /** @type {Map<string, {seq: number, time: string}>} By user and id. */
  ids = new Map();
  /** @type {Map<string, User>} By token. */
  users = new Map();
  /** @type {Set<Connection>} */
  connections = new Set();
  #tokens = 0;

  /** @param {Clock} clock */
  constructor(clock) {
    this.clock = clock;
  }

  /** Kill the server: nothing that it has not sent yet arrives. */
  kill() {
    this.isUp = false;
    for (const one of this.connections) {
      one.isOpen = false;
      one.hangUp(1006);
    }
    this.connections.clear();
    for (const user of this.users.values()) user.devices.clear();
  }

  start() {
    this.isUp = true;
    this.stops = false;
  }

  /** Start with an empty journal. */
  forget() {
    this.epoch = `${this.epoch}'`;
    this.logs.clear();
    this.ids.clear();
    this.users.clear();
  }

  /** @param {Connection} connection */
  accept(connection) {
    this.connections.add(connection);
  }

  /** @param {Connection} connection */
  drop(connection) {
    if (!this.connections.delete(connection)) return;
    connection.isOpen = false;
    connection.user?.devices.delete(connection);
    for (const room of connection.rooms) this.#tell(room, { text: `${connection.user?.name} has left the chat room`, event: "left", user: connection.user?.name });
  }

  /**
   * @param {Connection} connection
   * @param {string} frame
   */
  receive(connection, frame) {
    for (const line of frame.split("\n").filter(Boolean)) if (connection.isOpen) this.#request(connection, JSON.parse(line));
  }

  /**
   * @param {Connection} connection
   * @param {Request} request
   */
  #request(connection, request) {
    const { status, receiver = "", text = "", id } = request;
    const { user } = connection;
    if (!user) {
      this.#register(connection, request);
      return;
    }
    if (status === "ping") this.#answer(connection, id, { text: "pong" });
    else if (this.stops) this.#refuse(connection, id, "shutting_down", "The server is shutting down.");
    else if (status === "group") this.#say(connection, user, receiver, text, id);
    else if (status === "private") this.#whisper(connection, user, receiver, text, id);
    else if (status === "join" || status === "create") this.#join(connection, user, request);
    else if (status === "leave") {
      this.#roomsOf(connection, user).delete(receiver);
      this.#answer(connection, id, { text: `You have left '${receiver}'` });
      this.#tell(receiver, { text: `${user.name} has left the chat room`, event: "left", user: user.name });
    } else if (status === "history") this.#history(connection, user, request);
    else if (status === "users") this.#answer(connection, id, { text: "", users: this.#members(receiver).map(({ name }) => ({ name })) });
    else if (status === "rooms") this.#answer(connection, id, { text: "", rooms: [] });
    else if (status === "class" && this.hasClasses) this.#answer(connection, id, { text: "", class: { room: receiver, role: "student" } });
    else if (status !== "pong") this.#refuse(connection, id, "unknown_status", `Unknown message type '${status}'`);
  }

  /**
   * @param {Connection} connection
   * @param {Request} request
   */
  #register(connection, { sender = "", token = "", text = "", since }) {
    let user = this.users.get(token);
    const there = [...this.users.values()].find((one) => one.name === sender && one.devices.size > 0);
    const account = [...this.users.values()].find((one) => one.name === sender && one.account);
    if (account && text === "secret") user = account;
    if (!user && account) {
      this.#refuse(connection, undefined, "password_required", `'${sender}' is a registered name.`);
      return;
    }
    if (!user && there) {
      this.#refuse(connection, undefined, "username_taken", "Username already taken. Please try another.");
      return;
    }
    user ??= { name: sender, token: `token-${++this.#tokens}`, account: false, rooms: new Set(), devices: new Set() };
    this.users.set(user.token, user);
    if (!user.account) {
      for (const other of [...user.devices]) {
        this.#refuse(other, undefined, "taken_over", "You have signed in from another connection");
        this.drop(other);
        other.hangUp(4500);
      }
    }
    user.devices.add(connection);
    connection.user = user;
    let lost = 0;
    const same = typeof since === "object" && since.epoch === this.epoch ? since : null;
    for (const [key, log] of this.logs) {
      if (key.startsWith("#") || !same) continue;
      const [one, other] = key.split(" ");
      if (one !== user.name && other !== user.name) continue;
      const from = same.seqs?.[(one === user.name ? other : one) ?? ""] ?? same.seq;
      const missed = log.filter((kept) => kept.seq > from && kept.receiver === sender);
      lost += Math.max(0, missed.length - this.mostReplayed);
      this.#replay(connection, missed, "private");
    }
    if (user.account && same) {
      for (const room of user.rooms) this.#replay(connection, this.#log(`#${room}`).filter((kept) => kept.seq > (same.rooms?.[room] ?? 0)), "group");
    }
    const rooms = [...user.rooms].map((name) => ({ name, members: 1, seq: this.#log(`#${name}`).length }));
    this.#answer(connection, undefined, {
      receiver: user.name, text: `Welcome to ClassChat, ${user.name}!`, server: "ClassChat 0.1", token: user.token, epoch: this.epoch,
      ...(user.account ? { rooms } : {}), ...(this.lobby ? { lobby: this.lobby } : {}), ...(lost ? { gap: true, missed: lost } : {}),
    });
  }

  /**
   * @param {Connection} connection
   * @param {User} user
   * @param {Request} request
   */
  #join(connection, user, { status, receiver = "", id, since }) {
    const exists = this.logs.has(`#${receiver}`);
    const rooms = this.#roomsOf(connection, user);
    if (status === "create" && exists) return this.#refuse(connection, id, "room_exists", `Chat room '${receiver}' already exists`);
    if (status === "join" && !exists) return this.#refuse(connection, id, "room_not_found", `Chat room '${receiver}' does not exist`);
    if (rooms.has(receiver)) return this.#refuse(connection, id, "already_member", `Already a member of room '${receiver}'`);
    const log = this.#log(`#${receiver}`);
    const from = typeof since === "object" && since.epoch === this.epoch ? since.seq : log.length;
    const missed = log.filter((kept) => kept.seq > from);
    this.#replay(connection, missed, "group");
    rooms.add(receiver);
    const gap = missed.length > this.mostReplayed ? { gap: true, missed: missed.length - this.mostReplayed } : {};
    this.#answer(connection, id, { text: `You have joined '${receiver}'`, seq: log.length, epoch: this.epoch, ...gap });
    this.#tell(receiver, { text: `${user.name} has joined the chat room`, event: "joined", user: user.name });
  }

  /**
   * @param {Connection} connection
   * @param {Kept[]} kept
   * @param {"group"|"private"} status
   */
  #replay(connection, kept, status) {
    for (const one of kept.slice(-this.mostReplayed)) this.#send(connection, { status, ...one, replay: true });
  }

  /**
   * @param {Connection} connection
   * @param {User} user
   * @param {string} room
   * @param {string} text
   * @param {string} [id]
   */
  #say(connection, user, room, text, id) {
    const known = this.ids.get(`${user.name} ${id}`);
    if (known) return this.#answer(connection, id, { text: "Message sent", ...known });
    if (!this.#roomsOf(connection, user).has(room)) return this.#refuse(connection, id, "not_a_member", `You are not a member of room '${room}'`);
    const kept = this.#keep(`#${room}`, user, room, text, id);
    this.#answer(connection, id, { text: "Message sent", seq: kept.seq, time: kept.time });
    for (const one of this.#membersConnections(room)) this.#send(one, { status: "group", ...kept });
  }

  /**
   * @param {Connection} connection
   * @param {User} user
   * @param {string} name
   * @param {string} text
   * @param {string} [id]
   */
  #whisper(connection, user, name, text, id) {
    const known = this.ids.get(`${user.name} ${id}`);
    if (known) return this.#answer(connection, id, { text: "Message sent", ...known });
    const other = [...this.users.values()].findLast((one) => one.name === name && (one.devices.size || one.account));
    if (!other) return this.#refuse(connection, id, "user_not_found", `User '${name}' not found or offline`);
    const kept = this.#keep([user.name, name].sort().join(" "), user, name, text, id);
    for (const one of new Set([...other.devices, ...user.devices])) {
      if (one !== connection || other === user) this.#send(one, { status: "private", ...kept });
    }
    this.#answer(connection, id, { text: "Message sent", seq: kept.seq, time: kept.time });
  }

  /**
   * @param {string} key
   * @param {User} user
   * @param {string} receiver
   * @param {string} text
   * @param {string} [id]
   */
  #keep(key, user, receiver, text, id) {
    const log = this.#log(key);
    const kept = { seq: log.length + 1, sender: user.name, receiver, text, time: new Date(this.clock.now).toISOString() };
    log.push(kept);
    this.ids.set(`${user.name} ${id}`, { seq: kept.seq, time: kept.time });
    return kept;
  }

  /**
   * @param {Connection} connection
   * @param {User} user
   * @param {Request} request
   */
  #history(connection, user, { receiver = "", id, before, after, limit = 50, private: isPrivate }) {
    if (!isPrivate && !this.#roomsOf(connection, user).has(receiver)) return this.#refuse(connection, id, "not_a_member", "");
    const log = this.#log(isPrivate ? [user.name, receiver].sort().join(" ") : `#${receiver}`);
    const all = log.filter((kept) => (before === undefined || kept.seq < before) && (after === undefined || kept.seq > after));
    const page = after === undefined ? all.slice(-limit) : all.slice(0, limit);
    for (const kept of page) this.#send(connection, { status: isPrivate ? "private" : "group", ...kept, replay: true });
    this.#answer(connection, id, { text: "", more: all.length > page.length });
  }

  /** @param {string} key */
  #log(key) {
    const log = this.logs.get(key) ?? [];
    this.logs.set(key, log);
    return log;
  }

  /**
   * @param {Connection} connection
   * @param {User} user
   */
  #roomsOf(connection, user) {
    return user.account ? user.rooms : connection.rooms;
  }

  /** @param {string} room */
  #membersConnections(room) {
    return [...this.connections].filter((one) => one.user && this.#roomsOf(one, one.user).has(room));
  }

  /** @param {string} room */
  #members(room) {
    return [...new Set(this.#membersConnections(room).flatMap((one) => one.user ?? []))];
  }

  /**
   * @param {string} room
   * @param {object} event
   */
  #tell(room, event) {
    for (const one of this.#membersConnections(room)) this.#send(one, { status: "group", sender: "SERVER", receiver: room, ...event });
  }

  /**
   * Remove a guest from a room, as a moderator does.
   *
   * @param {string} name
   * @param {string} room
   */
  kick(name, room) {
    for (const one of this.#membersConnections(room).filter((each) => each.user?.name === name)) {
      this.#tell(room, { text: `Mod has kicked ${name}`, event: "kicked", user: name, by: "Mod" });
      one.rooms.delete(room);
      this.#send(one, { status: "error", sender: "SERVER", receiver: name, text: `Mod has kicked you from '${room}'`, code: "kicked", room, by: "Mod" });
    }
  }

  /**
   * @param {Connection} connection
   * @param {string|undefined} id
   * @param {object} fields
   */
  #answer(connection, id, fields) {
    this.#send(connection, { status: "success", sender: "SERVER", receiver: connection.user?.name ?? "", ...(id === undefined ? {} : { id }), ...fields });
  }

  /**
   * @param {Connection} connection
   * @param {string|undefined} id
   * @param {string} code
   * @param {string} text
   */
  #refuse(connection, id, code, text) {
    this.#send(connection, { status: "error", sender: "SERVER", receiver: "", text, code, ...(id === undefined ? {} : { id }) });
  }

  /**
   * @param {Connection} connection
   * @param {object} line
   */
  #send(connection, line) {
    if (connection.isOpen) connection.send(`${JSON.stringify(line)}\n`);
  }
}
