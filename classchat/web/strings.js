/** The English texts of the room; entrytexts.js has those of the form before it, and phrases.js those of what is loaded later. */

// The conversations
/** @param {number|undefined} count */
export const missed = (count) => (count ? `${counted(count, "message")} missed here` : "Messages may be missing here");
/** @param {number|undefined} count */
export const missedAnywhere = (count) => `${count ? counted(count, "message") : "Some messages"} could not be loaded again`;
export const renumbered = "The server has a new journal: what follows is numbered from 1";
/** @type {(name: string, offline: boolean) => string} */
export const presence = (name, offline) => `${name} is ${offline ? "offline" : "online again"}`;
export const gone = "You left it, or were removed, while you were away";
/** @param {string} why */
export const failed = (why) => `Not sent: ${why}`;
export const unconfirmed = "The connection was lost: it may have been sent, or not.";
/** @param {string} what */
export const unconfirmedRequest = (what) => `Not confirmed: /${what}. It may have been done, or not.`;
/** @param {string} name */
export const elsewhereRoom = (name) => `You are not in '${name}': /join ${name} first`;
export const noRoom = "You are in no room. /join ROOM, or /msg NAME TEXT";
export const noFocus = "Choose a conversation first, or /msg NAME TEXT";
export const notNow = "Not connected: try again when the connection is back";
export const tooMany = "Too many requests wait for the connection. Try again later";
export const lineTooLong = "The message is too long";
/** @type {(length: number, most: number) => string} */
export const textTooLong = (length, most) => `${lineTooLong}: ${length} characters, at most ${most}`;
/** @type {(code: string) => string} Why the connection has ended, if the server has not said it. */
export const ended = (code) => ENDS[code] ?? "The connection has ended.";
export const message = "Message";
export const messages = "Messages";
export const conversations = "Conversations";
export const people = "People";
export const tryAgain = "Try again";
export const pending = "Sending";
export const notSent = "Not sent:";
export const sendAgain = "Send again";
/** @param {string} time */
export const offlineSince = (time) => `Offline since ${time}`;
/** @param {number} count */
export const fresh = (count) => `${count} new`;
/** @param {number} count */
export const missing = (count) => `${counted(count, "message")} not shown here`;
export const unreadLine = "New messages";

// Other tabs, and parts that are loaded later
export const notDone = "Not done yet";
export const loadAgain = "Load again";

// The connection
/** @param {number} seconds */
export const nextTry = (seconds) => `next try in ${seconds} s`;
export const trying = "trying now";
export const tryNow = "Try now";
export const back = "Connected again";

// The room
export const skip = "Skip to the message box";
export const beginning = "The beginning of this conversation";
export const loading = "Loading…";
export const loadThem = "Load them";
export const discard = "Edit";
export const newest = "Newest messages";
export const classroom = "Class";
export const raise = "Raise hand";
export const roomActions = "Conversation menu";
export const messageActions = "Message menu";
export const privateRoom = "private";
export const closedRoom = "closed";
export const privately = "private conversation";
/** @param {number} count */
export const persons = (count) => (count === 1 ? "1 person" : `${count} people`);
/** @param {number} count */
export const morePeople = (count) => `and ${count} more`;
export const nowhere = "You are not in a room yet";
/** @param {string} room */
export const notIn = (room) => `You are not in ${room}`;
export const nowhereNote = "Join a room, create one, or choose a conversation.";
/** @param {string} room */
export const createRoom = (room) => `Create ${room}`;

// The list of conversations
/** @param {number} count */
export const unread = (count) => `${count} unread`;
export const mention = "mention";
export const muted = "muted";
export const draft = "draft";
export const notMember = "not a member";

// People
export const moderator = "moderator";
export const assistant = "assistant";
export const mutedUser = "muted";
export const offline = "offline";
export const away = "away";

// The box
/** @param {string} name */
export const writeTo = (name) => `Message to ${name}`;
export const writeCommand = "/join ROOM, or /help";
export const completions = "Completions";
export const send = "Send";
export const share = "Share files";
/** @param {number} count */
export const left = (count) => `${count} characters left`;

// Menus and dialogs
export const close = "Close";
export const search = "Search";
export const invitePeople = "Invite people";
export const projectorNote = "shows the room";

// The user
export const ownMenu = "Your menu";
export const rooms = "Rooms";
export const create = "Create a room";
export const newRoom = "New room";

/** @type {Record<string, string>} */
const ENDS = {
  quit: "You have left ClassChat.",
  taken_over: "You have signed in somewhere else.",
  tls_required: "This server takes only encrypted connections: use https.",
  claimed_only: "Only registered users may sign in here.",
};

/**
 * @param {number} count
 * @param {string} what
 */
export function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
