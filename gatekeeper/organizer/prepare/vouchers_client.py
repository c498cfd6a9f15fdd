"""An organization's vouchers: made with codes that are told once, listed, and withdrawn.

Their codes are kept by whoever made them and by nobody else: the server has their hashes. Who saw
no answer asks for the same ones again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanClient
from gatekeeper.organizer.retry_key import RetryKey
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi
from shared.field_limits import AMOUNT_MAX, VOUCHERS_AT_ONCE_MAX
from shared.kernel.ids import CROCKFORD
from shared.kernel.ports import Entropy
from shared.sales.voucher_code import plain_code

PAGE: Final = 50
_SEEN_MAX: Final = 40
"""Pages that one search follows: the server looks at thousands of vouchers for each."""
_CODE_LETTERS: Final = 16
_NOT_FOUND: Final = 404


class VoucherStanding(StrEnum):
    """Whether anything can be spent of a voucher."""

    VALID = "valid"
    SPENT = "spent"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class Which(StrEnum):
    """Which vouchers are listed."""

    ALL = "all"
    LEFT = "left"
    SPENT = "spent"
    WITHDRAWN = "withdrawn"


_QUERIES: Final[dict[Which, dict[str, str]]] = {
    Which.ALL: {},
    Which.LEFT: {"withdrawn": "false", "spent": "false"},
    Which.SPENT: {"spent": "true"},
    Which.WITHDRAWN: {"withdrawn": "true"},
}


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher, as the server's `VoucherAnswer` says; amounts in minor units.

    Attributes:
        spent_minor: What is off it.
        unbooked_minor: What of that tills have charged for sales that have not come.
        ends_at: From when on nothing is spent of it; None for never.
    """

    id: str
    currency: str
    value_minor: int
    spent_minor: int
    unbooked_minor: int
    note: str
    ends_at: datetime | None
    created_at: datetime
    withdrawn_at: datetime | None

    @property
    def left_minor(self) -> int:
        """What is on it still, whether or not it can be spent."""
        return self.value_minor - self.spent_minor

    def standing(self, now: datetime) -> VoucherStanding:
        """Tell whether anything can be spent of it."""
        if self.withdrawn_at is not None:
            return VoucherStanding.WITHDRAWN
        if self.left_minor <= 0:
            return VoucherStanding.SPENT
        if self.ends_at is not None and now >= self.ends_at:
            return VoucherStanding.ENDED
        return VoucherStanding.VALID


class Made(msgspec.Struct, frozen=True):
    """A new voucher; its code is told this once."""

    voucher: Voucher
    code: str


class Vouchers(msgspec.Struct, frozen=True):
    """What was found, the newest first.

    Attributes:
        plan: Of the event at which the desk looks: its clock and currency.
        is_all: There are no more.
    """

    plan: EventPlan
    vouchers: tuple[Voucher, ...]
    is_all: bool


class VoucherClient:
    """Makes, finds and withdraws vouchers.

    Args:
        api: Somebody signed in.
        site: The event at which the desk looks; vouchers are its organization's.
        entropy: Draws the key by which vouchers that are asked for again are the same ones.
    """

    def __init__(self, api: ServerApi, site: EventSite, entropy: Entropy) -> None:
        self._api, self._site = api, site
        self._path = f"/organizations/{site.organization_id}/vouchers"
        self._key = RetryKey[Fields](entropy)

    async def read(self, words: str = "", which: Which = Which.ALL, most: int = PAGE) -> Vouchers:
        """Find vouchers by words of their notes, or the one that a whole code stands for.

        A code is asked about by itself: as words it would stand in the server's log.

        Raises:
            Refused: if this needs somebody of the staff.
        """
        plan = await PlanClient(self._api, self._site).read()
        if (code := read_code(words)) is not None:
            found = await self._find(code)
            if found is not None or any(mark.isdigit() for mark in words):
                return Vouchers(plan, () if found is None else (found,), is_all=True)
        query = _QUERIES[which] | ({"q": words} if words else {})
        vouchers: list[Voucher] = []
        after: dict[str, str] = {}
        for _ in range(_SEEN_MAX):
            page = await self._api.get(
                self._path,
                limit=min(most - len(vouchers), VOUCHERS_AT_ONCE_MAX),
                sort="-created_at",
                **query,
                **after,
            )
            vouchers += msgspec.convert(page["items"], list[Voucher])
            if page.get("next") is None:
                return Vouchers(plan, tuple(vouchers), is_all=True)
            if len(vouchers) >= most:
                break
            after = {"after": page["next"]}
        return Vouchers(plan, tuple(vouchers), is_all=False)

    async def make(self, fields: Fields) -> tuple[Made, ...]:
        """Make vouchers; asked for again because no answer came, they are the same ones.

        Raises:
            Refused: if this needs a manager.
            ServerFault: if no answer came: they may have been made.
        """
        key = self._key.of(fields)
        made = await self._api.make(tuple[Made, ...], self._path, fields, key=key)
        self._key.forget()  # they are told: the same once more are others
        return made

    async def withdraw(self, vouchers: Sequence[Voucher]) -> None:
        """Let nothing more be spent of some vouchers; twice is once.

        Raises:
            Refused: if this needs a manager; those before it are withdrawn.
        """
        self._key.forget()  # what was not answered may be among them
        for one in vouchers:
            await self._api.post(f"{self._path}/{one.id}/withdraw")

    async def _find(self, code: str) -> Voucher | None:
        try:
            found: Any = await self._api.post(f"{self._path}/check", {"code": code})
        except Refused as fault:
            if fault.status == _NOT_FOUND:
                return None
            raise
        return msgspec.convert(found, Voucher)


def read_code(words: str) -> str | None:
    """Read what may be a whole code, however it is spelled; None for what cannot be one."""
    plain = plain_code(words)
    is_code = len(plain) == _CODE_LETTERS and all(mark in CROCKFORD for mark in plain)
    return plain if is_code else None


def find_flaw(fields: Fields, now: datetime) -> str:
    """Name what is wrong before a server is asked; "" for nothing."""
    if not 1 <= fields["value_minor"] <= AMOUNT_MAX:
        return "value"
    ends = fields["ends_at"]
    return "ended" if ends is not None and datetime.fromisoformat(ends) <= now else ""
