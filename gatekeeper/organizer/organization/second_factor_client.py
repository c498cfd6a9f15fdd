"""The second factor of whoever sits at the desk, and who is asked for one."""

from __future__ import annotations

import msgspec

from gatekeeper.organizer.edit_clashes import TaggedFields, save_over
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.server_api import Fields, ServerApi
from shared.kernel.id_types import OrganizationId

_OWN = "/me/second-factor"


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """Whether signing in asks for a code of a phone.

    Attributes:
        is_on: It does.
        recovery_codes_left: Of the ten that were shown.
        is_rule: The organization asks its owners and managers for one.
        may_rule: An owner with one sits here: they may say whom it asks.
        etag: Of the organization, whose rule it is.
    """

    is_on: bool
    recovery_codes_left: int
    is_rule: bool
    may_rule: bool
    etag: str = ""


class Begun(msgspec.Struct, frozen=True):
    """What a phone takes: the key to type, and the address in the QR code."""

    secret: str
    otpauth_url: str


async def read_factor(api: ServerApi, organization_id: OrganizationId) -> Factor:
    """Read how it stands.

    Raises:
        Rejected: if the session has ended.
        ServerFault: if the server cannot be reached.
    """
    own = await api.get(_OWN)
    listed = await api.get("/organizations")
    rows = listed["items"] if isinstance(listed, dict) else listed
    here: Fields = next((row for row in rows if row["id"] == organization_id), {})
    return Factor(
        is_on=own["is_on"],
        recovery_codes_left=own["recovery_codes_left"],
        is_rule=bool(here.get("asks_second_factor")),
        may_rule=own["is_on"] and here.get("role") == "owner",
        etag=str(here.get("etag", "")),
    )


async def begin_factor(api: ServerApi, password: str) -> Begun:
    """Draw a secret for a phone.

    Raises:
        Rejected: if the password is wrong.
    """
    return await api.make(Begun, _OWN, {"password": password})


async def confirm_factor(api: ServerApi, code: str) -> tuple[str, ...]:
    """Switch it on by the phone's code; the recovery codes.

    Raises:
        Rejected: if the code does not fit.
    """
    told = await api.post(_OWN + "/confirm", {"code": code})
    return tuple(told["recovery_codes"])


async def renew_codes(api: ServerApi, password: str, code: str) -> tuple[str, ...]:
    """Draw other recovery codes.

    Raises:
        Rejected: if password or code is wrong.
    """
    told = await api.post(_OWN + "/recovery-codes", {"password": password, "code": code})
    return tuple(told["recovery_codes"])


async def end_factor(api: ServerApi, password: str, code: str) -> None:
    """Take it off.

    Raises:
        Rejected: if password or code is wrong.
    """
    await api.post(_OWN + "/end", {"password": password, "code": code})


async def rule(
    api: ServerApi, organization_id: OrganizationId, *, is_asked: bool, etag: str
) -> Clash | None:
    """Say whether owners and managers need one.

    Returns:
        Who ruled otherwise since `etag` was read; then nothing was written.

    Raises:
        Refused: if this is no owner, or has none.
    """
    before, mine = {"asks_second_factor": not is_asked}, {"asks_second_factor": is_asked}

    async def read() -> TaggedFields:
        now = await api.get(f"/organizations/{organization_id}")
        return TaggedFields(str(now["etag"]), {name: now[name] for name in mine})

    async def write(etag: str) -> None:
        await api.put(f"/organizations/{organization_id}/second-factor", mine, etag)

    return await save_over(TaggedFields(etag, before), mine, read, write, etag)
