/** All English texts of the page, in one place, so that they can be translated. */

export const strings = {
  title: "ClassChat",
  yourName: "Your name",
  join: "Join",
  message: "Message",
  messages: "Messages",
  conversations: "Conversations",
  people: "People",
  password: "Password",
  signIn: "Sign in",
  tryAgain: "Try again",
  useHere: "Use it here",
  pending: "Sending",
  notSent: "Not sent",
  sendAgain: "Send again",
  /** @param {string} time */
  offlineSince: (time) => `Offline since ${time}`,
  /** @param {number} count */
  fresh: (count) => `${count} new`,
  /** @param {number} count */
  missing: (count) => `${counted(count, "message")} not shown here`,
  unreadLine: "New messages",
};

/**
 * @param {number} count
 * @param {string} what
 */
export function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
