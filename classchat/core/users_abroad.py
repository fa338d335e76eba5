"""The users whose clients are on other nodes: who arrives there, and who departs."""

from __future__ import annotations

from classchat import names
from classchat.core import node_lines as lines
from classchat.core.acts import Location
from classchat.core.batches import Batches
from classchat.core.delivery import Delivery
from classchat.core.departures import Departure
from classchat.core.entries import Left
from classchat.core.ground import Ground
from classchat.core.model import Abroad, Room, User
from classchat.core.node_entries import NodeEntries
from classchat.core.people import People
from classchat.core.persons import Person


class UsersAbroad:
    """Records where users are, and removes those who are on no node any more."""

    def __init__(self, ground: Ground, batches: Batches, people: People, of_nodes: NodeEntries) -> None:
        directory = ground.directory
        self._users, self._accounts = directory.users, directory.accounts
        self._batches = batches
        self._presence = people.presence
        self._absences = people.absences
        self._of_nodes = of_nodes
        self._departures: dict[lines.UserLine, Departure] = {}

    def known(self, line: lines.UserLine) -> User | None:
        """Return the user of a line, unless this stay of a guest is over."""
        user = self._by_person(line)
        if user is None or (user.account is None and user.visit != line.visit):
            return None
        return user

    def _by_person(self, line: lines.UserLine) -> User | None:
        account = self._accounts.by_person(line.person)
        return self._users.by_person(line.person) or (None if account is None else account.user)

    def user(self, line: lines.UserLine) -> User:
        """Return the user of a line; a user who has left since then has only a name."""
        user = self.known(line)
        return user or User(line.name, Person(line.name, names.user_key(line.name), b"", line.person))

    def receiver(self, line: lines.UserLine) -> User:
        """Return the user whom a private message is for, also in a later stay than the sender's node knew of.

        The message is the person's: a guest may have come back on this node since it was granted.
        """
        return self._by_person(line) or self.user(line)

    def departure(self, line: lines.LeftLine, user: User) -> Departure:
        """Return the departure of a user who goes offline, which is the same in all rooms."""
        departure = self._departures.get(line.user) or Departure(user, line.words, line.quit)
        self._departures[line.user] = departure
        return departure

    def forget_departures(self) -> None:
        """Forget the departures: what follows belongs to others."""
        self._departures.clear()

    def leave(
        self, user: User, room: Room, departure: Departure | None, reason: str, delivery: Delivery
    ) -> None:
        """Remove a user from a room, and tell its members here."""
        entry = Left(user, None, None, room, departure=departure, reason=reason, followed=True)
        self._batches.follow(entry, delivery)

    def present(self, line: lines.LocatedLine, delivery: Delivery) -> None:
        """Record whether a user has clients on another node."""
        if line.here.clients:
            self.arrive(line.node, line.here, delivery, line.unheard)
            return
        user = self.known(lines.UserLine(line.here.person, line.here.visit, line.here.name))
        if user is not None and line.node in user.elsewhere:
            self._of_nodes.leave_node(user, line.node)

    def arrive(self, node: str, here: Location, delivery: Delivery, unheard: float | None = None) -> None:
        """Record the clients that a user has on a node, who may not have been here before."""
        account = self._accounts.by_person(here.person)
        user = self._users.by_person(here.person) if account is None else account.user
        if user is not None and account is None and user.visit != here.visit:
            user = None  # the stay before has not ended for this node yet: it is ended by another entry
        if user is None:
            person = Person(here.name, here.key, here.token, here.person, here.former)
            user = User(here.name, person, visit=here.visit)
        user.elsewhere = {**user.elsewhere, node: Abroad(here.clients, here.away)}
        if user.account is None:
            user.screen = here.screen
            operator = None if here.empowered_by is None else self._accounts.by_person(here.empowered_by)
            user.empowered_by = None if operator is None else operator.user.person
            user.operator = user.empowered_by is not None
            user.person.restrict(here.restrictions)
        else:
            user.account.be_back_elsewhere(unheard)
        if user not in self._users:
            self.make_way(user, user.name, delivery)
            self._users.admit(user)
            for room in user.rooms:  # an owner, of whose joins another node may have told nobody
                room.members.add(user)
        self._absences.follow(user, here.stated)

    def make_way(self, user: User, name: str, delivery: Delivery) -> None:
        """Sign out the bearer of a name that a user has from now on, as the node of that user has done."""
        bearer = self._users.find(name)
        if bearer is None or bearer is user:
            return
        if bearer.account is not None:
            self._presence.release(bearer.account)
        else:
            self._guest_departed(bearer, _unsaid(bearer), delivery, taken_over=True)

    def departed(self, line: lines.SignedOutLine, delivery: Delivery) -> None:
        """Remove a user whose stay has ended on another node."""
        user = self.known(line.user)
        if user is None or user not in self._users:
            return
        if user.account is not None and line.released:
            self._presence.release(user.account)
            return
        if user.account is not None:
            if line.user.visit and line.node in user.elsewhere:  # a guest who has claimed the name, and left
                self._of_nodes.leave_node(user, line.node)
            self._owner_departed(user, delivery)
            return
        departure = self._departures.get(line.user) or _unsaid(user)
        self._guest_departed(user, departure, delivery, taken_over=line.taken_over)

    def _guest_departed(
        self, user: User, departure: Departure, delivery: Delivery, *, taken_over: bool
    ) -> None:
        """Remove a guest, also from the rooms that were not told so because it could not be stored."""
        for room in list(user.rooms):
            room.forsake(user)
            self.leave(user, room, departure, "", delivery)
        user.elsewhere = {}
        user.ended = True
        if taken_over:
            delivery.send_all()
            self._presence.drop_taken_over(user)
        self._users.remove(user)

    def _owner_departed(self, user: User, delivery: Delivery) -> None:
        """Remove an owner who was gone for too long, or let the rooms know that they are back meanwhile."""
        if user.account is not None and user.account.leaving is not None:
            return  # of a stay as a guest: the owner has left here since then, which is told in a moment
        if not user.connected:
            departure = _unsaid(user)
            for room in user.rooms:
                if user in room.members:
                    self.leave(user, room, departure, "", delivery)
            self._users.remove(user)
        elif user.peers or user.catching_up:
            self._presence.join_again(user)


def _unsaid(user: User) -> Departure:
    """Return the departure of a user, for which there is no reason."""
    return Departure(user, "Connection closed", quit=False)
