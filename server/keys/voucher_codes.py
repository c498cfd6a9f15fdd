"""Codes by which the ledger knows again what a voucher has paid at a till. Pure.

A ledger that has forgotten the payment finds the sale in the till's journal alone: its voucher
would be whole again, and its holder could spend it twice.

Source:
    docs/specs/sync.md, section 9
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec

from server.keys.ledger_codes import LedgerCodes
from shared.kernel.id_types import DeviceId, EventId, OrganizationId

PURPOSE: Final = b"gatekeeper/pays1"
_DOT: Final = "."
_PAD: Final = "=="


class VoucherPayment(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What one voucher has paid at one till.

    Attributes:
        charge_id: The payment's own id here.
        amount_minor: In minor units of `currency`.
    """

    organization_id: OrganizationId
    event_id: EventId
    device_id: DeviceId
    charge_id: str
    voucher_id: str
    amount_minor: int
    currency: str


class VoucherCodes(LedgerCodes[VoucherPayment]):
    """Makes and checks codes of vouchers' payments, within the references that sales say."""

    context = b"gatekeeper/voucher-payment/1\0"

    def refer(self, paid: VoucherPayment) -> str:
        """Return the reference of a payment: its id, its voucher's, and the code; 54 signs."""
        code = urlsafe_b64encode(self.make(paid)).decode().rstrip("=")
        return _DOT.join((paid.charge_id, paid.voucher_id, code))


def read_reference(reference: str) -> tuple[str, str, bytes]:
    """Part a reference into the payment's id, its voucher's, and the code.

    The latter two are empty where it says an id alone, as those of an earlier version, or cannot
    be read.
    """
    charge_id, _, rest = reference.partition(_DOT)
    voucher_id, _, code = rest.partition(_DOT)
    try:
        return charge_id, voucher_id, urlsafe_b64decode(code + _PAD)
    except ValueError:
        return charge_id, "", b""
