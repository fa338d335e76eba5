/** Commands of other chats, and of the terminal, that the page does not have, and what to do instead. */

const SIGN_IN = "/quit leaves, and then you can join again under another name";
const FILES = "/send shares files; so do the paper clip, and dropping or pasting them. A click on a file saves it";
const NO_CHANGES = "a sent message can't be changed: send a corrected one";
const PASSWORDS = "/claim registers your name with a password";
const MODES = "/room sets who may join or speak; /op and /mute are for one user";
const SETTINGS = "the settings are in the menu with your name";

/** @type {Record<string, string>} By command. */
export const INSTEAD = {
  "/connect": SIGN_IN, "/server": SIGN_IN, "/login": SIGN_IN, "/signin": SIGN_IN,
  "/reconnect": "the page reconnects by itself",
  "/identify": PASSWORDS, "/register": PASSWORDS, "/nickserv": PASSWORDS, "/ns": PASSWORDS,
  "/mode": MODES, "/chanserv": MODES, "/cs": MODES, "/lock": MODES,
  "/file": FILES, "/dcc": FILES, "/get": FILES, "/download": FILES,
  "/edit": NO_CHANGES, "/undo": "/delete deletes your latest message",
  "/clear": "it clears a terminal. Here, scroll to the end, or remove the conversation with its menu",
  "/cls": "it clears a terminal. Here, scroll to the end, or remove the conversation with its menu",
  "/l": "/leave leaves a room, /rooms lists them",
  "/q": "/quit leaves ClassChat, /query NAME selects one user",
  "/open": "/room NAME open opens a closed room, /focus NAME selects one that you are in",
  "/archive": "/close closes a room, and /room NAME open opens it again",
  "/unquiet": "/quiet off shows joins and leaves again",
  "/add": "/invite invites a user to a private room",
  "/remove": "/kick removes a user from a room",
  "/mods": "/who marks the moderators of a room",
  "/online": "/users * lists who is online",
  "/whoami": "your name is in the menu; /who shows your role in a room",
  "/brb": "/away brb marks you as away, and /back as back",
  "/disconnect": "/quit leaves ClassChat",
  "/knock": "ask a moderator of the room to /invite you",
  "/whowas": "/history @NAME shows your conversation",
  "/lastlog": "/search WORDS searches messages",
  "/notify": "the menu with your name turns notifications on",
  "/dnd": "/away marks you as away; the menu of a conversation mutes it",
  "/status": "/away TEXT and /back set your status",
  "/version": "the server's operator runs classchat --version",
  "/settings": SETTINGS, "/set": SETTINGS,
  "/theme": "the page is dark or light as your system is",
};
