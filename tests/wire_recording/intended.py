"""How what the server sends differs on purpose from the recording of commit c8e4a9d.

In the old text `{name}` stands for a word and `{name*}` for anything; in the new text, and in added fields,
`{name}` stands for the same. Each difference has to be found in every line that it is about, and in at least
one: the test fails for a difference that is not in use. A commit that changes a text or adds a field adds it
here.
"""

from __future__ import annotations

import re

from tests.wire_recording.differences import Added, AddedToRooms, Changed, Difference

_NAMES = {
    "This name looks like '{name}', which is not free. Please try another.": (
        "This name is too similar to '{name}'. Please try another."
    ),
    "A user name is {rule*} or variants of letters, {order*}, and not '{name}'. Please try another.": (
        "A user name is {rule} or special forms of letters, {order}, and it can't be '{name}'. "
        "Please try another."
    ),
    "A {kind} name is {rule*}, and not '{name}'. Please try another.": (
        "A {kind} name is {rule}, and it can't be '{name}'. Please try another."
    ),
    "You are signed in as '{name}' already: quit first to take another name.": (
        "You are already signed in as '{name}'. To use another name, quit and sign in again."
    ),
}
_ACCOUNTS = {
    "The name '{name}' is claimed: sign in with its password, or take another name.": (
        "'{name}' is a registered name. Sign in with its password, or choose another name."
    ),
    "The name '{name}' is claimed already.": (
        "The name '{name}' is already registered. Use its password to sign in."
    ),
    "The name '{name}' is not claimed: claim it first.": (
        "The name '{name}' is not registered. Register it first: /claim"
    ),
    "The name '{name}' is yours now: from now on it takes your password": (
        "The name '{name}' is now registered. From now on, sign in with your password"
    ),
    "Your password is changed": "Your password has been changed",
    "A password is {size*} characters long, none of them a control character. Please take another one.": (
        "A password must have {size} characters, without control characters. Please choose another."
    ),
    "Too many are signing in just now. Please try again in a moment.": (
        "Too many users are signing in right now. Please try again in a moment."
    ),
    "Names can't be claimed on this server: ask its operator.": (
        "Names can't be registered on this server. Ask its operator to register yours."
    ),
    "Only claimed names come in here, and '{name}' is not one: claim it first.": (
        "Only registered users may join; '{name}' is not registered. Register it first."
    ),
    "You may not do that: an operator's name is claimed with 'classchat admin claim', on the server.": (
        "You may not do that: an operator's name can only be registered on the server itself, with "
        "'classchat admin claim'."
    ),
    "{name} is away; your message will be there when he is back": (
        "{name} is away; your message will be delivered when they return"
    ),
}
_LIMITS = {
    "A text about being away is at most {most} characters long: please send less at a time.": (
        "The away message is too long: at most {most} characters. Please shorten it."
    ),
    "A {what} is at most {most} {unit} long: please send less at a time.": (
        "The {what} is too long: at most {most} {unit}. Please shorten it."
    ),
    "Too many: changes of your password in an hour, and {most} is the limit.": (
        "Too many changes of your password in one hour: the limit is {most}."
    ),
    "Too many: claimed names on this server, and {most} is the limit.": (
        "Too many registered names on this server: the limit is {most}."
    ),
    "Too many: names claimed from your address in an hour, and {most} is the limit.": (
        "Too many names registered from your address in one hour: the limit is {most}."
    ),
    "Too many: moderators of a room, and {most} is the limit.": (
        "Too many moderators in a room: the limit is {most}."
    ),
    "Too many: people banned from a room, and {most} is the limit.": (
        "Too many banned users in a room: the limit is {most}."
    ),
    "Too many: people muted in a room, and {most} is the limit.": (
        "Too many muted users in a room: the limit is {most}."
    ),
    "Too many: people in a private room, and {most} is the limit.": (
        "Too many invited users in a room: the limit is {most}."
    ),
    "Too many: people invited to a room, and {most} is the limit.": (
        "Too many invited users in a room: the limit is {most}."
    ),
    "Too many: rooms that you are in, and {most} is the limit.": (
        "Too many rooms joined: the limit is {most}."
    ),
    "Too many: searches of one user at a time, and {most} is the limit.": (
        "Too many searches by one user at a time: the limit is {most}."
    ),
    "Too many: {what*}, and {most} is the limit.": "Too many {what}: the limit is {most}.",
}
_LINES = {
    "Invalid message format: give one of before, after and since": (
        "Invalid message format: give only one of before, after and since"
    ),
    "Invalid message format: half of a surrogate pair is no character": (
        "Invalid message format: half of a surrogate pair is not a character"
    ),
    "Invalid message format: there is more than one status": (
        "Invalid message format: the line has more than one status"
    ),
    "Invalid message format: there is nothing to search for": (
        "Invalid message format: give a word or a user to search for"
    ),
    "Invalid message format: there is nothing to tell everybody": (
        "Invalid message format: the broadcast has no text"
    ),
    "Invalid message format: a room is one of private, open, announce and talk": (
        "Invalid message format: the text must be private, open, announce, questions, exam, slow or talk"
    ),
    "Invalid message format: this is nested too deeply": (
        "Invalid message format: the line is nested too deeply"
    ),
    "Invalid message format: this is not UTF-8": "Invalid message format: the line is not UTF-8",
}
_REFUSALS = {
    "You may not do that: only the {who} of {what*} may.": "You may not do that: only {who} of {what} can.",
    "You may not do that: '{name}' is a moderator of room '{room}', so deop him first.": (
        "You may not do that: '{name}' is a moderator of room '{room}'; first: /deop {name}."
    ),
    "You may not do that: '{name}' is the last moderator, so op somebody or open the room first.": (
        "You may not do that: '{name}' is the last moderator; first: /op another user, or /room R open."
    ),
    "You may not do that: '{name}' is banned from room '{room}', so unban him first.": (
        "You may not do that: '{name}' is banned from room '{room}'; first: /unban {name}."
    ),
    "Room '{room}' has no moderator with a claimed name: claim yours first.": (
        "Room '{room}' has no registered moderator. Register your name first: /claim"
    ),
    "Room '{room}' is private: ask one of its moderators to invite you.": (
        "Room '{room}' is private. Ask one of its moderators to invite you."
    ),
    "Chat room '{room}' is closed: /room {again} open opens it again": (
        "Chat room '{room}' is closed. To open it again: /room {again} open"
    ),
    "Only moderators speak in room '{room}'": "Only moderators can speak in room '{room}'",
    "You have been put out of room '{room}' by {rest*}": "You have been kicked from room '{room}' by {rest}",
}
_ORDER = {
    "{by} has made {name} a moderator no more": "{by} has removed {name} as a moderator",
    "{by} lets everybody speak": "{by} has allowed everybody to speak",
    "{by} lets only moderators speak": "{by} has restricted speaking to moderators",
    "{name} is a moderator of '{room}' already": "{name} is already a moderator of '{room}'",
    "{name} is a moderator of '{room}' no more": "{name} is no longer a moderator of '{room}'",
    "{name} is no moderator of '{room}'": "{name} is not a moderator of '{room}'",
    "{name} is in '{room}' already": "{name} is already in '{room}'",
    "'{room}' is {state} already": "'{room}' is already {state}",
    "Only moderators speak in '{room}'": "Only moderators can speak in '{room}'",
    "Only moderators speak in '{room}' already": (
        "'{room}' is already for announcements: only moderators can speak"
    ),
    "Everybody may speak in '{room}'": "Everybody can speak in '{room}'",
    "Everybody may speak in '{room}' already": "Everybody can already speak in '{room}'",
    "You have closed '{room}': /room {again} open opens it again": (
        "You have closed '{room}'. To open it again: /room {again} open"
    ),
    "Told {users*}": "Sent to {users}",
}
_HISTORY = {
    "{found*}; what was said before number {seq} was deleted": (
        "{found}; messages before number {seq} have been deleted"
    ),
    "What was said before can't be read just now. Please try again later.": (
        "The message history can't be read right now. Please try again later."
    ),
    "This could not be saved, so nobody heard of it. Please try again later.": (
        "This could not be saved, so it has no effect. Please try again later."
    ),
}
_GOODBYES = {
    "Nobody signed in within {seconds} seconds: connect again and send your name first.": (
        "Not signed in within {seconds} seconds. Connect again and send your name first."
    ),
    "Nothing was heard from you for {seconds} seconds: connect again to go on.": (
        "Timed out ({seconds} s). Connect again to continue."
    ),
    "You are more than {size} bytes behind in reading: connect again to go on.": (
        "Too slow: more than {size} bytes were waiting for you. Connect again to continue."
    ),
    "You have signed in from another connection, and that one goes on.": (
        "You have signed in from another connection, so this one was closed."
    ),
    "Your name was released by the operator of this server: it is not yours any more.": (
        "The operator of this server has released your name. It is no longer registered to you."
    ),
    "This server takes encrypted connections only: connect with TLS, in ClassChat with --tls.": (
        "This server accepts only encrypted connections. Connect with TLS (in ClassChat: --tls)."
    ),
    "This server takes no encrypted connections: connect without TLS, in ClassChat with --no-tls.": (
        "This server does not accept encrypted connections. Connect without TLS (in ClassChat: --no-tls)."
    ),
    "Something went wrong here, and it was not your fault. Please connect again.": (
        "Something went wrong on the server. This is not your fault. Please connect again."
    ),
}
_TEXTS = _NAMES | _ACCOUNTS | _LIMITS | _LINES | _REFUSALS | _ORDER | _HISTORY | _GOODBYES

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

_IN_ROOMS: dict[str, dict[str, object]] = {
    "{user} has joined the chat room": {"event": "joined", "user": "{user}"},
    "{user} has left the chat room": {"event": "left", "user": "{user}"},
    "{by} has set the topic: {topic*}": {"event": "topic", "by": "{by}", "topic": "{topic}"},
    "{by} has removed the topic": {"event": "topic", "by": "{by}", "topic": ""},
    "The topic is: {topic*}": {"event": "topic", "topic": "{topic}"},
    "{by} has kicked {user}": {"event": "kicked", "user": "{user}", "by": "{by}"},
    "{by} has kicked {user}: {reason*}": {
        "event": "kicked",
        "user": "{user}",
        "by": "{by}",
        "reason": "{reason}",
    },
    "{by} has banned {user}": {"event": "banned", "user": "{user}", "by": "{by}"},
    "{by} has banned {user}: {reason*}": {
        "event": "banned",
        "user": "{user}",
        "by": "{by}",
        "reason": "{reason}",
    },
    "{by} has banned {user} for {number} {unit}": {
        "event": "banned",
        "user": "{user}",
        "by": "{by}",
        "until": _TIME,
    },
    "{by} has banned {user} for {number} {unit}: {reason*}": {
        "event": "banned",
        "user": "{user}",
        "by": "{by}",
        "reason": "{reason}",
        "until": _TIME,
    },
    "{by} has unbanned {user}": {"event": "unbanned", "user": "{user}", "by": "{by}"},
    "{by} has muted {user}": {"event": "muted", "user": "{user}", "by": "{by}"},
    "{by} has muted {user} for {number} {unit}": {
        "event": "muted",
        "user": "{user}",
        "by": "{by}",
        "until": _TIME,
    },
    "{by} has muted {user} for {number} {unit}: {reason*}": {
        "event": "muted",
        "user": "{user}",
        "by": "{by}",
        "reason": "{reason}",
        "until": _TIME,
    },
    "{by} has unmuted {user}": {"event": "unmuted", "user": "{user}", "by": "{by}"},
    "{by} has made {user} a moderator": {"event": "moderator", "user": "{user}", "by": "{by}"},
    "{by} has made {user} a moderator no more": {
        "event": "not_moderator",
        "user": "{user}",
        "by": "{by}",
    },
    "{by} has invited {user}": {"event": "invited", "user": "{user}", "by": "{by}"},
    "{by} has opened the room": {"event": "open", "by": "{by}"},
    "{by} has made the room private": {"event": "private", "by": "{by}"},
    "{by} lets only moderators speak": {"event": "announce", "by": "{by}"},
    "{by} lets everybody speak": {"event": "talk", "by": "{by}"},
    "{by} has closed the room": {"event": "closed", "by": "{by}"},
}
_IN_PRIVATE: dict[str, dict[str, object]] = {
    "{by} has invited you to room '{room}'": {"event": "invited", "by": "{by}", "room": "{room}"},
    "{by} to everybody: {text*}": {"event": "broadcast", "by": "{by}"},
}
_ADDED = [
    *(Added("group", text, fields) for text, fields in _IN_ROOMS.items()),
    *(Added("private", text, fields) for text, fields in _IN_PRIVATE.items()),
    *(
        Added("success", f"Welcome to ClassChat, {name}!", {"operator": True}, "rooms")
        for name in ("Olga", "Otto")
    ),
]

_ANNOUNCED: list[Difference] = [
    AddedToRooms(text, {"announce": True})
    for text in ("Chat rooms: R (3 members: mine)", "Chat rooms: R (0 members, closed: mine)")
]
"""The room is for announcements in these lines, which the listing did not say."""

INTENDED: list[Difference] = [*_ADDED, *_ANNOUNCED, *(Changed(old, new) for old, new in _TEXTS.items())]
