"""The second factor: made, asked for, taken once, counted, ended, and asked for by owners."""

from __future__ import annotations

import asyncio
from base64 import b32decode
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select, text

from server.accounts.models import FactorCode, SecondFactor
from server.accounts.password_changes import reset_password
from server.accounts.password_hashes import PasswordHashes
from server.accounts.second_factor import clean_code, find_step
from server.db.tenancy import SYSTEM
from server.settings import secret_file
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import DAY, HOUR, SECOND, Duration, Instant
from tests.factories.office import Office, Person
from tests.factories.quick import QUICK_HASHES

PASSWORD = "correct horse battery staple"
CREDENTIALS = {"email": "zaphod@example.org", "password": PASSWORD}
FACTOR = "/api/v1/me/second-factor"
STEP = 30 * SECOND


def code_of(url: str, office: Office, *, later: Duration = Duration(0)) -> str:
    """Return what a phone shows that took this address; its library is not asked who made it."""
    asked = parse_qs(urlsplit(url).query)
    assert asked["period"] == ["30"]
    assert asked["digits"] == ["6"]
    key = b32decode(asked["secret"][0])
    at = (office.clock.wall() + later) // SECOND
    return TOTP(key, 6, SHA1(), 30).generate(at).decode()


async def sign_in(office: Office, **more: Any) -> httpx.Response:
    """Sign in from a browser that nobody knows."""
    office.client.cookies.clear()
    return await office.call("POST", "/api/v1/sessions", json=CREDENTIALS | more)


def bearer(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def sign_up(office: Office) -> dict[str, str]:
    """Make an account, signed in."""
    body = CREDENTIALS | {"name": "Zaphod B"}
    assert (await office.call("POST", "/api/v1/users", json=body)).status_code == 202
    return bearer(await sign_in(office))


async def switch_on(office: Office, headers: dict[str, str]) -> tuple[str, list[str]]:
    """Make a second factor; its address and recovery codes. The clock goes a step on."""
    begun = await office.ok("POST", FACTOR, json={"password": PASSWORD}, headers=headers)
    url = str(begun["otpauth_url"])
    typed = {"code": code_of(url, office)}
    told = await office.ok("POST", FACTOR + "/confirm", json=typed, headers=headers)
    office.clock.advance(STEP)
    return url, list(told["recovery_codes"])


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


@pytest.mark.either_database
async def test_sign_in_asks_for_the_code_and_takes_it_in_the_same_request(office: Office) -> None:
    """Without a code the answer says so; a wrong one is refused; the phone's opens a session."""
    first = await sign_up(office)
    url, codes = await switch_on(office, first)
    assert unquote(urlsplit(url).path) == "/Gatekeeper:zaphod@example.org"
    assert len(set(codes)) == 10
    asked = await sign_in(office)
    assert (asked.status_code, kind(asked)) == (401, "second-factor-needed")
    assert "www-authenticate" in asked.headers
    assert "set-cookie" not in asked.headers
    wrong = await sign_in(office, code="000000")
    assert (wrong.status_code, kind(wrong)) == (401, "second-factor-wrong")
    stranger = await sign_in(office, password="nope", code=code_of(url, office))
    assert kind(stranger) == "unauthenticated"
    shown = code_of(url, office)
    second = bearer(await sign_in(office, code=f"{shown[:3]} {shown[3:]}"))
    state = await office.ok("GET", FACTOR, headers=second)
    assert state["is_on"]
    assert state["recovery_codes_left"] == 10
    assert not state["is_asked_for"]


@pytest.mark.either_database
async def test_a_factor_that_was_only_begun_asks_for_nothing(office: Office) -> None:
    """A phone that was never tried locks nobody out; begun again, the last secret counts."""
    headers = await sign_up(office)
    first = await office.ok("POST", FACTOR, json={"password": PASSWORD}, headers=headers)
    again = await office.ok("POST", FACTOR, json={"password": PASSWORD}, headers=headers)
    assert (await sign_in(office)).status_code == 201
    typed = {"code": code_of(first["otpauth_url"], office)}
    refused = await office.call("POST", FACTOR + "/confirm", json=typed, headers=headers)
    assert kind(refused) == "invalid-fields"
    typed = {"code": code_of(again["otpauth_url"], office)}
    await office.ok("POST", FACTOR + "/confirm", json=typed, headers=headers)
    for path, body in ((FACTOR, {"password": PASSWORD}), (FACTOR + "/confirm", typed)):
        answer = await office.call("POST", path, json=body, headers=headers)
        assert kind(answer) == "conflict"


@pytest.mark.either_database
async def test_switching_it_on_ends_the_sign_ins_without_it(office: Office) -> None:
    """The one that it was made from goes on."""
    elsewhere = await sign_up(office)
    here = bearer(await sign_in(office))
    await switch_on(office, here)
    assert (await office.call("GET", "/api/v1/me", headers=here)).status_code == 200
    assert (await office.call("GET", "/api/v1/me", headers=elsewhere)).status_code == 401


async def test_the_code_of_a_time_step_is_taken_once(office: Office) -> None:
    """The one that confirmed it, the one that signed in, and any before are refused."""
    url, _ = await switch_on(office, await sign_up(office))
    before, shown = code_of(url, office, later=Duration(-STEP)), code_of(url, office)
    assert kind(await sign_in(office, code=before)) == "second-factor-wrong", "it confirmed"
    bearer(await sign_in(office, code=shown))
    assert kind(await sign_in(office, code=shown)) == "second-factor-wrong"
    office.clock.advance(STEP)
    bearer(await sign_in(office, code=code_of(url, office)))


async def test_of_many_at_once_one_takes_a_code(office: Office) -> None:
    """Eight sign-ins with one code, and with one recovery code: one session each."""
    url, codes = await switch_on(office, await sign_up(office))
    for code in (code_of(url, office), codes[0]):
        tries = [
            office.call("POST", "/api/v1/sessions", json=CREDENTIALS | {"code": code})
            for _ in range(8)
        ]
        answers = await asyncio.gather(*tries)
        assert [answer.status_code for answer in answers].count(201) == 1
        assert {kind(answer) for answer in answers if answer.status_code == 401} == {
            "second-factor-wrong"
        }
        office.clock.advance(Duration(2 * HOUR))


@pytest.mark.either_database
async def test_a_code_of_a_laptop_whose_clock_was_years_ahead_keeps_nobody_out(
    office: Office,
) -> None:
    """Server and code were of one machine; set right, all codes were refused until that year."""
    url, _ = await switch_on(office, await sign_up(office))
    for step in (20_000 * DAY, -20_000 * DAY):
        office.clock.step_wall(step)
        shown = code_of(url, office)
        bearer(await sign_in(office, code=shown))
        assert kind(await sign_in(office, code=shown)) == "second-factor-wrong"


@pytest.mark.either_database
async def test_a_phones_clock_may_be_a_step_off_either_way(office: Office) -> None:
    """Half a minute is taken, a whole one is not."""
    url, _ = await switch_on(office, await sign_up(office))
    for later, status in ((-STEP, 201), (STEP, 201), (-2 * STEP, 401), (2 * STEP, 401)):
        office.clock.advance(Duration(10 * STEP))
        answer = await sign_in(office, code=code_of(url, office, later=Duration(later)))
        assert answer.status_code == status, later


@pytest.mark.either_database
async def test_a_recovery_code_is_good_for_one_sign_in(office: Office) -> None:
    """However it is typed; of the ten, nine are left, and new ones take all their places."""
    url, codes = await switch_on(office, await sign_up(office))
    typed = (
        codes[3].replace("-", ".", 1).replace("-", " ").lower().replace("0", "o").replace("1", "l")
    )
    headers = bearer(await sign_in(office, code=typed))
    assert kind(await sign_in(office, code=codes[3])) == "second-factor-wrong"
    assert (await office.ok("GET", FACTOR, headers=headers))["recovery_codes_left"] == 9
    proof = {"password": PASSWORD, "code": code_of(url, office)}
    told = await office.ok("POST", FACTOR + "/recovery-codes", json=proof, headers=headers)
    assert not set(told["recovery_codes"]) & set(codes)
    assert kind(await sign_in(office, code=codes[4])) == "second-factor-wrong"
    bearer(await sign_in(office, code=told["recovery_codes"][9]))


@pytest.mark.either_database
async def test_tries_at_codes_are_limited_and_a_known_browser_has_its_own(office: Office) -> None:
    """Ten an hour of strangers who know the password; who signed in before still gets in."""
    url, _ = await switch_on(office, await sign_up(office))
    bearer(await sign_in(office, code=code_of(url, office)))
    known = {"cookie": "; ".join(f"{c.name}={c.value}" for c in office.client.cookies.jar)}
    statuses = [(await sign_in(office, code="999999")).status_code for _ in range(13)]
    assert statuses == [401] * 10 + [429] * 3
    office.clock.advance(STEP)
    office.client.cookies.clear()
    body = CREDENTIALS | {"code": code_of(url, office)}
    own = await office.call("POST", "/api/v1/sessions", json=body, headers=known)
    assert own.status_code == 201


@pytest.mark.either_database
async def test_it_is_ended_by_password_and_code_only(office: Office) -> None:
    """With either one wrong it stays; without it nothing is asked for any more."""
    headers = await sign_up(office)
    url, _ = await switch_on(office, headers)
    shown = code_of(url, office)
    for wrong in ({"password": "nope", "code": shown}, {"password": PASSWORD, "code": "999999"}):
        answer = await office.call("POST", FACTOR + "/end", json=wrong, headers=headers)
        assert kind(answer) == "invalid-fields"
    assert kind(await sign_in(office)) == "second-factor-needed"
    proof = {"password": PASSWORD, "code": shown}
    await office.ok("POST", FACTOR + "/end", json=proof, headers=headers)
    bearer(await sign_in(office))
    again = await office.call("POST", FACTOR + "/end", json=proof, headers=headers)
    assert kind(again) == "conflict"


@pytest.mark.either_database
async def test_neither_secret_nor_codes_can_be_read_in_the_database(office: Office) -> None:
    """A dump holds the sealed secret and hashes; without its seal a recovery code still works."""
    url, codes = await switch_on(office, await sign_up(office))
    secret = b32decode(parse_qs(urlsplit(url).query)["secret"][0])
    async with office.database.read(org=SYSTEM) as session:
        row = (await session.execute(select(SecondFactor))).scalar_one()
        hashes = (await session.execute(select(FactorCode.hash))).scalars().all()
    assert secret not in row.sealed
    assert not {clean_code(code).encode() for code in codes} & set(hashes)
    secret_file(office.settings.data_folder, "second_factors").write_text("00" * 32)
    del office.framework.state["factor_seal"]
    asked = await sign_in(office, code=code_of(url, office))
    assert (asked.status_code, kind(asked)) == (503, "unavailable")
    bearer(await sign_in(office, code=codes[0]))


@pytest.mark.either_database
async def test_a_reset_at_the_server_takes_it_off_and_says_so(office: Office) -> None:
    """Whoever has lost phone and paper gets in again with the new password alone."""
    await switch_on(office, await sign_up(office))
    hashes = PasswordHashes(office.entropy, **QUICK_HASHES)
    new = "nine bridges over a calm river"
    for had in (True, False):
        done = await reset_password(
            office.context, hashes, email=CREDENTIALS["email"], password=new
        )
        assert done is not None
        assert done.had_second_factor is had
    bearer(await sign_in(office, password=new))
    async with office.database.read(org=SYSTEM) as session:
        assert (await session.execute(select(FactorCode))).all() == []


async def ask_for_it(office: Office, owner: Person, *, is_asked: bool = True) -> httpx.Response:
    body = {"asks_second_factor": is_asked}
    return await office.call("PUT", owner.path + "/second-factor", owner, json=body)


async def give_factor(office: Office, person: Person) -> None:
    """Let somebody have a second factor."""
    row = {"id": person.user_id, "sealed": b"", "now": office.clock.wall()}
    made = text("INSERT INTO second_factor VALUES (:id, :sealed, :now, :now, -1)")
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(made, row)


@pytest.mark.either_database
async def test_an_owner_may_ask_owners_and_managers_for_one(office: Office) -> None:
    """Without one they may do nothing in that organization but make one; staff are not asked."""
    owner, elsewhere = await office.person(), await office.person()
    where = OrganizationId(owner.organization_id)
    manager = await office.person("manager", organization_id=where)
    staff = await office.person("staff", organization_id=where)
    assert kind(await ask_for_it(office, owner)) == "conflict", "the owner has none"
    await give_factor(office, owner)
    assert (await ask_for_it(office, manager)).status_code == 403
    said = await ask_for_it(office, owner)
    assert said.json()["asks_second_factor"] is True
    for method, path in (("GET", owner.path), ("GET", owner.path + "/events")):
        refused = await office.call(method, path, manager)
        assert (refused.status_code, kind(refused)) == (403, "second-factor-missing")
        for person in (owner, staff):
            assert (await office.call(method, path, person)).status_code == 200
    assert (await office.ok("GET", FACTOR, manager))["is_asked_for"] is True
    assert (await office.ok("GET", FACTOR, staff))["is_asked_for"] is False
    assert (await office.call("GET", owner.path, elsewhere)).status_code == 404
    listed = await office.ok("GET", owner.path + "/members", owner)
    shown = {row["user_id"]: row["has_second_factor"] for row in listed}
    assert shown == {owner.user_id: True, manager.user_id: False, staff.user_id: False}
    await give_factor(office, manager)
    assert (await office.call("GET", owner.path, manager)).status_code == 200
    assert (await ask_for_it(office, owner, is_asked=False)).status_code == 200


@pytest.mark.either_database
async def test_api_keys_are_asked_for_nothing(office: Office) -> None:
    """A key works as before, also of an owner who has no second factor any more."""
    owner = await office.person()
    body = {"name": "Script", "scopes": ["events:read"]}
    key = (await office.ok("POST", owner.path + "/api-keys", owner, json=body))["key"]
    await give_factor(office, owner)
    assert (await ask_for_it(office, owner)).status_code == 200
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("DELETE FROM second_factor"))
    headers = {"authorization": f"Bearer {key}"}
    assert (await office.call("GET", owner.path + "/events", headers=headers)).status_code == 200
    assert (await office.call("GET", owner.path + "/events", owner)).status_code == 403


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, its SHA-1 times; the last six of its eight digits."""
    secret = b"12345678901234567890"
    for at, digits in (
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ):
        assert find_step(secret, digits, Instant(at * SECOND), after=-1) == at // 30
        assert find_step(secret, digits, Instant(at * SECOND), after=at // 30) is None
