/** The way to the server, which lasts longer than any one connection. */

import { readFrame, writeLine } from "./protocol.js";

/** @import { Hearer, LinkState, Request, World } from "./types.js" */

/** One user's way to the server. */
export class Link {
  /** @type {LinkState} */
  state = { phase: "idle", since: 0, retryAt: 0, code: "", text: "" };
  #name = "";

  /**
   * @param {World} world
   * @param {Hearer} hearer
   */
  constructor(world, hearer) {
    this.world = world;
    this.hearer = hearer;
  }

  /**
   * Sign in; with a password, to an account, or with `claim` to register the name with it.
   *
   * @param {string} name
   * @param {{password?: string, claim?: boolean}} [how]
   */
  signIn(name, how = {}) {
    void how;
    this.#name = name;
    this.#set({ phase: "connecting" });
    this.world.port.open();
  }

  /** Take the socket's opening. */
  opened() {
    this.world.port.send(writeLine({ status: "register", sender: this.#name, answers: true }));
  }

  /**
   * Take a frame.
   *
   * @param {string} frame
   */
  received(frame) {
    for (const line of readFrame(frame)) {
      if (line.status === "ping") this.world.port.send(writeLine({ status: "pong" }));
      else if (line.status === "success" && line.token) {
        this.#set({ phase: "up" });
        this.hearer.welcomed(line, false);
      } else if (line.status === "group" || line.status === "private") this.hearer.heard(line);
    }
  }

  /**
   * Take the socket's end, with its close code.
   *
   * @param {number} code
   */
  closed(code) {
    void code;
    this.#set({ phase: "away", since: this.world.now() });
  }

  /** @param {Partial<LinkState>} state */
  #set(state) {
    this.state = { ...this.state, ...state };
    this.hearer.changed(this.state);
  }
}
