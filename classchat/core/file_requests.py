"""The request `file`, and what becomes of a file that is uploaded: rights, before and after.

-> file      Alice may speak in CS350, and there is space: `FileOffered` is stored
<- success   where to upload it
upload    over HTTP, see servers/uploads.py; in pieces, and perhaps on another day
share     Alice may still speak there: the message is stored, and all members get it
reading   over HTTP: whoever has a link of their own, and is a member at that moment
"""

from __future__ import annotations

from collections.abc import Callable

from classchat.core.acts import FileOffered, FileWithdrawn, PersonRecord
from classchat.core.directory import Directory
from classchat.core.entries import Said, Whispered
from classchat.core.features import speaking
from classchat.core.features.moderation import Moderation
from classchat.core.gate import Gate
from classchat.core.journal_port import Journal, store_acts
from classchat.core.model import Conversation, Room, User
from classchat.core.shared_files import KEY_BYTES, NUMBER_BITS, SharedFile, StoredFile, ticket_of
from classchat.errors import (
    FilesOff,
    FileTooLarge,
    NoSpaceForFile,
    NotAMember,
    NotSaved,
    RoomNotFound,
    ShuttingDown,
    StaffOnly,
    UserNotFound,
)
from classchat.file_names import clean_name
from classchat.messages import Say, ShareFile, Success
from classchat.names import SERVER


class FileRequests:
    """Lets users share files, and read those of their conversations."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        moderation: Moderation,
        slow_rooms: speaking.SlowRooms,
        gate: Gate,
        random: Callable[[int], bytes],
    ) -> None:
        """`random` returns so many random bytes."""
        self._journal = journal
        self._users = directory.users
        self._rooms = directory.rooms
        self._accounts = directory.accounts
        self._limits = directory.limits
        self._moderation = moderation
        self._slow_rooms = slow_rooms
        self._gate = gate
        self._random = random
        self.why_off: Callable[[], str] = _no_store
        """Returns why no files can be shared; "" if they can. It is set where the server is built."""

    async def offer(self, user: User, asked: ShareFile) -> Success:
        """Answer a user who wants to share a file: where to upload it.

        Raises:
            ChatError: the user may not, or there is no space.
        """
        limits = self._limits
        off = self.why_off()
        if off:
            raise FilesOff(off)
        if asked.size > limits.file:
            raise FileTooLarge(limits.file)
        conversation, _ = self._place(user, asked)
        file = self._new_file(asked)
        person = user.person
        known = PersonRecord(person.number, person.name, person.key, person.token)
        offered = FileOffered(
            file,
            person.number,
            conversation.key,
            limits.files_of_user,
            limits.files,
            limits.unfinished_files,
        )
        acts = (known, offered) if user.account is None else (offered,)
        if not await store_acts(self._journal, user, *acts):
            raise await self._no_space(user, file)
        upload = file.upload_for(person.number)
        return Success(SERVER, user.name, f"Upload {file.summary}", id=asked.id, upload=upload)

    def _new_file(self, asked: ShareFile) -> SharedFile:
        number = int.from_bytes(self._random(8), "big") >> (64 - NUMBER_BITS)
        return SharedFile(
            number, self._random(KEY_BYTES), clean_name(asked.name), asked.size, asked.sha256.lower()
        )

    async def _no_space(self, user: User, file: SharedFile) -> NoSpaceForFile:
        """Return why there is no space for one file more."""
        used = await self._journal.space(user.person.number)
        if used.unfinished >= self._limits.unfinished_files:
            return NoSpaceForFile("one user", self._limits.files_of_user, used.unfinished)
        if used.of_person + file.size > self._limits.files_of_user:
            return NoSpaceForFile("one user", self._limits.files_of_user)
        return NoSpaceForFile("all users together", self._limits.files)

    def _place(self, user: User, asked: ShareFile) -> tuple[Conversation, User | None]:
        """Return the conversation that a user means, and the other user if it is private.

        Raises:
            ChatError: there is none, or the user may not speak there.
        """
        if self._gate.closed:
            raise ShuttingDown
        room = None if asked.private is True else self._rooms.find(asked.receiver)
        if room is not None and room in user.rooms:
            self._check_room(user, room)
            return room, None
        to = None if asked.private is False else self._named(asked.receiver)
        if to is None:
            if asked.private is True:
                raise UserNotFound(asked.receiver)
            raise RoomNotFound(asked.receiver) if room is None else NotAMember(room.name)
        speaking.check_private(self._rooms, user, to)
        return user.person.dialog_with(to.person), to

    def _named(self, name: str) -> User | None:
        account = self._accounts.find(name)
        return self._users.find(name) if account is None else account.user

    def _check_room(self, user: User, room: Room) -> None:
        """Check that a user may speak in a room, so that everybody there reads it."""
        if room.order.hushed:
            self._moderation.check(Say, user, room)
            if speaking.goes_to_staff(user, room):
                raise StaffOnly(room.name)

    # Uploaded.

    async def uploaded_to(self, token: str) -> StoredFile | None:
        """Return the file to which a link for uploads leads; None if there is none."""
        ticket = ticket_of(token)
        stored = None if ticket is None else await self._journal.file(ticket.number)
        if ticket is None or stored is None or stored.person != ticket.person:
            return None
        return stored if stored.file.proves("upload", ticket) else None

    async def share(self, stored: StoredFile) -> None:
        """Send the message with a file whose content is stored, and wait until it is stored as well.

        Raises:
            ChatError: the user may not speak there any more, or it could not be stored.
        """
        user = self._by_person(stored.person)
        if self._gate.closed:
            raise ShuttingDown
        if user is None:
            raise NotAMember(stored.conversation.removeprefix("#"))
        id = f"file {stored.file.number:x}"  # so that it is one message, however often its upload is finished
        file = stored.file
        room, to = self._room_of(stored), self._other(stored)
        if room is not None:
            if room not in user.rooms:
                raise NotAMember(room.name)
            self._check_room(user, room)
            self._slow_rooms.check(user, room)
            self._journal.append(Said(user, None, id, file.summary, room, file=file))
        elif to is not None:
            speaking.check_private(self._rooms, user, to)
            dialog = user.person.dialog_with(to.person)
            self._journal.append(Whispered(user, None, id, file.summary, dialog, to, file=file))
        else:
            raise UserNotFound(stored.conversation)
        await self._journal.settled()
        done = await self._journal.file(file.number)
        if done is None or not done.shared:
            raise NotSaved

    async def withdraw(self, stored: StoredFile) -> bool:
        """End an upload that is not finished; return whether there was one: its message may be stored by now.

        Raises:
            ChatError: its user is not here, or it could not be stored.
        """
        user = self._by_person(stored.person)
        if user is None:
            raise NotAMember(stored.conversation.removeprefix("#"))
        return await store_acts(self._journal, user, FileWithdrawn(stored.file.number))

    def _room_of(self, stored: StoredFile) -> Room | None:
        return self._rooms.by_key(stored.conversation) if stored.conversation.startswith("#") else None

    def _other(self, stored: StoredFile) -> User | None:
        """Return the user to whom a file is sent in private."""
        if stored.conversation.startswith("#"):
            return None
        one, other = map(int, stored.conversation.split(":"))
        return self._by_person(other if one == stored.person else one)

    def _by_person(self, number: int) -> User | None:
        account = self._accounts.by_person(number)
        return self._users.by_person(number) if account is None else account.user

    # Reading.

    async def readable(self, token: str) -> SharedFile | None:
        """Return the file to which a link leads, if its person may read it now; otherwise None."""
        ticket = ticket_of(token)
        stored = None if ticket is None else await self._journal.file(ticket.number)
        if ticket is None or stored is None or not stored.shared or not stored.file.proves("read", ticket):
            return None
        return stored.file if self._may_read(stored, ticket.person) else None

    def _may_read(self, stored: StoredFile, person: int) -> bool:
        """Return whether a person is a member of the file's conversation."""
        user = self._by_person(person)
        if user is None:
            return False  # a guest who has gone
        if stored.conversation.startswith("#"):
            room = self._rooms.by_key(stored.conversation)
            return room is not None and room in user.rooms
        return str(person) in stored.conversation.split(":")


def _no_store() -> str:
    return "the server stores none"
