"""Guesses at passwords and at limits: what a stranger with an account and addresses can reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.accounts.cookies import KNOWN_BROWSER
from server.accounts.throttling import login_counters
from shared.kernel.instant import MINUTE, SECOND, Duration
from tests.factories.office import Office, open_office, test_settings

PASSWORD = "correct horse battery staple"
OWNER = {"email": "owner@example.org", "password": PASSWORD}
MALLORY = {"email": "mallory@example.org", "password": PASSWORD}


async def sign_up(office: Office, who: dict[str, str]) -> None:
    """Register somebody."""
    body = who | {"name": "Somebody"}
    assert (await office.call("POST", "/api/v1/users", json=body)).status_code == 202


@pytest.mark.either_database
async def test_an_account_of_ones_own_buys_no_guesses_at_another(office: Office) -> None:
    """Each sign-in of one's own gives a fresh cookie, but none of them is the other account's."""
    await sign_up(office, OWNER)
    await sign_up(office, MALLORY)
    statuses = []
    for _ in range(3):
        office.client.cookies.clear()
        own = await office.call("POST", "/api/v1/sessions", json=MALLORY)
        if own.status_code != 201:
            statuses.append(own.status_code)
            break
        cookie = {"cookie": f"{KNOWN_BROWSER}={own.cookies[KNOWN_BROWSER]}"}
        for _ in range(8):
            office.client.cookies.clear()
            wrong = OWNER | {"password": "nope"}
            guess = await office.call("POST", "/api/v1/sessions", json=wrong, headers=cookie)
            statuses.append(guess.status_code)
    assert statuses.count(401) == 10
    assert statuses[-1] == 429


@pytest.mark.either_database
async def test_guesses_from_many_addresses_lock_no_known_browser(
    database_url: str, tmp_path: Path
) -> None:
    """Strangers use up an account's counter; whoever signed in to it before gets in."""
    proxied = test_settings(database_url, tmp_path, trusted_proxies=frozenset({"127.0.0.1"}))
    async with open_office(proxied) as office:
        await sign_up(office, OWNER)
        first = await office.call("POST", "/api/v1/sessions", json=OWNER)
        known = {"cookie": f"{KNOWN_BROWSER}={first.cookies[KNOWN_BROWSER]}"}
        statuses = []
        for number in range(12):
            office.client.cookies.clear()
            forwarded = {"x-forwarded-for": f"203.0.113.{number}"}
            for _ in range(10):
                wrong = OWNER | {"password": "nope"}
                guess = await office.call(
                    "POST", "/api/v1/sessions", json=wrong, headers=forwarded
                )
                statuses.append(guess.status_code)
        assert statuses.count(401) == 100, "many addresses together have a limit"
        owner = await office.call("POST", "/api/v1/sessions", json=OWNER, headers=known)
        assert owner.status_code == 201


def test_no_counter_of_failures_is_everybodys() -> None:
    """Failures of one person elsewhere count nowhere for another: no switch turns all off."""
    one = login_counters("a@example.org", "203.0.113.9", None)
    other = login_counters("b@example.org", "198.51.100.7", None)
    assert {(limit.name, who) for limit, who in one} & {(x.name, who) for x, who in other} == set()


@pytest.mark.either_database
async def test_another_spelling_of_a_path_passes_no_limit(
    database_url: str, tmp_path: Path
) -> None:
    """`//api//v1/x/` is routed as `/api/v1/x`, so it is counted as that."""
    settings = test_settings(database_url, tmp_path, rate_limit_per_minute=3)
    async with open_office(settings) as office:
        base = "http://127.0.0.1"
        for path in ("//api/v1/me", "/api//v1/me", "/api/v1/me/"):
            answer = await office.call("GET", base + path)
            assert answer.status_code == 401, path
        assert (await office.call("GET", base + "//api/v1/me")).status_code == 429


@pytest.mark.either_database
async def test_every_line_of_forwarded_addresses_counts(database_url: str, tmp_path: Path) -> None:
    """A proxy that appends a line of its own is believed, not the line that a client put first."""
    trusting = test_settings(
        database_url,
        tmp_path,
        trusted_proxies=frozenset({"127.0.0.1"}),
        rate_limit_per_minute=2,
    )
    async with open_office(trusting) as office:
        statuses = []
        for number in range(3):
            lines = [
                ("x-forwarded-for", f"203.0.113.{number}"),
                ("x-forwarded-for", "198.51.100.7"),
            ]
            answer = await office.client.request("GET", "/api/v1/x", headers=lines)
            statuses.append(answer.status_code)
    assert statuses == [404, 404, 429]


@pytest.mark.either_database
async def test_a_flood_of_enrolments_is_refused_before_the_database(office: Office) -> None:
    """Beyond the limit of an address a guess at an enrolment code is not even decoded."""
    statuses = [
        (await office.call("POST", "/sync/v1/enrol", json={})).status_code for _ in range(25)
    ]
    assert statuses == [403] * 20 + [429] * 5


@pytest.mark.either_database
async def test_whoever_guessed_nothing_is_shut_out_by_no_clock(office: Office) -> None:
    """A right password left its time behind: set back by five minutes, the next one was refused.

    So was an evacuation, which is ordered by the password too.
    """
    await sign_up(office, OWNER)
    for back in (4 * MINUTE, 5 * MINUTE, 5 * MINUTE + 30 * SECOND):
        office.client.cookies.clear()
        assert (await office.call("POST", "/api/v1/sessions", json=OWNER)).status_code == 201
        office.clock.step_wall(Duration(-back))
        office.client.cookies.clear()
        assert (await office.call("POST", "/api/v1/sessions", json=OWNER)).status_code == 201
    wrong = OWNER | {"password": "nope"}
    guesses = [await office.call("POST", "/api/v1/sessions", json=wrong) for _ in range(11)]
    assert [one.status_code for one in guesses] == [401] * 10 + [429], "those are counted as ever"
