"""Commands of other chat programs that ClassChat does not have, and what to do instead."""

from __future__ import annotations

_SIGN_IN = "leave with /quit, then run classchat NAME@HOST:PORT"
_FILES = "/send shares a file, and /get downloads one"
_NO_CHANGES = "a sent message can't be changed: send a corrected one"
_PASSWORDS = "/claim registers your name with a password; classchat NAME@HOST:PORT asks for it"
_MODES = "/room sets who may join or speak; /op and /mute are for one user"

INSTEAD = {
    "/connect": _SIGN_IN,
    "/server": _SIGN_IN,
    "/login": _SIGN_IN,
    "/signin": _SIGN_IN,
    "/reconnect": "the client reconnects by itself",
    "/identify": _PASSWORDS,
    "/register": _PASSWORDS,
    "/nickserv": _PASSWORDS,
    "/ns": _PASSWORDS,
    "/mode": _MODES,
    "/chanserv": _MODES,
    "/cs": _MODES,
    "/lock": _MODES,
    "/file": _FILES,
    "/dcc": _FILES,
    "/edit": _NO_CHANGES,
    "/undo": "/delete deletes your latest message",
    "/l": "/leave leaves a room, /rooms lists them",
    "/q": "/quit leaves ClassChat, /query NAME selects one user",
    "/open": "/room NAME open opens a closed room, /focus NAME selects one that you are in",
    "/archive": "/close closes a room, and /room NAME open opens it again",
    "/unquiet": "/quiet off shows joins and leaves again",
    "/add": "/invite invites a user to a private room",
    "/remove": "/kick removes a user from a room",
    "/mods": "/who marks the moderators of a room",
    "/online": "/users * lists who is online",
    "/whoami": "your name is in the line at the bottom; /who shows your role in a room",
    "/brb": "/away brb marks you as away, and /back as back",
    "/disconnect": "/quit leaves ClassChat",
    "/knock": "ask a moderator of the room to /invite you",
    "/whowas": "/history @NAME shows your conversation",
    "/lastlog": "/search WORDS searches messages",
    "/notify": 'the bell rings for your name; bell = "all" in config.toml rings for every message',
    "/dnd": '/away marks you as away; bell = "off" in config.toml silences the bell',
    "/status": "/away TEXT and /back set your status; the line at the bottom shows the connection",
    "/version": "run classchat --version",
    "/settings": "settings are in config.toml",
    "/set": "settings are in config.toml",
    "/theme": "settings are in config.toml",
}
"""The advice for commands of other chats, by command."""
