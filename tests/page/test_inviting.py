"""What the page hands out: the link and its QR code."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Connect, StartServer
from tests.e2e.helpers import Server
from tests.page.helpers import Visit
from tests.page.pupils import HORSE, Seat, registered, sits_at, with_room


def outside_of(server: Server) -> str | None:
    """Return the first link that other machines can use, as the console shows it; None without a network."""
    found = re.search(r"\[SERVER\] Browser: (\S+)", server.out.decode())
    assert found is not None
    return None if "HOST" in found[1] or "127.0.0.1" in found[1] else found[1]


def expect_code_of(link: str, page: Page) -> None:
    """Expect a QR code of this link, which the server has drawn."""
    code = page.get_by_role("img", name="QR code of the link")
    expect(code).to_have_attribute(
        "src", re.compile(rf"^\.?/?qr\.svg\?link={re.escape(quote(link, safe=''))}$")
    )
    expect(code).to_have_js_property("complete", True)

    assert code.evaluate("image => image.naturalWidth") > 0


@pytest.mark.parametrize("place", ["127.0.0.1", "0.0.0.0"])
def test_an_invitation_from_this_machine(
    visit: Visit, serve: StartServer, connect: Connect, place: str
) -> None:
    """At 127.0.0.1 the page hands out a link that others can use, or says that there is none.

    So does the projector's view, which shows it and its code. It does not count as a person, and the list of
    people says at its end what it is.
    """
    server = serve(place, "0")
    with_room(connect, server)
    outside = outside_of(server)
    link = f"{outside or f'http://127.0.0.1:{server.port}/'}#CS350"
    show = visit(server, "show#CS350")
    expect(show.get_by_text(link.removeprefix("http://"))).to_be_visible()
    expect_code_of(link, show)
    seat = sits_at(visit, server, "Alice")
    expect(seat.people.get_by_role("button")).to_have_count(3)
    expect(seat.people.get_by_role("button").last).to_contain_text("shows the room")
    expect(seat.page.get_by_role("main")).to_contain_text("2 people")

    seat.page.get_by_role("button", name="Conversation menu").click()
    seat.page.get_by_role("menuitem", name="Invite people").click()
    dialog = seat.page.get_by_role("dialog", name="Invite people")
    expect(dialog.get_by_role("link", name=link)).to_be_visible()
    expect(dialog).to_contain_text(
        "Everyone who opens this link" if outside else "Only this machine can open"
    )
    expect_code_of(link, seat.page)


def test_a_projector_that_needs_a_registered_name(visit: Visit, server: Server, connect: Connect) -> None:
    """The form says whose name is meant, and offers no other guest's."""
    with_room(connect, server)
    for name in ("Projector", "Bob"):
        registered(server, connect, name).close()
    page = visit(server, "show#CS350")
    expect(page.get_by_text("Sign in with your own name")).to_be_visible()
    expect(page.get_by_role("button", name="Join as")).to_have_count(0)
    page.get_by_label("Your name").fill("Bob")
    page.get_by_label("Password").fill(HORSE)
    page.keyboard.press("Enter")

    expect(page.get_by_text("2 people")).to_be_visible()


def test_an_invitation_without_a_code(visit: Visit, server: Server, connect: Connect) -> None:
    """Where the server draws no codes, the invitation has only the link, and nothing is an error."""
    with_room(connect, server)
    page = visit(server)
    page.route("**/qr.svg?*", lambda route: route.fulfill(status=204))
    page.goto("#CS350")
    seat = Seat(page).joins("Alice")
    seat.button("Conversation menu").click()
    seat.chooses("Invite people")

    expect(seat.dialog().get_by_role("link", name="#CS350")).to_be_visible()
    expect(seat.dialog().get_by_role("img")).to_have_count(0)
