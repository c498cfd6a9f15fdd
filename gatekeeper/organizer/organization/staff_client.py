"""Who works at gates and tills, as the server has them: rights, badges and PINs looked after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec

from gatekeeper.organizer.edit_clashes import save_over, unless_changed
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.organization.new_staff import (
    CASHIER,
    SUPERVISOR,
    MadePerson,
    cashier_of,
    describe_cashier,
    describe_person,
    person_of,
)
from gatekeeper.organizer.server_api import Refused, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking
from shared.credential.badges_and_pins import new_pin
from shared.kernel.id_types import OrganizationId
from shared.kernel.ports import Entropy

YES_RIGHTS: Final = ("sell", "find", "comp", "paid_out", "open_drawer", "see_expected")
"""What a cashier may do alone, or not."""
PERCENT: Final = "discount_percent"
AMOUNT: Final = "refund_minor"
"""How far they may go alone: discounts in percent, money back in minor units."""
_NOT_FOUND: Final = 404
T = TypeVar("T")


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a badge, or who had one.

    Attributes:
        role: `SUPERVISOR`, `STEWARD` or `CASHIER` of `people`.
        has_badge: False after it was withdrawn, until another one is drawn.
        rights: Of a cashier, by `YES_RIGHTS`, `PERCENT` and `AMOUNT`; empty for others.
        etag: Changes when anybody changes them.
    """

    id: str
    name: str
    role: str
    has_badge: bool
    rights: Fields
    etag: str

    @property
    def is_cashier(self) -> bool:
        """Whether they work at tills."""
        return self.role == CASHIER

    @property
    def fields(self) -> Fields:
        """What an edit sets."""
        rights = {"rights": dict(self.rights)} if self.is_cashier else {}
        return {"name": self.name, **rights}


class StaffClient:
    """Looks after an organization's supervisors, stewards and cashiers.

    Args:
        api: Somebody signed in.
        organization_id: Whose.
        entropy: Draws PINs.
    """

    def __init__(self, api: ServerApi, organization_id: OrganizationId, entropy: Entropy) -> None:
        self._api, self._entropy = api, entropy
        self.organization_id = organization_id
        self._of = f"/organizations/{organization_id}"
        self._making = UnheardMaking()

    async def read(self) -> tuple[Staff, ...]:
        """List supervisors, then stewards, then cashiers."""
        found = await self._api.get(f"{self._of}/supervisors")
        tills = await self._api.get(f"{self._of}/cashiers")
        return tuple(_staff(one) for one in (*found, *tills))

    async def add(self, name: str, role: str) -> MadePerson:
        """Make somebody's badge; what it holds is told once.

        Asked for again because no answer came, it is another one: nobody has seen the former.
        """
        name = name.strip()

        async def end(unseen: Staff) -> None:
            await self._api.delete(self._one(unseen), unseen.etag)

        async def make() -> MadePerson:
            if role == CASHIER:
                made = await self._api.post(f"{self._of}/cashiers", describe_cashier(name))
                return cashier_of(made)
            fields = describe_person(name, role, self._entropy)
            return person_of(fields, await self._api.post(f"{self._of}/supervisors", fields))

        return await self._making.anew(
            {"name": name, "role": role},
            self.read,
            lambda one: (one.name, one.role) == (name, role),
            end,
            make,
        )

    async def save(self, staff: Staff, fields: Fields, etag: str = "") -> Clash | None:
        """Change a name, or what a cashier may do alone.

        Args:
            staff: As they were read.
            fields: As `Staff.fields`, as they shall be.
            etag: Of what was looked at last; "" for the one of `staff`.

        Returns:
            What somebody else changed of them meanwhile; then nothing was written.

        Raises:
            Refused: if this needs a manager, or they were removed.
        """

        async def write(etag: str) -> None:
            await self._api.patch(self._one(staff), fields, etag)

        self._making.forget()
        return await save_over(staff, fields, lambda: self._read_again(staff), write, etag)

    async def renew_badge(self, staff: Staff) -> MadePerson | Clash:
        """Draw another badge; the one before ends as soon as gates and tills have heard of it.

        Returns:
            Their badge; or what somebody else changed of them meanwhile. A badge that was drawn
            by another desk just now may be on paper already: it still holds then.
        """

        async def draw() -> MadePerson:
            made = await self._api.post(f"{self._one(staff)}/badge", etag=staff.etag)
            return MadePerson(staff.name, str(made["badge"]), role=staff.role, id=staff.id)

        return await self._unless_changed(staff, draw)

    async def renew_pin(self, staff: Staff) -> str | Clash:
        """Draw a supervisor another PIN, which is told once; the badge stays.

        Returns:
            The PIN; or what somebody else changed of them meanwhile: then theirs holds.
        """
        assert staff.role == SUPERVISOR, "nobody else has one"
        pin = new_pin(self._entropy)

        async def draw() -> str:
            await self._api.patch(self._one(staff), {"pin": pin}, staff.etag)
            return pin

        return await self._unless_changed(staff, draw)

    async def withdraw(self, staff: Staff) -> Clash | None:
        """Let a badge be none any more.

        Returns:
            What somebody else changed of them meanwhile; then they still have it.
        """
        return await self._end(staff, f"{self._one(staff)}/badge")

    async def remove(self, staff: Staff) -> Clash | None:
        """Let somebody work at no gate and till any more.

        Returns:
            What somebody else changed of them meanwhile; then they are still there.
        """
        return await self._end(staff, self._one(staff))

    async def _end(self, staff: Staff, path: str) -> Clash | None:
        return await self._unless_changed(staff, lambda: self._api.delete(path, staff.etag))

    async def _unless_changed(self, staff: Staff, act: Callable[[], Awaitable[T]]) -> T | Clash:
        self._making.forget()
        return await unless_changed(staff, act, lambda: self._read_again(staff))

    async def _read_again(self, staff: Staff) -> Staff:
        now = next((one for one in await self.read() if one.id == staff.id), None)
        if now is None:
            message = f"{staff.name} has been removed in the meantime"
            raise Refused(message, (), problem="not-found", status=_NOT_FOUND)
        return now

    def _one(self, staff: Staff) -> str:
        return f"{self._of}/{'cashiers' if staff.is_cashier else 'supervisors'}/{staff.id}"


def _staff(answer: dict[str, Any]) -> Staff:
    return Staff(
        id=answer["id"],
        name=answer["name"],
        role=answer.get("role", CASHIER),
        has_badge=answer["has_badge"],
        rights=answer.get("rights", {}),
        etag=answer["etag"],
    )
