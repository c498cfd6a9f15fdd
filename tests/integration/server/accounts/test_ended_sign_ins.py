"""What was proven by a password, and comes to the database after that was changed, is nothing.

Whoever changes a password because somebody else has it must be rid of them: also of the request
that was looked at while the password was still right.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
from sqlalchemy import select, update

from server.accounts.models import User
from server.accounts.password_changes import reset_password
from server.accounts.password_hashes import PasswordHashes
from server.db.tenancy import SYSTEM
from tests.factories.office import Office
from tests.factories.quick import QUICK_HASHES
from tests.factories.racing import raced
from tests.integration.server.accounts.test_second_factor import (
    FACTOR,
    PASSWORD,
    bearer,
    code_of,
    kind,
    sign_in,
    sign_up,
)

FRESH = "a different long passphrase"
STOLEN = "stolen for good and all 77"
WEAK = {"memory_kib": 32, "passes": 1}
ME = "/api/v1/me"

Act = Callable[[], Awaitable[None]]


class Interrupted(PasswordHashes):
    """Looks at passwords as ever; something happens right after the first look."""

    then: Act | None = None

    async def is_right(self, password: str, encoded: str | None) -> bool:
        """Tell whether a password fits, and let come what comes next."""
        answer = await super().is_right(password, encoded)
        then, self.then = self.then, None
        if then is not None:
            await then()
        return answer


def interrupt(office: Office, then: Act) -> None:
    """Let something happen after the next look at a password."""
    hashes = Interrupted(office.entropy, **QUICK_HASHES)
    hashes.then = then
    office.framework.state["hashes"] = hashes


async def change(office: Office, owner: dict[str, str], new: str) -> httpx.Response:
    """Change one's password."""
    body = {"current_password": PASSWORD, "new_password": new}
    return await office.call("POST", ME + "/password", headers=owner, json=body)


async def reset(office: Office) -> None:
    """Let whoever runs the server give the account another password."""
    hashes = PasswordHashes(office.entropy, **QUICK_HASHES)
    email = "zaphod@example.org"
    assert await reset_password(office.context, hashes, email=email, password=FRESH)


async def weaken(office: Office) -> None:
    """Let the account's hash be one of an earlier version, which a sign-in makes anew."""
    older = await PasswordHashes(office.entropy, **WEAK).hash(PASSWORD)
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(update(User).values(password_hash=older))


async def hash_of(office: Office) -> str:
    """Return the account's hash."""
    async with office.database.read(org=SYSTEM) as session:
        return str((await session.execute(select(User.password_hash))).scalar_one())


async def test_a_sign_in_by_the_password_of_before_opens_nothing(office: Office) -> None:
    """It was right when it was looked at, and is changed before the session is there."""
    owner = await sign_up(office)

    async def then() -> None:
        assert (await change(office, owner, FRESH)).status_code == 204

    interrupt(office, then)
    assert (await sign_in(office)).status_code == 401
    assert (await sign_in(office)).status_code == 401
    bearer(await sign_in(office, password=FRESH))
    listed = await office.ok("GET", "/api/v1/sessions", headers=owner)
    assert len(listed) == 2


async def test_a_hash_that_is_made_anew_brings_no_earlier_password_back(office: Office) -> None:
    """A sign-in renews a hash of weaker parameters; what was changed meanwhile stays."""
    owner = await sign_up(office)
    await weaken(office)

    async def then() -> None:
        assert (await change(office, owner, FRESH)).status_code == 204

    interrupt(office, then)
    assert (await sign_in(office)).status_code == 401
    bearer(await sign_in(office, password=FRESH))


async def test_of_two_sign_ins_that_make_a_hash_anew_both_are_good(office: Office) -> None:
    """The second one finds another hash than it has looked at, of the same password."""
    await sign_up(office)
    await weaken(office)
    before = await hash_of(office)
    answers: list[httpx.Response] = []

    async def then() -> None:
        answers.append(await sign_in(office))

    interrupt(office, then)
    answers.append(await sign_in(office))
    assert [one.status_code for one in answers] == [201, 201]
    assert await hash_of(office) != before


async def test_a_change_by_the_password_of_before_is_none_once_it_was_reset(
    office: Office,
) -> None:
    """Whoever runs the server has the last word, and not the thief whose request was slow."""
    thief = await sign_up(office)
    interrupt(office, lambda: reset(office))
    late = await change(office, thief, STOLEN)
    assert (late.status_code, kind(late)) == (422, "invalid-fields")
    assert (await sign_in(office, password=STOLEN)).status_code == 401
    bearer(await sign_in(office, password=FRESH))


async def test_a_sign_in_without_a_code_opens_nothing_once_the_factor_is_on(
    office: Office,
) -> None:
    """None was asked for when it began; all sign-ins but the owner's own end."""
    owner = await sign_up(office)
    begun = await office.ok("POST", FACTOR, json={"password": PASSWORD}, headers=owner)
    typed = {"code": code_of(str(begun["otpauth_url"]), office)}
    confirming = office.call("POST", FACTOR + "/confirm", json=typed, headers=owner)
    thief, confirmed = await raced(
        office, "user_account", "state = 'active'", sign_in(office), confirming
    )
    assert confirmed.status_code == 200
    if thief.status_code == 201:
        seen = await office.call("GET", ME, headers=bearer(thief))
        assert seen.status_code == 401
    else:
        assert kind(thief) == "second-factor-needed"
    assert len(await office.ok("GET", "/api/v1/sessions", headers=owner)) == 1
