"""The server's pages in a real browser: they load nothing from elsewhere, and they work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.factories.browser import Page, find_browser, opened_browser
from tests.factories.running_server import EMAIL, PASSWORD, RunningServer

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(find_browser() is None, reason="no Chromium: apt-get install chromium"),
]


@dataclass(frozen=True)
class Visit:
    """A browser beside a server."""

    page: Page
    url: str

    def click(self, text: str) -> None:
        """Press the first button that is called so and can be seen."""
        name = json.dumps(text)
        self.page.run(
            "[...document.querySelectorAll('button')].find("
            f"(one) => one.textContent === {name} && one.offsetParent).click()"
        )

    def type(self, selector: str, text: str) -> None:
        """Put text into a field, as if it were typed."""
        self.page.run(
            f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
            f"field.value = {json.dumps(text)}; field.dispatchEvent(new Event('input')); }})()"
        )


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("browser")
    server = RunningServer(folder / "server")
    server.create_admin()
    server.start()
    try:
        with opened_browser(tmp_path_factory.mktemp("chromium")) as page:
            yield Visit(page, server.url)
    finally:
        server.stop()


@pytest.mark.parametrize("width", [1366, 390])
def test_the_first_page_says_what_this_is_and_where_to_go_on(visit: Visit, width: int) -> None:
    """Dark or light, on a desk or a telephone: nothing sticks out, nothing is refused."""
    for is_dark in (False, True):
        visit.page.open(visit.url + "/", width=width, height=800, is_dark=is_dark)
        assert visit.page.run("document.title") == "Gatekeeper"
        assert visit.page.run("document.documentElement.scrollWidth") <= width
        assert visit.page.run("document.querySelector('.state.ready') !== null")
        visit.page.run("document.querySelector('a.go').click()")
        visit.page.wait("location.pathname === '/docs'")
    assert visit.page.faults == []
    assert [url for url in visit.page.asked if not url.startswith(visit.url)] == []


@pytest.mark.parametrize("width", [1366, 390])
def test_the_filter_leaves_no_heading_without_hits(visit: Visit, width: int) -> None:
    """Operations and schemas are filtered alike; a type's name leads to its schema."""
    page = visit.page
    page.open(visit.url + "/docs", width=width, height=800)
    page.wait("document.querySelectorAll('main details').length > 50")
    assert page.run("document.documentElement.scrollWidth") <= width
    # The method's name ends before the path begins.
    assert page.run(
        "[...document.querySelectorAll('summary')].every((one) => { const [a, b] ="
        " one.querySelectorAll('.method, code'); if (!b) return true; const [m, p] ="
        " [a.getBoundingClientRect(), b.getBoundingClientRect()];"
        " return m.right + 4 <= p.left || m.bottom <= p.top + 1; })"
    )
    visit.type("#filter", "import")
    seen = page.run(
        "[...document.querySelectorAll('main h2')].filter((one) => one.offsetParent)"
        ".map((one) => one.textContent)"
    )
    assert seen == ["imports", "seats", "tickets", "Schemas"]
    page.run(
        "[...document.querySelectorAll('main details')].find((v) => v.offsetParent"
        " && v.textContent.includes('/tickets/import')).querySelector('summary').click()"
    )
    page.wait("document.querySelector('a[href=\"#schema-ImportBody\"]') !== null")
    page.run("document.querySelector('a[href=\"#schema-ImportBody\"]').click()")
    page.wait("document.getElementById('schema-ImportBody').open")
    page.wait("document.querySelector('#schema-ImportBody .fields') !== null")
    assert page.faults == []


def test_one_signs_in_and_tries_on_the_page(visit: Visit) -> None:
    """The token is in the page's memory only: no cookie, no store; a refusal explains itself."""
    page = visit.page
    page.open(visit.url + "/docs", width=1366, height=800)
    page.wait("document.querySelectorAll('main details').length > 50")
    page.run("document.querySelector('#sign-in summary').click()")
    visit.type("#by-password [name=email]", EMAIL)
    visit.type("#by-password [name=password]", PASSWORD)
    visit.click("Sign in")
    page.wait("document.getElementById('who').textContent.startsWith('Signed in as')")
    page.run(
        "[...document.querySelectorAll('main details')].find((v) => v.dataset.text.startsWith("
        "'/api/v1/organizations post')).querySelector('summary').click()"
    )
    page.wait("document.querySelector('.try button') !== null")
    visit.click("Send POST")
    page.wait("document.querySelector('.try .status') !== null")
    assert page.run("document.querySelector('.try .status').textContent") == "201 Done"
    visit.click("Send POST")  # the slug is taken now
    page.wait("document.querySelector('.try .status').textContent.startsWith('4')")
    address = page.run("document.querySelector('.try [role=status] a').href")
    assert page.run("document.cookie") == ""
    assert page.run("localStorage.length + sessionStorage.length") == 0
    cookies = page.send("Network.getAllCookies")["cookies"]
    assert cookies == [], "a refresh token would outlive the page"
    page.open(address, width=390, height=800)
    assert "What to do" in page.run("document.body.innerText")
    page.faults.clear()  # the refusal, which Chromium notes as such
