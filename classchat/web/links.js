/** The link to a room for other people. */

import { linkTo } from "./rows.js";

/** Hosts that lead each device to itself. */
const HERE = /^(localhost|127\.[\d.]+|\[::1\])$/;

/**
 * Return the link to a room, and whether only this machine can open it.
 *
 * At the server's own machine the page is often open under an address that others can't use: the server knows one
 * that they can.
 *
 * @param {string} room
 */
export async function invitationTo(room) {
  const own = new URL("./", location.href).href;
  if (!HERE.test(location.hostname)) return { link: own + linkTo(room), local: false };
  const [base] = await outside();
  return { link: (base ?? own) + linkTo(room), local: !base };
}

/** @returns {Promise<string[]>} */
async function outside() {
  try {
    return await (await fetch("links")).json();
  } catch {
    return [];
  }
}
