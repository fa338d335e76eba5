/**
 * The exchange of one user with one server, over any number of connections. It knows no network and no time.
 *
 *     new       -> talking      the first welcome
 *     talking   -> away         the connection is lost
 *     away      -> returning    welcome again, with the token: it rejoins its rooms, and says how far it got
 *     returning -> talking      all of that is answered: what was not answered before is sent again, in order
 */

import { Places } from "./places.js";
import { SERVER, roomKey, userKey } from "./names.js";
import { JOINED, LEFT } from "./protocol.js";

/** @import { Answer, Failure, Hearer, Line, Open, Request, Spoken, Success } from "./types.js" */

const MOST_OPEN = 256;

/** Requests that are never repeated: the server does not recognize them as the same. */
const ONCE = new Set(["claim", "password", "broadcast"]);
/** Requests that only the journal which has accepted them recognizes. */
const SAID = new Set(["group", "private"]);
const READING = new Set(["history", "search"]);

/** The code with which a server refuses requests while it stops; it closes its connections soon after. */
const STOPS = "shutting_down";

/** @type {Failure} What stands for the answer about a room that the server does not name any more. */
const GONE = { status: "error", sender: SERVER, receiver: "", text: "", code: "not_a_member" };

export class Exchange {
  token = "";
  /** How many answers to messages, and replays, have arrived. */
  progress = 0;
  places = new Places();

  /** @type {((request: Request) => void)|null} */
  #send = null;
  /** @type {Map<string, Open>} In the order in which they were asked. */
  #open = new Map();
  /** @type {Open[]} Those of them that were not sent over this connection. */
  #unsent = [];
  #made = ""; // the id of a repeated `create`, for whose answer the rest waits
  /** @type {Map<string, string>} The rooms that are being rejoined, by the request's id. */
  #rejoining = new Map();
  /** @type {Map<string, {name: string, answer: Success}>} */
  #rejoined = new Map();
  #catchUp = ""; // the id of the `ping` that ends the catch-up
  /** @type {Map<string, Spoken[]>} What has arrived for each history and search. */
  #pages = new Map();

  /**
   * @param {Hearer} hearer
   * @param {() => string} newId
   */
  constructor(hearer, newId) {
    this.hearer = hearer;
    this.newId = newId;
  }

  /** Whether the client is signed in, and back in its rooms. */
  get talking() {
    return this.#send !== null && !this.#catchUp;
  }

  get idle() {
    return this.#open.size === 0;
  }

  /**
   * Send a request, now or after reconnecting; return its id, or "" if too many wait already.
   *
   * @param {Request} request
   * @param {string} [id]
   */
  ask(request, id = this.newId()) {
    if (this.#open.size >= MOST_OPEN || this.#open.has(id)) return "";
    const open = { request: { ...request, id }, sent: false, again: false };
    this.#open.set(id, open);
    this.#unsent.push(open);
    this.#proceed();
    return id;
  }

  /**
   * Record that the client is signed in on a connection, over which `send` sends.
   *
   * @param {Success} welcome
   * @param {(request: Request) => void} send
   */
  welcomed(welcome, send) {
    const again = this.token !== "";
    const { places } = this;
    const kept = places.epoch !== "" && places.epoch === welcome.epoch;
    this.#send = send;
    this.token = welcome.token ?? this.token;
    places.me = welcome.receiver;
    if (places.welcomed(welcome.epoch ?? "")) this.hearer.renumbered();
    this.hearer.welcomed(welcome, again);
    this.#withdraw(
      [...this.#open.values()].filter(
        ({ sent, request: { status } }) => sent && (ONCE.has(status) || (!kept && SAID.has(status))),
      ),
    );
    this.#beIn(welcome, again && kept);
    this.#rejoin();
  }

  /**
   * Take a line from the server, and pass it on if it is new.
   *
   * @param {Line} line
   */
  heard(line) {
    if (line.status === "success" || line.status === "error") this.#answer(line);
    else if (line.status !== "ping") this.#said(line);
  }

  /** Record that the connection is lost. */
  lost() {
    this.#send = null;
    this.#rejoining.clear();
    this.#rejoined.clear();
    this.#pages.clear();
    this.#made = this.#catchUp = "";
    this.#unsent = [...this.#open.values()];
  }

  /** Forget the person: what is open was asked under a name that the user does not have any more. */
  drop() {
    this.giveUp();
    this.token = "";
    this.places.forgetDialogs();
  }

  /** Give up everything that is open. */
  giveUp() {
    this.#withdraw([...this.#open.values()]);
  }

  /** @param {Open[]} open */
  #withdraw(open) {
    for (const { request } of open) this.#open.delete(String(request.id));
    this.#unsent = this.#unsent.filter((one) => !open.includes(one));
    if (open.length) this.hearer.unconfirmed(open);
  }

  // Coming back.

  /**
   * Record the rooms of an account, which the welcome names; the user is in no others.
   *
   * @param {Success} welcome
   * @param {boolean} all Whether it is known that the user is in no others.
   */
  #beIn(welcome, all) {
    if (!welcome.rooms) return;
    for (const { name, seq } of welcome.rooms) {
      this.#returnTo(name, { ...welcome, seq });
    }
    for (const room of all ? this.places.rooms : []) {
      if (!this.#rejoined.has(roomKey(room))) this.#losesRoom(room, { ...GONE, room });
    }
  }

  /**
   * @param {string} name
   * @param {Success} answer
   */
  #returnTo(name, answer) {
    this.places.rejoined(name, answer);
    if (!this.places.knows(name)) return;
    this.#rejoined.set(roomKey(name), { name, answer });
    this.hearer.rejoined(name, answer);
  }

  /**
   * @param {string} room
   * @param {Failure} failure
   */
  #losesRoom(room, failure) {
    this.places.left(room);
    this.hearer.rejoined(room, failure);
  }

  #rejoin() {
    const rooms = this.places.rooms.filter((room) => !this.#rejoined.has(roomKey(room)));
    this.#rejoining = new Map(rooms.map((room) => [this.newId(), room]));
    this.#catchUp = this.newId();
    for (const [id, receiver] of this.#rejoining) {
      this.#send?.({ status: "join", receiver, id, since: this.places.since(receiver) });
    }
    this.#send?.({ status: "ping", id: this.#catchUp });
  }

  /** End the catch-up: the server has answered the `ping`, and everything before it has arrived. */
  #return() {
    this.#catchUp = "";
    for (const { name, answer } of this.#rejoined.values()) this.places.caughtUp(name, answer);
    this.#rejoined.clear();
    this.hearer.caughtUp();
    this.#proceed();
  }

  // Talking.

  /** Send requests in order, until a room has to be created again first. */
  #proceed() {
    while (this.#send && this.talking && !this.#made) {
      const open = this.#unsent.shift();
      if (!open) return;
      open.again = open.sent;
      open.sent = true;
      if (open.again && open.request.status === "create") this.#made = String(open.request.id);
      if (READING.has(open.request.status)) this.#pages.set(String(open.request.id), []);
      this.#send(open.request);
    }
  }

  /** @param {Answer} answer */
  #answer(answer) {
    const id = answer.id ?? "";
    const open = this.#open.get(id);
    const rejoining = this.#rejoining.get(id);
    if (answer.status === "error" && answer.room !== undefined) {
      this.#losesRoom(answer.room, answer); // a moderator has removed the user, so the client does not rejoin
    } else if (answer.status === "error" && answer.code === STOPS && (open || rejoining !== undefined)) {
      if (open) open.sent = false; // it is not done, and asked again elsewhere
      this.#pages.delete(id);
    } else if (open) {
      this.progress += Number(SAID.has(open.request.status));
      this.#answerTo(open, id, answer);
    } else if (rejoining !== undefined) {
      this.#rejoining.delete(id);
      if (answer.status === "success") this.#returnTo(rejoining, answer);
      else this.#losesRoom(rejoining, answer);
    } else if (id && id === this.#catchUp) {
      this.#return();
    } else {
      this.hearer.answered(null, answer);
    }
  }

  /**
   * @param {Open} open
   * @param {string} id
   * @param {Answer} answer
   */
  #answerTo(open, id, answer) {
    const { request } = open;
    const found = this.#pages.get(id);
    this.#pages.delete(id);
    if (id === this.#made) {
      this.#made = "";
      if (answer.status === "error" && answer.code === "room_exists") {
        this.#joinInstead(open, id);
        return;
      }
    }
    this.#open.delete(id);
    this.#note(request, answer);
    if (found) this.hearer.page(request, found, answer);
    else this.hearer.answered(request, answer);
    this.#proceed();
  }

  /**
   * Join the room that the client has most likely created before the connection was lost.
   *
   * @param {Open} open
   * @param {string} id
   */
  #joinInstead(open, id) {
    open.request = { status: "join", receiver: open.request.receiver, id };
    open.sent = open.again = false;
    this.#unsent.unshift(open);
    this.#proceed();
  }

  /**
   * @param {Request} request
   * @param {Answer} answer
   */
  #note({ status, receiver = "" }, answer) {
    if (answer.status === "success" && (status === "join" || status === "create")) this.places.joined(receiver, answer);
    if (answer.status === "success" && status === "leave") this.places.left(receiver);
    if (answer.status === "success" && status === "rename") this.places.renamed(this.places.me, answer.receiver);
  }

  /** @param {Spoken} line */
  #said(line) {
    const [reading] = this.#pages.values();
    if (line.replay && this.talking && reading) {
      reading.push(line); // it is part of the answer that follows
      return;
    }
    this.#happened(line);
    if (!this.places.isNew(line)) return;
    if (line.replay) this.progress++;
    this.hearer.heard(line);
  }

  /**
   * Record a room that another device of the same user joins, or leaves, and users who have other names.
   *
   * @param {Spoken} line
   */
  #happened({ status, sender, receiver, event = "", user = "", name = "" }) {
    if (sender === SERVER && event === "renamed" && user && name) this.places.renamed(user, name);
    if (status !== "group" || sender !== SERVER || userKey(user) !== userKey(this.places.me)) return;
    if (JOINED.has(event)) this.places.entered(receiver);
    if (LEFT.has(event)) this.places.left(receiver);
  }
}
