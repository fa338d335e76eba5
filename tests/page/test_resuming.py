"""A page whose server is killed, stops, or lets another device in."""

from __future__ import annotations

import signal

from playwright.sync_api import expect

from tests.e2e.conftest import Connect, StartServer
from tests.e2e.helpers import RawClient, Server
from tests.page.helpers import CONNECTION_LOST, Complaints, Visit
from tests.page.pupils import Seat, history, sits_at, with_room

LOST = "ERR_CONNECTION|WebSocket"


def test_resuming(visit: Visit, serve: StartServer, connect: Connect, complaints: Complaints) -> None:
    """A page whose connection was lost goes on where it was: the browser has kept it, or the server died."""
    server = serve()
    teacher = with_room(connect, server)
    alice = sits_at(visit, server, "Alice")

    _a_page_that_the_browser_has_kept(alice, teacher)
    assert [] == complaints.unexpected
    complaints.expected += [CONNECTION_LOST, LOST]
    for _ in history(teacher, "CS350", 60):
        pass
    teacher.close()
    _a_server_that_is_killed(alice, server, serve)


def _a_page_that_the_browser_has_kept(alice: Seat, teacher: RawClient) -> None:
    """A page that is left lets go of its connection; if the browser shows it again it is back at once.

    Chromium's shell without windows keeps no pages: the test tells the page what other browsers do.
    """
    alice.says("here")
    alice.hears("here")
    expect(alice.log.get_by_text("Sending")).to_have_count(0)
    alice.box.fill("half a")
    tell = "(kind) => dispatchEvent(new PageTransitionEvent(kind, { persisted: true }))"
    alice.page.evaluate(tell, "pagehide")
    while "has left" not in teacher.hears()["text"]:
        pass
    teacher.asks("group", "CS350", "while away")
    while "while away" not in teacher.hears()["text"]:
        pass
    alice.page.evaluate(tell, "pageshow")
    alice.hears("while away")

    expect(alice.box).to_have_value("half a")
    assert ["here", "while away"] == alice.log.locator(".head .words, .head ~ .words").all_inner_texts()


def _a_server_that_is_killed(alice: Seat, server: Server, serve: StartServer) -> None:
    """A page whose server is killed says so; when it returns nothing is lost, there twice, or elsewhere."""
    alice.says("before")
    alice.hears("before")
    expect(alice.log.get_by_text("Sending")).to_have_count(0)
    expect(alice.log.get_by_text("message 1", exact=True)).to_have_count(1)

    server.signals(signal.SIGKILL)
    server.ends()
    offline = alice.page.get_by_role("main").get_by_text("Offline since")
    expect(offline).to_be_visible()
    alice.box.fill("meanwhile")
    alice.box.press("Enter")
    alice.hears("meanwhile")

    def scrolls() -> bool:
        alice.log.evaluate("log => { log.scrollTop -= 20; }")
        return alice.button("Newest messages").is_visible()

    alice.waits_for(scrolls)
    # So far up that the end does not come into view when the line about the connection goes.
    alice.log.evaluate("log => { log.scrollTop -= 300; return new Promise(requestAnimationFrame); }")
    place = alice.top()
    again: Server = serve("--port", str(server.port))
    alice.button("Try now").evaluate_all(
        "all => all.forEach((one) => one.click())"
    )  # it may have tried itself
    expect(offline).to_be_hidden()
    expect(alice.alert.filter(has_text="Offline")).to_have_count(0)
    expect(alice.log.get_by_text("Sending")).to_have_count(0)
    alice.waits_for(lambda: place == alice.top())  # it scrolls with the next frame
    alice.says("after")
    alice.hears("after")

    texts = [row.split(":")[-1].strip() for row in alice.log.locator(".words").all_inner_texts()]
    assert ["before", "meanwhile", "after"] == [
        text for text in texts if text in ("before", "meanwhile", "after")
    ]
    assert again.port == server.port
