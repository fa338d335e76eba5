"""What people type who know another chat, where a command of ours is not the same: what to do instead."""

from __future__ import annotations

_SIGN_IN = "leave with /quit, and start classchat NAME@HOST:PORT"
_NAME = "your name is chosen when you sign in: classchat NAME@HOST:PORT. /claim makes the one you have yours"
_NO_FILES = "files can't be sent here: put it somewhere and send the link"
_NO_CHANGES = "what was said stays as it is: say it again, corrected"
_PASSWORDS = "/claim makes your name yours, with a password; classchat NAME@HOST:PORT asks for it"
_MODES = "/room makes a room private, open, announce or talk; /op and /mute are about one person"

INSTEAD = {
    "/nick": _NAME,
    "/name": _NAME,
    "/rename": _NAME,
    "/connect": _SIGN_IN,
    "/server": _SIGN_IN,
    "/login": _SIGN_IN,
    "/signin": _SIGN_IN,
    "/reconnect": "a lost connection comes back by itself",
    "/identify": _PASSWORDS,
    "/register": _PASSWORDS,
    "/nickserv": _PASSWORDS,
    "/ns": _PASSWORDS,
    "/mode": _MODES,
    "/chanserv": _MODES,
    "/cs": _MODES,
    "/lock": _MODES,
    "/send": _NO_FILES,
    "/file": _NO_FILES,
    "/upload": _NO_FILES,
    "/dcc": _NO_FILES,
    "/edit": _NO_CHANGES,
    "/delete": _NO_CHANGES,
    "/undo": _NO_CHANGES,
    "/l": "/leave leaves a room, /rooms lists them",
    "/q": "/quit leaves ClassChat, /query NAME talks to one person",
    "/open": "/room NAME open opens a closed room, /focus NAME goes to one that you are in",
    "/archive": "/close closes a room, and /room NAME open opens it again",
    "/unquiet": "/quiet off shows who comes and goes again",
    "/add": "/invite lets somebody into a private room",
    "/remove": "/kick puts somebody out of a room",
    "/mods": "/who marks the moderators of a room",
    "/online": "/users * lists who is online",
    "/whoami": "your name stands in the line at the bottom; /who shows what you are in a room",
    "/brb": "/away brb says so, and /back that you are here again",
    "/disconnect": "/quit leaves ClassChat",
    "/knock": "one of the room's moderators has to /invite you",
    "/whowas": "/history @NAME shows what you told each other",
    "/lastlog": "/search WORDS finds what was said",
    "/notify": 'the bell rings when your name is said: bell = "all" in config.toml rings for everything',
    "/dnd": '/away says that you are not here; bell = "off" in config.toml is quiet',
    "/status": "/away TEXT and /back say whether you are here; the line at the bottom shows the connection",
    "/version": "classchat --version says it",
    "/settings": "config.toml keeps what you would say on the command line each time",
    "/set": "config.toml keeps what you would say on the command line each time",
    "/theme": "config.toml keeps what you would say on the command line each time",
}
"""What to do instead, by what is typed."""
