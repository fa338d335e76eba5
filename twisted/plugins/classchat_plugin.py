"""Lets `twistd` find the server, `twistd classchat`, and its reactor, `twistd --reactor classchat`."""

from twisted.application.reactors import Reactor
from twisted.application.service import ServiceMaker

classchat = ServiceMaker(
    "ClassChat",
    "classchat.tap",
    "A chat server for a class, a lab or any group that wants one of its own.",
    "classchat",
)

reactor = Reactor("classchat", "classchat.epoll", "epoll, for many small messages")
