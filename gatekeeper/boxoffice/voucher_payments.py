"""Vouchers as a till takes them: only where the ledger can be asked, since it knows what is left.

The ledger is told a code's hash, and charges a payment's name once. Where nothing comes back, the
payment is *unknown* until the ledger has said; a person cannot know it.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.boxoffice.asking_and_returning_stock import TAP_BUDGET
from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from gatekeeper.device_loop import answered_within
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.uplink import Uplink
from gatekeeper.sync.server_port import SyncServer
from shared.kernel.currencies import write_plain
from shared.kernel.errors import BadInput, GatekeeperError, Rejected
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.money import Money
from shared.sales.voucher_code import hash_voucher_code
from shared.wire.voucher import (
    VoucherAnswer,
    VoucherCharge,
    VoucherNo,
    VoucherQuestion,
    VoucherState,
)

_AWAY: Final = "vouchers need a connection to the server; take another tender"
_UNKNOWN: Final = (
    "the server did not say whether this voucher was charged; ask again when it can be reached"
)
_NOT_BACK: Final = (
    "the money has not gone back onto the voucher; try again when the server answers"
)
_BOOKED: Final = "the sale it paid for is on record; refund that sale instead"
_WHY: Final = {
    VoucherNo.UNKNOWN: "there is no such voucher; check its code",
    VoucherNo.WITHDRAWN: "the voucher was withdrawn; take another tender",
    VoucherNo.ENDED: "the voucher has expired; take another tender",
    VoucherNo.OTHER_CURRENCY: "the voucher is in another currency; take another tender",
}


class VoucherPayments:
    """Asks the ledger about vouchers; fulfils `payment_ports.Charger`."""

    def __init__(
        self,
        organization_id: OrganizationId,
        recorder: Recorder,
        server: SyncServer,
        uplink: Uplink,
    ) -> None:
        """Ask `server` while `uplink` says that it can be asked."""
        self._organization_id = organization_id
        self._knowledge = recorder.knowledge
        self._server, self._uplink = server, uplink

    async def pay(self, name: str, amount: Money, code: str) -> Charge:
        """Charge a voucher; all of the amount or nothing."""
        if not self._uplink.is_up:
            return Charge(ChargeState.AWAY, text=_AWAY)
        asked = VoucherCharge(
            event_id=self._event_id(),
            name=name,
            code_hash=hash_voucher_code(self._organization_id, code).hex(),
            amount_minor=amount.minor_units,
            currency=amount.currency,
        )
        try:
            async with answered_within(TAP_BUDGET):
                answer = await self._server.pay_by_voucher(asked)
        except Rejected:  # it says no to all of this till's, so this was not charged either
            return Charge(ChargeState.AWAY, text=_AWAY)
        except (TimeoutError, GatekeeperError):
            return Charge(ChargeState.UNKNOWN, text=_UNKNOWN)
        if answer.state in {VoucherState.PAID, VoucherState.BOOKED}:
            return Charge(ChargeState.PAID, answer.reference)
        return Charge(ChargeState.DECLINED, text=_words(answer, amount.currency), voucher=answer)

    async def find(self, name: str) -> Charge:
        """Ask whether a voucher was charged; what never was never will be."""
        try:
            async with answered_within(TAP_BUDGET):
                answer = await self._server.find_voucher_payment(self._question(name))
        except (TimeoutError, GatekeeperError):
            return Charge(ChargeState.UNKNOWN, text=_UNKNOWN)
        if answer.state in {VoucherState.PAID, VoucherState.BOOKED}:
            return Charge(ChargeState.PAID, answer.reference)
        return Charge(ChargeState.DECLINED)

    async def reverse(self, name: str, reference: str) -> Charge:
        """Have the voucher given its money back."""
        try:
            async with answered_within(TAP_BUDGET):
                answer = await self._server.reverse_voucher_payment(self._question(name))
        except (TimeoutError, GatekeeperError):
            return Charge(ChargeState.UNKNOWN, reference, _NOT_BACK)
        if answer.state in {VoucherState.PAID, VoucherState.BOOKED}:
            return Charge(ChargeState.DECLINED, reference, _BOOKED)
        return Charge(ChargeState.PAID, reference)

    async def settle(self, name: str, *, is_paid: bool, reference: str) -> None:
        """Take nobody's word: only the ledger knows."""

    def _question(self, name: str) -> VoucherQuestion:
        return VoucherQuestion(event_id=self._event_id(), name=name)

    def _event_id(self) -> EventId:
        return EventId(self._knowledge.event_id or "")


def _words(answer: VoucherAnswer, currency: str) -> str:
    """Say why a voucher does not pay, and what to do."""
    if answer.why is not VoucherNo.TOO_LITTLE or answer.left_minor is None:
        return _WHY.get(answer.why or VoucherNo.UNKNOWN, _WHY[VoucherNo.UNKNOWN])
    try:
        left = write_plain(answer.left_minor, currency)
    except BadInput:
        left = str(answer.left_minor)
    return (
        f"only {left} {currency} is left on the voucher; charge that, and take the rest another"
        " way"
    )
