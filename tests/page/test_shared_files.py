"""Files on the page: those that others share, and those that the user shares."""

from __future__ import annotations

import re
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.e2e.conftest import Connect, StartServer
from tests.e2e.helpers import RawClient, Server, allow
from tests.page.helpers import CONNECTION_LOST, PHONE, Accessible, Complaints, Visit
from tests.page.pupils import Seat, sits_at, with_room
from tests.page.sharing import chooses, payload, picture, shares

GONE = "Failed to load resource: the server responded with a status of 404"
"""What Chromium says of a file that is asked for when it is gone."""


def is_shown(image: Locator) -> bool:
    """Return whether a picture is loaded."""
    return bool(image.evaluate("(image) => image.complete && image.naturalWidth > 0"))


def test_a_picture_that_is_not_one(
    visit: Visit, server: Server, connect: Connect, complaints: Complaints
) -> None:
    """A picture that can't be shown leads to its file, and one that is gone says so; the log stays."""
    complaints.expected.append(GONE)
    teacher = with_room(connect, server)
    alice = sits_at(visit, server, "Alice", **PHONE).may_speak()
    shares(teacher, server, "CS350", "broken.png", b"no picture")
    expect(alice.log).to_contain_text("This picture can't be shown")
    number = shares(teacher, server, "CS350", "fine.png", picture(20, 20))["seq"]
    expect(alice.log.get_by_role("button", name="fine.png")).to_be_visible()
    boxes = [box.bounding_box() for box in alice.log.locator(".picture").all()]
    alice.page.route("**/f/**", lambda route: route.fulfill(status=404))
    alice.log.get_by_role("link", name="broken.png").click()
    expect(alice.log).to_contain_text("This file is no longer there")
    alice.page.unroute("**/f/**")
    teacher.socket.sendall(b'{"status":"delete","receiver":"CS350","seq":%d}\n' % number)
    expect(alice.log).to_contain_text("[deleted by Teacher]")

    expect(alice.log.get_by_role("img")).to_have_count(0)
    assert len({box["height"] for box in boxes if box}) == 1


GIVE = """([how, target, names]) => {
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File([name], name, {type: "image/png"}));
    const options = {bubbles: true, cancelable: true};
    const event = how === "paste"
        ? new ClipboardEvent(how, {...options, clipboardData: data})
        : new DragEvent(how, {...options, dataTransfer: data});
    return document.querySelector(target).dispatchEvent(event);
}"""
"""Drags files over an element, drops or pastes them; returns whether the browser may do as usual."""


def test_sharing_files(visit: Visit, server: Server, connect: Connect, axe: Accessible) -> None:
    """A user shares files that they choose, drop and paste, with a room and another user; others do too."""
    teacher = with_room(connect, server)
    alice = Seat(visit(server, "#CS350"))
    expect(alice.name).to_be_visible()

    _drops_on_the_form(alice.page)
    alice.joins("Alice").may_speak()
    _chooses_files(alice, teacher, axe)
    _drops_and_pastes(alice)
    _shares_with_another_user(alice, teacher)
    alice.conversation("CS350").click()
    _files_of_another_user(alice, teacher, server, axe)


def _drops_on_the_form(page: Page) -> None:
    """A file that is dropped on the form for a name opens nothing; a text can be dropped into its field."""
    assert page.evaluate(GIVE, ["dragover", "main", ["a.png"]]) is False
    assert page.evaluate(GIVE, ["drop", "main", ["a.png"]]) is False
    assert page.evaluate(GIVE, ["drop", "#name", []]) is True


def _chooses_files(alice: Seat, teacher: RawClient, axe: Accessible) -> None:
    """The user chooses several files, sees where they go, removes one, and shares the others in order."""
    tray = chooses(alice, *(payload(f"{n}.txt", b"content of %d" % n) for n in (1, 2, 3)))

    expect(tray).to_contain_text("#CS350")
    expect(alice.button("Share 3 files")).to_be_focused()
    assert [] == axe(alice.page)
    alice.button("Remove 2.txt").click()
    alice.button("Share 2 files").press("Enter")
    expect(tray).to_be_hidden()
    expect(alice.log.get_by_role("link", name=re.compile("^Download"))).to_contain_text(["1.txt", "3.txt"])

    teacher.socket.sendall(b'{"status":"history","receiver":"CS350"}\n')
    shared: list[dict[str, Any]] = []
    while len(shared) < 4:  # as they are sent, and once more in the history
        line = teacher.hears()
        shared += [line["file"]] if "file" in line else []
    assert [("1.txt", 12), ("3.txt", 12)] * 2 == [(one["name"], one["size"]) for one in shared]


def _drops_and_pastes(alice: Seat) -> None:
    """Files can be dropped anywhere, which opens none, and pasted; a pasted picture gets a name."""
    page = alice.page
    tray = page.get_by_role("region", name=re.compile("^Files to share"))

    assert page.evaluate(GIVE, ["dragover", "nav", ["a.png"]]) is False
    page.evaluate(f"window.drag = setInterval(() => ({GIVE})(['dragover', 'nav', ['a.png']]), 100)")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    page.evaluate("clearInterval(window.drag)")
    expect(page.get_by_text("Drop files here")).to_be_hidden()  # when the drag is over
    assert page.evaluate(GIVE, ["drop", "nav", ["a.png", "b.png"]]) is False
    expect(tray.get_by_role("listitem")).to_contain_text(["a.png", "b.png"])
    assert page.evaluate(GIVE, ["paste", "#message", ["image.png"]]) is False
    expect(tray.get_by_role("listitem").last).to_contain_text(re.compile(r"Picture [\d-]{10} [\d-]{8}\.png"))
    alice.button("Cancel").click()
    expect(tray).to_be_hidden()
    expect(alice.box).to_be_focused()


def _shares_with_another_user(alice: Seat, teacher: RawClient) -> None:
    """`/send NAME` chooses files for that user; they wait there, and are shared when the user is back."""
    with alice.page.expect_file_chooser() as chooser:
        alice.says("/send @Teacher")
    chooser.value.set_files([payload("homework.txt", b"42")])
    alice.conversation("CS350").click()
    expect(alice.button("Share 1 file")).to_be_hidden()
    alice.conversation("Teacher").click()
    alice.button("Share 1 file").click()

    while "file" not in (line := teacher.hears()):
        pass
    assert ("private", "Alice", "homework.txt") == (line["status"], line["sender"], line["file"]["name"])
    expect(alice.log.get_by_role("link", name=re.compile("homework"))).to_be_visible()


def _files_of_another_user(alice: Seat, teacher: RawClient, server: Server, axe: Accessible) -> None:
    """A file is a link with its name and size, which saves it; neither its name nor its content is markup.

    A picture is shown small, and large on a click; arrow keys go to the others, Escape goes back.
    """
    shares(teacher, server, "CS350", '<b>"notes" &\u202efdp.html', b"<script>alert(1)</script>")

    link = alice.log.get_by_role("link", name=re.compile("^Download.*_fdp"))
    expect(link).to_have_text(re.compile(r"_b__notes_ &_fdp\.html 25 bytes"))
    with alice.page.expect_download() as download:
        link.click()

    assert download.value.suggested_filename == "_b__notes_ &_fdp.html"
    assert download.value.path().read_bytes() == b"<script>alert(1)</script>"

    shares(teacher, server, "CS350", "wide.png", picture(1600, 200))
    shares(teacher, server, "CS350", "no picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    shares(teacher, server, "CS350", "high.png", picture(200, 1600))

    images = alice.log.get_by_role("img")
    expect(images).to_have_count(2)
    alice.waits_for(lambda: is_shown(images.first) and is_shown(images.last))
    heights = {alice.log.locator(".picture").nth(at).bounding_box()["height"] for at in (0, 1)}  # type: ignore[index]
    assert len(heights) == 1
    small = alice.log.get_by_role("button", name="wide.png")
    small.focus()
    small.press("Enter")
    large = alice.dialog().get_by_role("img")
    expect(large).to_have_attribute("alt", "wide.png")
    alice.page.keyboard.press("ArrowRight")
    expect(large).to_have_attribute("alt", "high.png")
    expect(alice.dialog()).to_contain_text("2 of 2")
    alice.waits_for(lambda: is_shown(large))
    assert [] == axe(alice.page)
    alice.page.keyboard.press("Escape")

    expect(small).to_be_focused()


def test_limits_of_files(
    visit: Visit, serve: StartServer, connect: Connect, complaints: Complaints, tmp_path: Path
) -> None:
    """Sharing goes on after a file that is too large, a full disk, a kill of the server, and a full quota."""
    journal = ("--journal", str(tmp_path / "classchat.sqlite"))
    limits = ("--max-file", "3.2MB", "--max-files-per-user", "6MB")
    server = serve("--port", "0", *journal, *limits)
    with_room(connect, server)
    alice = sits_at(visit, server, "Alice").may_speak()

    _a_file_that_is_too_large(alice)
    assert [] == complaints.unexpected
    complaints.expected.append("status of 507")
    _a_full_disk(alice, server)
    assert [] == complaints.unexpected
    complaints.expected.append(CONNECTION_LOST)
    _a_server_that_is_killed(alice, server, lambda: serve(*journal, *limits, "127.0.0.1", str(server.port)))
    _a_full_quota(alice)


def _a_file_that_is_too_large(alice: Seat) -> None:
    """A file that is too large is refused before anything of it is sent; the others can be shared."""
    tray = chooses(alice, payload("large.bin", b"x" * 3_200_001), payload("small.bin", b"x" * 1000))

    expect(tray.get_by_role("listitem").first).to_contain_text("too large: at most 3.2 MB")
    alice.button("Share 1 file").click()
    expect(alice.log.get_by_role("link", name=re.compile("small"))).to_be_visible()
    expect(tray).to_contain_text("large.bin")
    alice.button("Remove large.bin").click()
    expect(tray).to_be_hidden()


def _a_full_disk(alice: Seat, server: Server) -> None:
    """The page says that a disk is full; the refused file can be tried again."""
    allow(server, 1_200_000)
    tray = chooses(alice, payload("first.bin", b"x" * 2_000_000))
    alice.button("Share 1 file").click()
    expect(tray).to_contain_text("can't be stored now. Please try again later.")
    allow(server, resource.RLIM_INFINITY)
    alice.button("Try again to share first.bin").click()

    expect(alice.log.get_by_role("link", name=re.compile("first"))).to_be_visible()


def _a_server_that_is_killed(alice: Seat, server: Server, restart: Callable[[], Server]) -> None:
    """An upload goes on where it was when the server was killed, and its message is there once."""
    asked: list[tuple[str, str]] = []
    alice.page.on("request", lambda request: note(request, asked))
    killed: list[Route] = []

    def kill(route: Route) -> None:
        if killed or route.request.headers.get("upload-offset") != "2000000":
            route.continue_()
            return
        killed.append(route)
        server.signals(signal.SIGKILL)
        server.ends()
        route.continue_()

    alice.page.route("**/upload/*", kill)
    data = bytes(range(256)) * 12_000  # a part after the one in which the server is killed
    tray = chooses(alice, payload("data.bin", data))
    alice.button("Share 1 file").click()
    expect(tray).to_contain_text("goes on when the connection is back")
    restart()
    link = alice.log.get_by_role("link", name=re.compile(r"data\.bin"))
    expect(link).to_have_count(1)
    with alice.page.expect_download() as download:
        link.click()

    alice.page.unroute("**/upload/*")
    assert data == download.value.path().read_bytes()
    assert [("PATCH", "0"), ("PATCH", "1000000"), ("PATCH", "2000000")] == asked[1:4]
    assert [("HEAD", ""), ("PATCH", "2000000"), ("PATCH", "3000000")] == asked[-3:]


def note(request: Request, asked: list[tuple[str, str]]) -> None:
    """Note the method and the offset of a request of an upload."""
    if "/upload/" in request.url and request.method != "OPTIONS":
        asked.append((request.method, request.headers.get("upload-offset", "")))


def _a_full_quota(alice: Seat) -> None:
    """The page says that a user has too many files: there are five megabytes of them already."""
    tray = chooses(alice, payload("second.bin", b"y" * 2_000_000))
    alice.button("Share 1 file").click()

    expect(tray).to_contain_text("There is no space for the file: one user may have 6.0 MB in all.")
