/** All English texts of the page, in one place, so that they can be translated. */

export const strings = {
  title: "ClassChat",

  // The conversations
  /** @param {number|undefined} count */
  missed: (count) => (count ? `${counted(count, "message")} missed here` : "Messages may be missing here"),
  /** @param {number|undefined} count */
  missedAnywhere: (count) => `${count ? counted(count, "message") : "Some messages"} could not be loaded again`,
  renumbered: "The server has started with a new journal: what follows is numbered from 1",
  /** @type {(name: string, offline: boolean) => string} */
  presence: (name, offline) => `${name} is ${offline ? "offline" : "online again"}`,
  gone: "You left it, or were removed, while you were away",
  /** @param {string} why */
  failed: (why) => `Not sent: ${why}`,
  unconfirmed: "The connection was lost before the server confirmed it: it may have been sent.",
  /** @param {string} what */
  unconfirmedRequest: (what) => `Not confirmed: /${what}. It may have been done, or not.`,
  /** @param {string} name */
  elsewhereRoom: (name) => `You are not in '${name}': /join ${name} first`,
  noRoom: "You are in no room. /join ROOM, or /msg NAME TEXT",
  noFocus: "Choose a conversation first, or /msg NAME TEXT",
  noReply: "No private message to reply to yet",
  notNow: "Not connected: try again when the connection is back",
  tooMany: "Too many requests wait for the connection. Try again later",
  /** @type {(length: number, most: number) => string} */
  textTooLong: (length, most) => `The message is too long: ${length} characters, at most ${most}`,
  lineTooLong: "The message is too long",
  noMore: { history: "No more messages. To start over: /history <room|user>", search: "No more results" },
  noSelf: "You can't ignore yourself",
  /** @param {string[]} names */
  ignored: (names) => (names.length ? `Ignored users: ${names.join(", ")}` : "You are not ignoring anyone"),
  /** @param {string} name */
  ignoring: (name) => `Ignoring ${name}. To stop: /unignore ${name}`,
  /** @param {string} name */
  unignored: (name) => `No longer ignoring ${name}`,
  whichRoom: "Which room? Usage: /quiet <room|*> [off]",
  /** @type {(where: string, off: boolean) => string} */
  quiet: (where, off) =>
    `Joins and leaves are ${off ? "shown" : "hidden"} ${where === "*" ? "in all rooms" : `in ${where}`}${off ? " again" : `. To show them: /quiet ${where} off`}`,
  noConversations: "No conversations yet: /join ROOM, or /msg NAME TEXT",
  listed: "Conversations (/focus N goes to one):",
  /** @param {string} name */
  nobody: (name) => `No room or user '${name}'. To write anyway: /focus @${name}`,
  /** @param {number} number */
  noNumber: (number) => `No conversation ${number}. To list them: /conversations`,
  /** @type {(name: string, topic: string) => string} */
  topicOf: (name, topic) => (topic ? `The topic of '${name}' is: ${topic}` : `'${name}' has no topic`),
  /** @type {(room: string, there: string, offline: string, more: number) => string} */
  members: (room, there, offline, more) =>
    `Members of '${room}': ${there || "none online"}${offline && `; offline: ${offline}`}${more ? ` and ${more} more` : ""}`,
  marks: { moderator: "moderator", muted: "muted", away: "away" },
  /** @type {(code: string) => string} Why the connection has ended, if the server has not said it. */
  ended: (code) => ENDS[code] ?? "The connection has ended.",

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
  notSent: "Not sent:",
  sendAgain: "Send again",
  /** @param {string} time */
  offlineSince: (time) => `Offline since ${time}`,
  /** @param {number} count */
  fresh: (count) => `${count} new`,
  /** @param {number} count */
  missing: (count) => `${counted(count, "message")} not shown here`,
  unreadLine: "New messages",

  // Joining
  /** @param {string} room */
  joinRoom: (room) => `Join ${room}`,
  joinNote: "Choose any name that is free. Nothing is installed.",
  joinNoteRooms: "Choose any name that is free. You choose a room afterwards.",
  register: "Register and join",
  asGuest: "Join without a password",
  havePassword: "Sign in with a password",
  wantPassword: "Register a name",
  passwordRule: "8 to 256 characters",
  stay: "Stay signed in on this device",
  /** @param {string} name */
  useName: (name) => `Join as ${name}`,
  notEncrypted: "This connection is not encrypted: others in the network can read it. You can join as a guest, but not use a password.",
  /** @param {string} name */
  elsewhere: (name) => `${name} is here already, in another tab`,
  otherName: "Use another name",

  notLoaded: "The page could not be loaded. Load it again.",

  // The connection
  /** @param {number} seconds */
  nextTry: (seconds) => `next try in ${seconds} s`,
  trying: "trying now",
  unreachable: "The server can't be reached.",
  retrying: "The page tries again by itself.",
  tryNow: "Try now",
  back: "Connected again",

  // The room
  skip: "Skip to the message box",
  beginning: "The beginning of this conversation",
  loading: "Loading…",
  loadThem: "Load them",
  notHere: "The message that this link leads to is not in the room: it was deleted, or the link is wrong.",
  discard: "Edit",
  newest: "Newest messages",
  roomActions: "Conversation menu",
  messageActions: "Message menu",
  privateRoom: "private",
  closedRoom: "closed",
  privately: "private conversation",
  /** @param {number} count */
  persons: (count) => (count === 1 ? "1 person" : `${count} people`),
  /** @param {number} count */
  morePeople: (count) => `and ${count} more`,
  nowhere: "You are not in a room yet",
  /** @param {string} room */
  notIn: (room) => `You are not in ${room}`,
  nowhereNote: "Join a room, create one, or choose a conversation.",
  /** @param {string} room */
  createRoom: (room) => `Create ${room}`,

  // The list of conversations
  /** @param {number} count */
  unread: (count) => `${count} unread`,
  mention: "mention",
  muted: "muted",
  draft: "draft",
  notMember: "not a member",

  // People
  moderator: "moderator",
  mutedUser: "muted",
  offline: "offline",
  away: "away",

  // The box
  /** @param {string} name */
  writeTo: (name) => `Message to ${name}`,
  writeCommand: "/join ROOM, or /help",
  completions: "Completions",
  send: "Send",
  /** @param {number} count */
  left: (count) => `${count} characters left`,
  /** @param {number} count */
  tooLong: (count) => `A message has at most ${count} characters.`,
  paste: "Paste",
  pasteTitle: "Paste a long text?",
  /** @param {number} lines */
  pasteAsk: (lines) => `The text has ${lines} lines. It is one message.`,

  // Menus and dialogs
  close: "Close",
  cancel: "Cancel",
  save: "Save",
  search: "Search",
  copied: "Copied",
  copyByHand: "Copy this text",
  copyLink: "Copy link",
  copyText: "Copy text",
  reply: "Mention the sender",
  aboutSender: "About the sender…",
  writePrivately: "Write privately",
  mentionUser: "Mention",
  ignore: "Hide their messages",
  unignore: "Show their messages",
  op: "Make a moderator",
  deop: "Remove as a moderator",
  mute: "Mute",
  unmute: "Unmute",
  kick: "Remove",
  ban: "Ban",
  unban: "Lift a ban",
  reason: "Reason (optional)",
  howLong: "For how long",
  /** @type {[string, string][]} */
  durations: [["600", "10 minutes"], ["3600", "1 hour"], ["86400", "1 day"], ["604800", "1 week"], ["0", "For ever"]],
  invitePeople: "Invite people",
  inviteNote: "Everyone who opens this link can join:",
  inviteNobody: "Only this machine can open this link. To let others in, start the server with: classchat serve 0.0.0.0",
  projector: "Show on a projector",
  qr: "QR code of the link",
  projectorName: "Projector",
  mutedToggle: "Muted",
  quietToggle: "Hide joins and leaves",
  leave: "Leave the room",
  removeFromList: "Remove from the list",
  setTopic: "Set the topic",
  topic: "Topic",
  inviteUser: "Invite a user",
  userName: "Name of the user",
  invite: "Invite",
  makePrivate: "Make private",
  makeOpen: "Open to everyone",
  makeAnnounce: "Only moderators speak",
  makeTalk: "Everyone speaks",
  openAgain: "Open again",
  closeRoom: "Close the room",
  closeAsk: "All members are removed, and nobody can join or read it until you open it again.",

  // Search
  searchFor: "Words to find",
  onlyIn: "Only in ",
  searching: "Searching…",
  results: "Results",
  /** @type {(count: number, more: boolean) => string} */
  found: (count, more) => `${counted(count, "message")}${more ? ", and more" : ""}, newest first`,
  nothingFound: "Nothing found",
  more: "More",

  // The user
  ownMenu: "Your menu",
  rooms: "Rooms",
  create: "Create a room",
  newRoom: "New room",
  roomName: "Name of the room",
  roomRule: "Letters, digits, . _ and -, without spaces",
  noRooms: "There is no room yet.",
  /** @param {number} count */
  moreRooms: (count) => `and ${counted(count, "more room")}`,
  member: "member",
  joined: "joined",
  beAway: "Mark as away",
  awayWhy: "Why (optional)",
  beBack: "Mark as back",
  notify: "Notify me",
  claim: "Register your name",
  changePassword: "Change your password",
  currentPassword: "Present password",
  newPassword: "New password",
  passwordAgain: "New password, again",
  passwordsDiffer: "The two passwords differ.",
  everyone: "Who is online",
  help: "Help",
  helpIntro: "Type a message and press Enter. A text that begins with / is a command, as in the terminal.",
  allCommands: "All commands",
  /** @type {[string, string][]} */
  keys: [
    ["Enter", "sends"],
    ["Shift+Enter", "breaks the line"],
    ["Tab", "takes a completion of @name or /command"],
    ["Up", "in the empty box: recalls what you sent"],
    ["Alt+Up, Alt+Down", "go to the next conversation"],
    ["Up, Down, Home, End", "in the log: go from message to message; Enter opens the menu"],
    ["Escape", "closes what is open, and goes to the box"],
  ],
  quit: "Leave ClassChat",
};

/** @type {Record<string, string>} */
const ENDS = {
  quit: "You have left ClassChat.",
  taken_over: "You have signed in somewhere else.",
  tls_required: "This server takes only encrypted connections: open the page with https.",
  claimed_only: "Only registered users may sign in here.",
};

/**
 * @param {number} count
 * @param {string} what
 */
export function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
