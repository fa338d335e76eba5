/** What a tab begins with: what the browser has kept, and the address. */

const HERE = `classchat ${location.pathname}`;

/**
 * Return what was kept: of this tab, or of a user who stays signed in.
 *
 * @returns {unknown}
 */
export function kept() {
  for (const store of stores()) {
    try {
      const text = store().getItem(HERE);
      if (text) return JSON.parse(text);
    } catch {
      // The browser keeps nothing, or something else: begin without it.
    }
  }
  return null;
}

/**
 * Keep it for a reload of this tab and, if the user stays signed in, for later.
 *
 * @param {unknown} saved
 * @param {boolean} stay
 */
export function keep(saved, stay) {
  const text = saved ? JSON.stringify(saved) : "";
  stores().forEach((store, at) => {
    try {
      if (text && (at === 0 || stay)) store().setItem(HERE, text);
      else store().removeItem(HERE);
    } catch {
      // Full, or forbidden: the page works, but a reload asks for the name again.
    }
  });
}

/** Return whether the user wanted to stay signed in. */
export function stays() {
  try {
    return localStorage.getItem(HERE) !== null;
  } catch {
    return false;
  }
}

/** Return the room, and the number of the message, that the page's address names. */
export function linkedTo() {
  try {
    const [room = "", seq] = decodeURIComponent(location.hash.slice(1)).split("/");
    return { room: room.includes("=") ? "" : room, seq: Number(seq) || 0 }; // `#code=…` is for password.js
  } catch {
    return { room: "", seq: 0 };
  }
}

function stores() {
  return [() => sessionStorage, () => localStorage];
}

/** Answers other tabs that ask whether this tab's user is here. */
export class Tabs {
  constructor() {
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(HERE) : null;
    this.me = "";
    if (!this.channel) return;
    this.channel.onmessage = ({ data }) => {
      if (data?.ask && data.ask === this.me) this.channel?.postMessage({ here: this.me });
    };
  }
}
