"""The stored messages: `history`, `search`, `delete`, and what a returning user has missed."""

from __future__ import annotations

from typing import assert_never

from classchat.core.catch_up import CatchUp
from classchat.core.conversations import Conversations
from classchat.core.delete_requests import DeleteRequests
from classchat.core.device import Device, Granting
from classchat.core.features.moderation import Moderation
from classchat.core.ground import Ground
from classchat.core.history_requests import HistoryRequests
from classchat.core.model import User
from classchat.core.readings import Readings
from classchat.core.replay import Replay
from classchat.core.search_requests import SearchRequests
from classchat.messages import Delete, History, Search


class Archive:
    """The parts of the chat that read or delete stored messages."""

    def __init__(self, ground: Ground, moderation: Moderation) -> None:
        journal, directory = ground.journal, ground.directory
        readings, conversations = Readings(), Conversations(journal, directory)
        replay = Replay(journal, readings)
        self.readings = readings
        self.conversations = conversations
        self.catch_up = CatchUp(journal, directory, replay, readings)
        self.deletions = DeleteRequests(journal, directory, conversations, moderation, readings, ground.gate)
        self._history = HistoryRequests(journal, conversations, replay)
        self._search = SearchRequests(journal, conversations, directory, readings)

    def grant(self, user: User, device: Device, command: History | Search | Delete) -> Granting:
        """Return what grants a request, and then its answer."""
        match command:
            case History():
                return self._history.answer(user, device.peer, command)
            case Search():
                return self._search.answer(user, device.peer, command)
            case Delete():
                return self.deletions.answer(user, device.peer, command)
            case _:
                assert_never(command)
