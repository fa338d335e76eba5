"""Lets `twistd` find the server: `twistd classchat`."""

from twisted.application.service import ServiceMaker

classchat = ServiceMaker(
    "ClassChat",
    "classchat.tap",
    "A chat server for a class, a lab or any group that wants one of its own.",
    "classchat",
)
