/** The English texts of what is loaded when it is first used: menus, dialogs, commands, the projector. */

import { counted } from "./strings.js";

// The conversations
export const noReply = "No private message to reply to yet";
export const noMore = { history: "No more messages. To start over: /history <room|user>", search: "No more results" };
export const noSelf = "You can't ignore yourself";
/** @param {string[]} names */
export const ignored = (names) => (names.length ? `Ignored users: ${names.join(", ")}` : "You are not ignoring anyone");
/** @param {string} name */
export const ignoring = (name) => `Ignoring ${name}. To stop: /unignore ${name}`;
/** @param {string} name */
export const unignored = (name) => `No longer ignoring ${name}`;
export const whichRoom = "Which room? Usage: /quiet <room|*> [off]";
/** @type {(where: string, off: boolean) => string} */
export const quiet = (where, off) =>
  `Joins and leaves are ${off ? "shown" : "hidden"} ${where === "*" ? "in all rooms" : `in ${where}`}${off ? " again" : `. To show them: /quiet ${where} off`}`;
export const noConversations = "No conversations yet: /join ROOM, or /msg NAME TEXT";
export const noSuchPlace = "The page opens no files by their names: /send alone lets you choose them. In another conversation: /send <room|user>";
export const listed = "Conversations (/focus N goes to one):";
/** @param {string} name */
export const nobody = (name) => `No room or user '${name}'. To write anyway: /focus @${name}`;
/** @param {number} number */
export const noNumber = (number) => `No conversation ${number}. To list them: /conversations`;
/** @type {(name: string, topic: string) => string} */
export const topicOf = (name, topic) => (topic ? `The topic of '${name}' is: ${topic}` : `'${name}' has no topic`);
/** @type {(room: string, there: string, offline: string, more: number) => string} */
export const members = (room, there, offline, more) =>
  `Members of '${room}': ${there || "none online"}${offline && `; offline: ${offline}`}${more ? ` and ${more} more` : ""}`;

export const notHere = "The message is not in the room: it was deleted, or the link is wrong.";

// The box
export const paste = "Paste";
export const pasteTitle = "Paste a long text?";
/** @param {number} lines */
export const pasteAsk = (lines) => `The text has ${lines} lines. It is one message.`;

// Menus and dialogs
export const cancel = "Cancel";
export const save = "Save";
export const copied = "Copied";
export const copyByHand = "Copy this text";
export const copyLink = "Copy link";
export const copyText = "Copy text";
export const deleteMessage = "Delete for everyone";
/** @param {string} by */
export const deletedBy = (by) => `[deleted by ${by}]`;
export const reply = "Mention the sender";
export const aboutSender = "About the sender…";
export const writePrivately = "Write privately";
export const mentionUser = "Mention";
export const ignore = "Hide their messages";
export const unignore = "Show their messages";
export const op = "Make a moderator";
export const deop = "Remove as a moderator";
export const assist = "Make an assistant";
export const unassist = "Remove as an assistant";
export const mute = "Mute";
export const unmute = "Unmute";
export const kick = "Remove";
export const ban = "Ban";
export const unban = "Lift a ban";
export const reason = "Reason (optional)";
export const howLong = "For how long";
/** @type {[string, string][]} */
export const durations = [["600", "10 minutes"], ["3600", "1 hour"], ["86400", "1 day"], ["604800", "1 week"], ["0", "For ever"]];
export const inviteNote = "Everyone who opens this link can join:";
export const inviteNobody = "Only this machine can open this link. To let others in, start the server with: classchat serve 0.0.0.0";
export const projector = "Show on a projector";
export const qr = "QR code of the link";
export const mutedToggle = "Muted";
export const quietToggle = "Hide joins and leaves";
export const joinAgain = "Join the room";
export const leave = "Leave the room";
export const removeFromList = "Remove from the list";
export const setTopic = "Set the topic";
export const topic = "Topic";
export const inviteUser = "Invite a user";
export const userName = "Name of the user";
export const invite = "Invite";
export const makePrivate = "Make private";
export const makeOpen = "Open to everyone";
export const makeAnnounce = "Only moderators speak";
export const makeTalk = "Everyone speaks";
export const openAgain = "Open again";
export const closeRoom = "Close the room";
export const closeAsk = "All members are removed, and nobody can join or read it until you open it again.";

// Search
export const searchFor = "Words to find";
export const onlyIn = "Only in ";
export const searching = "Searching…";
export const results = "Results";
/** @type {(count: number, more: boolean) => string} */
export const found = (count, more) => `${counted(count, "message")}${more ? ", and more" : ""}, newest first`;
export const nothingFound = "Nothing found";
export const more = "More";

// The user
export const roomName = "Name of the room";
export const roomRule = "Letters, digits, . _ and -, without spaces";
export const noRooms = "There is no room yet.";
/** @param {number} count */
export const moreRooms = (count) => `and ${counted(count, "more room")}`;
export const member = "member";
export const joined = "joined";
export const rename = "Change your name";
export const beAway = "Mark as away";
export const awayWhy = "Why (optional)";
export const beBack = "Mark as back";
export const notify = "Notify me";
export const vibrate = "Vibrate for messages to me";
export const claim = "Register your name";
export const changePassword = "Change your password";
export const currentPassword = "Present password";
export const newPassword = "New password";
export const passwordAgain = "New password, again";
export const passwordsDiffer = "The two passwords differ.";
export const everyone = "Who is online";
export const help = "Help";
export const helpIntro = "Type a message and press Enter. A text that begins with / is a command, as in the terminal.";
export const allCommands = "All commands";
/** @type {[string, string][]} */
export const keys = [
  ["Enter", "sends"],
  ["Shift+Enter", "breaks the line"],
  ["Tab", "takes a completion of @name or /command"],
  ["Up", "in the empty box: recalls what you sent"],
  ["Alt+Up, Alt+Down", "go to the next conversation"],
  ["Up, Down, Home, End", "in the log: go from message to message; Enter opens the menu"],
  ["Escape", "closes what is open, and goes to the box"],
];
export const quit = "Leave ClassChat";
