"""Grants the requests of the class layer: what only reads is answered, all others become rulings.

Carol -> hand "pointers"    ClassRequests.grant -> Rulings.append
Carol <- "you are 3rd"      Rulings.deliver     <- committed
staff <- "Carol raises a hand: pointers (3 waiting)"
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from classchat.class_commands import Follow, Mark, SetGroups
from classchat.class_events import LineHeld
from classchat.core.answer_events import ClassShown
from classchat.core.device import Device
from classchat.core.features import class_permissions, feature_table, speaking
from classchat.core.features.answered import answered, remember
from classchat.core.features.feature import ClassRequest, Ruling
from classchat.core.features.rulings import Rulings
from classchat.core.ground import Ground
from classchat.core.model import Room, User
from classchat.core.ports import Peer
from classchat.errors import ChatError, Overtaken

_NO_SECTIONS: Mapping[str, str] = {}

_MOST_ATTEMPTS = 20
"""How often a request is decided before it is refused: each time another node was faster."""


class ClassRequests:
    """Grants the requests of the class layer."""

    def __init__(self, ground: Ground, rulings: Rulings) -> None:
        self._journal = ground.journal
        self._rooms = ground.directory.rooms
        self._gate = ground.gate
        self._rulings = rulings

    def grant(
        self, user: User, device: Device, command: ClassRequest
    ) -> ClassShown | Coroutine[Any, Any, None] | None:
        """Answer what only reads; append the entry of any other request, which answers it when delivered.

        A request that needs the roster waits for it first.

        Raises:
            ChatError: it can't be granted.
            Undecided: an order that is on its way may change that.
        """
        self._gate.check()
        room = self._rooms.get(command.receiver)
        room.order.check_decided()
        self._check(user, room, command)
        if class_permissions.is_reading(command):
            return self._show(user, device.peer, room, command)
        by_section = isinstance(command, SetGroups) and command.text.strip().lower() == "section"
        if by_section or isinstance(command, Mark):
            return self._with_sections(user, device, room, command)
        self._decide(user, device, room, command, 1)
        return None

    def tell_staff(
        self, user: User, peer: Peer, id: str | None, room: Room, text: str, label: str | None = None
    ) -> None:
        """Send a student's line to the staff of a room, and to nobody else.

        Where it has no `id`, the `label` of its manner names it in the answer; labels are not remembered.
        """
        asked = self._rulings.asked(user, room)
        before = None if id is None else answered(asked.draft, asked.subject, id)
        ruling = speaking.to_staff(asked, text) if before is None else Ruling(before)
        if id is not None and before is None:
            remember(asked.draft, asked.subject, id, LineHeld())
        name = id if label is None else label

        def again() -> None:
            if user.reaches(peer):
                self.tell_staff(user, peer, id, room, text, label)

        self._rulings.append(asked, peer, name, ruling, again)

    async def _with_sections(self, user: User, device: Device, room: Room, command: ClassRequest) -> None:
        """Decide on a request that needs the roster: who is on it, and in which section."""
        enrolled = await self._journal.roster()
        sections = {str(one.person): one.student.section for one in enrolled if one.person is not None}
        if user.reaches(device.peer) and self._rooms.find(room.name) is room:
            self._check(user, room, command)
            self._decide(user, device, room, command, 1, sections)
            await self._journal.settled()

    def _check(self, user: User, room: Room, command: ClassRequest) -> None:
        role = class_permissions.role_of(user, room)
        class_permissions.check(user, room, role, command, self._rulings.now())

    def _show(self, user: User, peer: Peer, room: Room, command: ClassRequest) -> ClassShown:
        if isinstance(command, Follow) and command.follow is not None:
            self._rulings.followers.follow(room, user, peer, follows=command.follow)
        return feature_table.show(self._rulings.seen(user, room), command)

    def _decide(
        self,
        user: User,
        device: Device,
        room: Room,
        command: ClassRequest,
        attempt: int,
        sections: Mapping[str, str] = _NO_SECTIONS,
    ) -> None:
        """Decide on a request, and append its entry."""
        asked = replace(self._rulings.asked(user, room), address=device.address, sections=sections)
        repeatable = command.id is not None and feature_table.is_repeatable(command)
        before = answered(asked.draft, asked.subject, command.id) if repeatable and command.id else None
        if before is not None:
            ruling = Ruling(before)
        else:
            ruling = feature_table.decide(asked, command)
            if repeatable and command.id and ruling.answer is not None:
                remember(asked.draft, asked.subject, command.id, ruling.answer)

        def again() -> None:
            if not user.reaches(device.peer):
                return  # the user may have asked again on another node, and for something else after that
            try:
                if attempt >= _MOST_ATTEMPTS or (user.elsewhere and command.id is None):
                    raise Overtaken  # without an `id` no repetition from another connection is known
                self._check(user, room, command)
                self._decide(user, device, room, command, attempt + 1, sections)
            except ChatError as error:
                device.peer.tell(self._rulings.told_refusal(user, command.id, error))

        def check() -> None:
            self._check(user, room, command)

        self._rulings.append(asked, device.peer, command.id, ruling, again, check)
