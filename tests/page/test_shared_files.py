"""Files on the page: those that others share, and those that the user shares."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Connect
from tests.e2e.helpers import Server
from tests.page.helpers import PHONE, Accessible, Complaints, Visit
from tests.page.pupils import sits_at, with_room
from tests.page.sharing import picture, shares

GONE = "Failed to load resource: the server responded with a status of 404"
"""What Chromium says of a file that is asked for when it is gone."""


def is_shown(image: Locator) -> bool:
    """Return whether a picture is loaded."""
    return bool(image.evaluate("(image) => image.complete && image.naturalWidth > 0"))


def test_a_file_of_another_user(visit: Visit, server: Server, connect: Connect) -> None:
    """A file is a link with its name and size, which saves it; neither its name nor its content is markup."""
    teacher = with_room(connect, server)
    alice = sits_at(visit, server, "Alice").may_speak()
    shares(teacher, server, "CS350", '<b>"notes" &\u202efdp.html', b"<script>alert(1)</script>")

    link = alice.log.get_by_role("link", name=re.compile("^Download"))
    expect(link).to_have_text(re.compile(r"_b__notes_ &_fdp\.html 25 bytes"))
    with alice.page.expect_download() as download:
        link.click()

    assert download.value.suggested_filename == "_b__notes_ &_fdp.html"
    assert download.value.path().read_bytes() == b"<script>alert(1)</script>"


def test_pictures(visit: Visit, server: Server, connect: Connect, axe: Accessible) -> None:
    """A picture is shown small, and large on a click; arrow keys go to the others, Escape goes back."""
    teacher = with_room(connect, server)
    alice = sits_at(visit, server, "Alice").may_speak()
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
