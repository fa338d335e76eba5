/** What a browser reads and sends of a file that the user shares. */

import { Digest } from "./digest.js";
import * as texts from "./filetexts.js";
import { NotUploaded, PART } from "./uploading.js";

/** @import { Answered, Carrier } from "./uploading.js" */

const PIECE = 262_144; // bytes that are read at a time, so that the page goes on
const PATIENCE = 60_000; // ms that the server and the network may take for one part
const LONGEST_REASON = 1000; // characters

/**
 * Return the digest of a file.
 *
 * @param {Blob} file
 * @param {AbortSignal} signal
 * @throws {NotUploaded} It can't be read.
 */
export async function digestOf(file, signal) {
  const digest = new Digest();
  for (let at = 0; at < file.size; at += PIECE) {
    const piece = await file.slice(at, at + PIECE).arrayBuffer().catch(() => null);
    signal.throwIfAborted();
    if (!piece) throw new NotUploaded(texts.unreadable);
    digest.add(new Uint8Array(piece));
  }
  return digest.hex();
}

/**
 * Return what carries a file to a link.
 *
 * @param {Blob} file
 * @param {string} link
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} online Wait until the server can be reached.
 * @returns {Carrier}
 */
export function carrierOf(file, link, signal, online) {
  return {
    online,
    pause: (ms) => ended(signal, (end) => setTimeout(end, ms)),
    async ask(method, offset, progress) {
      const part = method === "PATCH" ? await file.slice(offset, offset + PART).arrayBuffer().catch(() => null) : null;
      if (method === "PATCH" && !part) throw new NotUploaded(texts.unreadable);
      signal.throwIfAborted();
      return request(method, link, offset, part, signal, progress);
    },
  };
}

/**
 * Wait until something ends, unless it is aborted before.
 *
 * @param {AbortSignal} signal
 * @param {(end: () => void) => void} begin
 * @returns {Promise<void>}
 */
export function ended(signal, begin) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    begin(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}

/**
 * Send one request; only XMLHttpRequest tells how much of a body is sent.
 *
 * @param {"HEAD"|"PATCH"} method
 * @param {string} link
 * @param {number} offset
 * @param {ArrayBuffer|null} body
 * @param {AbortSignal} signal
 * @param {(sent: number) => void} progress
 * @returns {Promise<Answered|null>}
 */
function request(method, link, offset, body, signal, progress) {
  return new Promise((resolve, reject) => {
    const sent = new XMLHttpRequest();
    const stop = () => {
      sent.abort();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    sent.onloadend = () => {
      signal.removeEventListener("abort", stop);
      const { status } = sent; // 0: the connection is lost
      const offset = parseInt(sent.getResponseHeader("Upload-Offset") ?? "", 10);
      resolve(status ? { status, offset, text: sent.responseText.trim().slice(0, LONGEST_REASON) } : null);
    };
    sent.upload.onprogress = ({ loaded }) => progress(loaded);
    sent.open(method, link);
    sent.timeout = PATIENCE;
    sent.setRequestHeader("Tus-Resumable", "1.0.0");
    if (body) {
      sent.setRequestHeader("Upload-Offset", String(offset));
      sent.setRequestHeader("Content-Type", "application/offset+octet-stream");
    }
    sent.send(body);
  });
}
