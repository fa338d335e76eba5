/** The browser's WebSocket, as the chat's port, and what else the chat takes from the browser. */

/** @import { Port, World } from "./types.js" */

/**
 * @typedef {object} Hears What is told of the socket in use; the Chat is one.
 * @property {() => void} opened
 * @property {(frame: string) => void} received
 * @property {(code: number, reason: string) => void} closed
 */

/**
 * Return the way to this page's server; relative to the page, so that it works behind a proxy's path.
 *
 * @param {() => Hears} hears
 * @returns {Port}
 */
function portOf(hears) {
  /** @type {WebSocket|null} */
  let socket = null;
  const close = () => {
    const old = socket;
    socket = null;
    old?.close();
  };
  const open = () => {
    close();
    const url = new URL("ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = (socket = new WebSocket(url));
    mine.onopen = () => mine === socket && hears().opened();
    mine.onmessage = ({ data }) => mine === socket && hears().received(String(data));
    mine.onclose = ({ code, reason }) => mine === socket && hears().closed(code, reason);
  };
  return { open, close, send: (frame) => socket?.send(frame) };
}

/**
 * Return the browser as the chat sees it.
 *
 * @param {() => Hears} hears
 * @returns {World}
 */
export function worldOf(hears) {
  return {
    port: portOf(hears),
    now: Date.now,
    random: Math.random,
    later(ms, call) {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    newId: () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => (byte & 31).toString(32)).join(""),
  };
}

/** Return whether this machine is the server's, so that nobody else can read what is sent. */
export function isLocal() {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
}

/** Return whether what is sent is hidden from the network, so that passwords may be sent. */
export function isSafe() {
  return location.protocol === "https:" || isLocal();
}
