"""Sign-in, refresh families, sign-out, throttling, API keys: on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from server.accounts.cookies import KNOWN_BROWSER, REFRESH
from server.accounts.models import ApiKey, LoginSession, User
from server.db.tenancy import SYSTEM
from shared.kernel.instant import DAY, MINUTE, SECOND, Duration, datetime_from_instant
from tests.factories.office import Office, open_office, test_settings

PASSWORD = "correct horse battery staple"
CREDENTIALS = {"email": "Zaphod@Example.org", "password": PASSWORD}


async def sign_up(office: Office) -> None:
    body = CREDENTIALS | {"name": "Zaphod B"}
    assert (await office.call("POST", "/api/v1/users", json=body)).status_code == 202


async def sign_in(office: Office, **more: Any) -> Any:
    return await office.ok("POST", "/api/v1/sessions", json=CREDENTIALS | more)


def bearer(answer: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {answer['access_token']}"}


async def refresh(office: Office, token: str) -> httpx.Response:
    office.client.cookies.clear()
    return await office.call(
        "POST", "/api/v1/sessions/refresh", headers={"cookie": f"{REFRESH}={token}"}
    )


@pytest.mark.either_database
async def test_an_account_signs_in_under_any_spelling_of_its_address(office: Office) -> None:
    """Register, sign in with other capitals, ask who one is."""
    await sign_up(office)
    found = await sign_in(office, email="zaphod@example.ORG")
    assert found["expires_in"] == 900
    me = await office.ok("GET", "/api/v1/me", headers=bearer(found))
    assert me["email"] == "Zaphod@Example.org"


@pytest.mark.either_database
async def test_strangers_cannot_tell_which_addresses_have_accounts(office: Office) -> None:
    """Registration and sign-in answer alike for known and unknown addresses."""
    await sign_up(office)
    body = CREDENTIALS | {"name": "Somebody"}
    again = await office.call("POST", "/api/v1/users", json=body)
    fresh = await office.call("POST", "/api/v1/users", json=body | {"email": "new@example.org"})
    assert (again.status_code, again.content) == (fresh.status_code, fresh.content)
    wrong = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS | {"password": "nope"})
    unknown = await office.call(
        "POST", "/api/v1/sessions", json={"email": "no@example.org", "password": "nope"}
    )
    assert wrong.status_code == unknown.status_code == 401
    drop = {"request_id"}
    assert {k: v for k, v in wrong.json().items() if k not in drop} == {
        k: v for k, v in unknown.json().items() if k not in drop
    }


@pytest.mark.either_database
async def test_the_refresh_cookie_is_for_our_pages_only(office: Office) -> None:
    """HttpOnly, SameSite=Strict; a foreign page's request with it is refused."""
    await sign_up(office)
    answer = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS)
    for cookie in answer.headers.get_list("set-cookie"):
        lowered = cookie.lower()
        assert "httponly" in lowered
        assert "samesite=strict" in lowered
        assert "path=/" in lowered
        assert "domain" not in lowered
    for foreign in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        refused = await office.call("POST", "/api/v1/sessions/refresh", headers=foreign)
        assert refused.status_code == 403, foreign
    taken = await office.call(
        "POST", "/api/v1/sessions/refresh", headers={"sec-fetch-site": "same-origin"}
    )
    assert taken.status_code == 200


@pytest.mark.either_database
async def test_cookies_are_bound_to_the_host_over_https(database_url: str, tmp_path: Path) -> None:
    """With an https address the cookie is Secure and carries the __Host- prefix."""
    settings = test_settings(database_url, tmp_path, public_url="https://tickets.example")
    async with open_office(settings) as office:
        await sign_up(office)
        answer = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS)
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        assert "secure" in cookie.lower()
    assert "includeSubDomains" in answer.headers["strict-transport-security"]


@pytest.mark.either_database
async def test_a_session_id_that_the_client_chose_is_never_adopted(office: Office) -> None:
    """Cookies sent before sign-in change nothing: the server makes its own ids."""
    await sign_up(office)
    planted = {"cookie": f"session=attackerchosen1234; {REFRESH}=gkr_chosen"}
    first = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS, headers=planted)
    assert first.status_code == 201
    assert "chosen" not in str(first.headers) + first.text
    assert (await refresh(office, "gkr_chosen")).status_code == 401
    second = await sign_in(office)
    assert second["session_id"] != first.json()["session_id"]


@pytest.mark.either_database
async def test_an_anonymous_request_gets_no_cookie(office: Office) -> None:
    """Nothing is stored for visitors."""
    answer = await office.call("GET", "/health/live")
    assert "set-cookie" not in answer.headers


async def test_a_refresh_token_is_used_once_and_a_late_replay_ends_the_family(
    office: Office,
) -> None:
    """The next token works; the old one, after the grace, ends access and refresh at once."""
    await sign_up(office)
    await sign_in(office)
    old = office.client.cookies[REFRESH]
    answer = await refresh(office, old)
    assert answer.status_code == 200
    new = answer.cookies[REFRESH]
    access = bearer(answer.json())
    assert new != old
    office.clock.advance(11 * SECOND)
    assert (await refresh(office, old)).status_code == 401
    assert (await office.call("GET", "/api/v1/me", headers=access)).status_code == 401
    assert (await refresh(office, new)).status_code == 401
    async with office.database.read(org=SYSTEM) as session:
        found = await session.execute(select(LoginSession.revoked_because))
        assert found.scalars().all() == ["refresh_reuse"]


async def test_whoever_signed_in_before_the_clock_was_set_back_goes_on_by_a_renewal(
    office: Office,
) -> None:
    """The access token of the future is refused: what it gave would have no end that is known."""
    await sign_up(office)
    access = bearer(await sign_in(office))
    office.clock.step_wall(Duration(-DAY))
    assert (await office.call("GET", "/api/v1/me", headers=access)).status_code == 401
    renewed = await refresh(office, office.client.cookies[REFRESH])
    assert renewed.status_code == 200
    answer = await office.call("GET", "/api/v1/me", headers=bearer(renewed.json()))
    assert answer.status_code == 200


async def test_a_clock_that_is_set_back_makes_no_used_token_good_again(office: Office) -> None:
    """Else a copy of it would give access for as long as the clock was ahead."""
    await sign_up(office)
    await sign_in(office)
    old = office.client.cookies[REFRESH]
    assert (await refresh(office, old)).status_code == 200
    office.clock.step_wall(Duration(-DAY))
    assert (await refresh(office, old)).status_code == 401
    async with office.database.read(org=SYSTEM) as session:
        found = await session.execute(select(LoginSession.revoked_because))
        assert found.scalars().all() == ["refresh_reuse"]


async def test_a_replay_within_the_grace_gives_access_but_no_second_token(
    office: Office,
) -> None:
    """Two tabs at once both go on; the family's single line of tokens is kept."""
    await sign_up(office)
    await sign_in(office)
    old = office.client.cookies[REFRESH]
    first = await refresh(office, old)
    office.clock.advance(9 * SECOND)
    second = await refresh(office, old)
    assert second.status_code == 200
    assert REFRESH not in second.cookies
    assert (
        await office.call("GET", "/api/v1/me", headers=bearer(second.json()))
    ).status_code == 200
    assert (await refresh(office, first.cookies[REFRESH])).status_code == 200


async def test_of_twenty_simultaneous_refreshes_exactly_one_rotates(office: Office) -> None:
    """The token is used up in one statement: there is one next token, not twenty."""
    await sign_up(office)
    await sign_in(office)
    old = office.client.cookies[REFRESH]
    answers = await asyncio.gather(*(refresh(office, old) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(REFRESH in answer.cookies for answer in answers) == 1


@pytest.mark.either_database
async def test_refresh_tokens_end_when_idle_and_families_in_any_case(office: Office) -> None:
    """Seven idle days end a token; thirty days end the family however busy it is."""
    await sign_up(office)
    await sign_in(office)
    token = office.client.cookies[REFRESH]
    for _ in range(5):
        office.clock.advance(6 * DAY - MINUTE)
        answer = await refresh(office, token)
        if answer.status_code != 200:
            break
        token = answer.cookies[REFRESH]
    else:
        office.clock.advance(6 * DAY)
        answer = await refresh(office, token)
    assert answer.status_code == 401
    office.client.cookies.clear()
    await sign_in(office)
    token = office.client.cookies[REFRESH]
    office.clock.advance(7 * DAY + SECOND)
    assert (await refresh(office, token)).status_code == 401


async def test_signing_out_stops_access_and_refresh_at_once(office: Office) -> None:
    """Neither token of an ended session works, though the JWT is still unexpired."""
    await sign_up(office)
    found = await sign_in(office)
    token = office.client.cookies[REFRESH]
    answer = await office.call("DELETE", "/api/v1/sessions/current", headers=bearer(found))
    assert answer.status_code == 204
    assert (await office.call("GET", "/api/v1/me", headers=bearer(found))).status_code == 401
    assert (await refresh(office, token)).status_code == 401


@pytest.mark.either_database
async def test_a_disabled_user_stops_at_once(office: Office) -> None:
    """Access tokens in hand are worthless as soon as the account is disabled."""
    await sign_up(office)
    found = await sign_in(office)
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(update(User).values(state="disabled"))
    assert (await office.call("GET", "/api/v1/me", headers=bearer(found))).status_code == 401
    again = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS)
    assert again.status_code == 401


async def test_changing_the_password_ends_all_other_sessions(office: Office) -> None:
    """The session that changed it goes on; the others, and the old password, do not."""
    await sign_up(office)
    here, there = await sign_in(office), await sign_in(office)
    path = "/api/v1/me/password"
    new = "a completely different phrase"
    wrong = {"current_password": "nope", "new_password": new}
    answer = await office.call("POST", path, json=wrong, headers=bearer(here))
    assert answer.json()["errors"][0]["field"] == "current_password"
    body = {"current_password": PASSWORD, "new_password": new}
    assert (await office.call("POST", path, json=body, headers=bearer(here))).status_code == 204
    assert (await office.call("GET", "/api/v1/me", headers=bearer(here))).status_code == 200
    assert (await office.call("GET", "/api/v1/me", headers=bearer(there))).status_code == 401
    old = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS)
    assert old.status_code == 401
    await sign_in(office, password=new)


@pytest.mark.either_database
async def test_own_sessions_are_listed_and_ended(office: Office) -> None:
    """One sees one's sign-ins and ends any; another's is not found."""
    await sign_up(office)
    here, there = await sign_in(office), await sign_in(office)
    stranger = await office.person()
    listed = await office.ok("GET", "/api/v1/sessions", headers=bearer(here))
    assert {row["id"] for row in listed} == {here["session_id"], there["session_id"]}
    assert [row["is_current"] for row in listed if row["id"] == here["session_id"]] == [True]
    path = f"/api/v1/sessions/{there['session_id']}"
    assert (await office.call("DELETE", path, stranger)).status_code == 404
    assert (await office.call("DELETE", path, headers=bearer(here))).status_code == 204
    assert (await office.call("GET", "/api/v1/me", headers=bearer(there))).status_code == 401


@pytest.mark.either_database
async def test_guessing_is_limited_per_account_also_for_unknown_ones(office: Office) -> None:
    """Ten failures, then 429 with a time, the same for accounts that do not exist."""
    await sign_up(office)
    for email in ("zaphod@example.org", "nobody@example.org"):
        office.clock.advance(10 * MINUTE)
        wrong = {"email": email, "password": "nope"}
        answers = [await office.call("POST", "/api/v1/sessions", json=wrong) for _ in range(12)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
        assert int(answers[-1].headers["retry-after"]) >= 1
    right = await office.call("POST", "/api/v1/sessions", json=CREDENTIALS)
    assert right.status_code == 429, "the address has failed too often as well"
    office.clock.advance(10 * MINUTE)
    await sign_in(office)


async def test_guesses_in_flight_count_as_well(office: Office) -> None:
    """Forty guesses at once get no more tries than forty in a row."""
    await sign_up(office)
    wrong = CREDENTIALS | {"password": "nope"}
    answers = await asyncio.gather(
        *(office.call("POST", "/api/v1/sessions", json=wrong) for _ in range(40))
    )
    assert sum(answer.status_code == 401 for answer in answers) == 10


@pytest.mark.either_database
async def test_successes_are_no_failures_and_owners_are_not_locked_out(
    office: Office,
) -> None:
    """Signing in often is fine; a browser that did so once gets in while others are locked."""
    await sign_up(office)
    for _ in range(15):
        await sign_in(office)
    known = office.client.cookies[KNOWN_BROWSER]
    office.client.cookies.clear()
    wrong = CREDENTIALS | {"password": "nope"}
    answers = [await office.call("POST", "/api/v1/sessions", json=wrong) for _ in range(12)]
    assert answers[-1].status_code == 429
    owner = await office.call(
        "POST",
        "/api/v1/sessions",
        json=CREDENTIALS,
        headers={"cookie": f"{KNOWN_BROWSER}={known}"},
    )
    assert owner.status_code == 201


@pytest.mark.either_database
async def test_an_api_key_does_what_its_scopes_and_its_maker_may(office: Office) -> None:
    """Within its scopes it works; beyond, elsewhere, revoked, or without its maker it does not."""
    person = await office.person()
    other = await office.person()
    path = f"{person.path}/api-keys"
    made = await office.ok("POST", path, person, json={"name": "till", "scopes": ["events:read"]})
    key = {"authorization": f"Bearer {made['key']}"}
    assert made["key"].startswith("gks_")
    listed = await office.ok("GET", path, person)
    assert listed[0]["shown"] == made["key"][:8]
    assert made["key"] not in str(listed)
    assert (await office.call("GET", f"{person.path}/events", headers=key)).status_code == 200
    body = {"name": "x", "timezone": "UTC"}
    refused = await office.call("POST", f"{person.path}/events", headers=key, json=body)
    assert refused.status_code == 403
    assert (await office.call("GET", f"{other.path}/events", headers=key)).status_code == 404
    assert (await office.call("GET", path, headers=key)).status_code == 403
    mistyped = {"authorization": f"Bearer {made['key'][:-1]}x"}
    assert (await office.call("GET", f"{person.path}/events", headers=mistyped)).status_code == 401
    gone = await office.call("DELETE", f"{path}/{made['api_key']['id']}", person)
    assert gone.status_code == 204
    assert (await office.call("GET", f"{person.path}/events", headers=key)).status_code == 401


async def test_keys_with_ends_that_nobody_can_write_are_listed_and_revoked(office: Office) -> None:
    """Rows of before such ends were refused: shown as the last moment there is, or the first."""
    person = await office.person()
    path = f"{person.path}/api-keys"
    body = {"name": "report", "scopes": ["events:read"]}
    made = [await office.ok("POST", path, person, json=body) for _ in range(3)]
    ids = [one["api_key"]["id"] for one in made]
    ends = dict(zip(ids, (300_000_000 * 10**9, -(10**17), None), strict=True))
    async with office.context.write(person.organization_id) as unit:
        for key_id, end in ends.items():
            changed = update(ApiKey).where(ApiKey.id == key_id).values(expires_at=end)
            await unit.session.execute(changed)
    listed = {row["id"]: row["expires_at"] for row in await office.ok("GET", path, person)}
    assert [listed[key_id] for key_id in ids] == [
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00Z",
        None,
    ]
    assert (await office.call("DELETE", f"{path}/{ids[0]}", person)).status_code == 204


@pytest.mark.either_database
async def test_a_key_ends_with_its_time_and_with_its_makers_membership(
    office: Office,
) -> None:
    """An expired key stops; so does one whose maker has left the organization."""
    person = await office.person()
    second = await office.person("owner", organization_id=person.organization_id)
    path = f"{person.path}/api-keys"
    until = {"expires_at": "2026-07-04T18:00:00Z"}
    scopes = {"name": "report", "scopes": ["events:read"]}
    short = await office.ok("POST", path, person, json=scopes | until)
    lasting = await office.ok("POST", path, second, json=scopes)
    office.clock.advance(61 * MINUTE)
    events = f"{person.path}/events"
    key = {"authorization": f"Bearer {short['key']}"}
    assert (await office.call("GET", events, headers=key)).status_code == 401
    key = {"authorization": f"Bearer {lasting['key']}"}
    assert (await office.call("GET", events, headers=key)).status_code == 200
    await office.call("DELETE", f"{person.path}/members/{second.user_id}", person)
    assert (await office.call("GET", events, headers=key)).status_code == 401


@pytest.mark.either_database
async def test_a_key_that_would_have_ended_already_is_not_made(office: Office) -> None:
    """The answer names the field; the first instant from now on is taken."""
    person = await office.person()
    path, scopes = f"{person.path}/api-keys", {"name": "report", "scopes": ["events:read"]}
    now = datetime_from_instant(office.clock.wall()).isoformat()
    for passed in ("2020-01-01T00:00:00Z", now):
        refused = await office.call("POST", path, person, json=scopes | {"expires_at": passed})
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == ["expires_at"]
    assert await office.ok("GET", path, person) == []


@pytest.mark.either_database
async def test_roles_are_read_at_each_request(office: Office) -> None:
    """A demoted manager loses the right with the same token; the last owner cannot leave."""
    owner = await office.person()
    manager = await office.person("manager", organization_id=owner.organization_id)
    body = {"name": "Fest", "timezone": "UTC"}
    events = f"{owner.path}/events"
    assert (await office.call("POST", events, manager, json=body)).status_code == 201
    member = f"{owner.path}/members/{manager.user_id}"
    await office.ok("PUT", member, owner, json={"role": "staff"})
    refused = await office.call("POST", events, manager, json=body)
    assert refused.status_code == 403
    needed = {"role_needed": "manager", "role_own": "staff"}
    assert refused.json()["because"] == {"code": "role.needed", "values": needed}
    assert (await office.call("GET", events, manager)).status_code == 200
    await office.call("DELETE", member, owner)
    assert (await office.call("GET", events, manager)).status_code == 404
    last = await office.call("DELETE", f"{owner.path}/members/{owner.user_id}", owner)
    assert last.status_code == 409
