"""Reading a claim's body: strictly, but a scanned text is never a mistake of the caller's."""

from __future__ import annotations

from typing import Final

import msgspec

from server.http.json_body import decode_body
from server.problem_answers import wrong_field
from shared.admission.purpose import Purpose
from shared.journal.claim_ids import is_ledgers_own
from shared.kernel.ed25519 import sha256
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.claim import CODE_SIZE_MAX, ClaimRequest

_DECODE: Final = msgspec.json.Decoder(ClaimRequest).decode
_NO_TICKET: Final = "\x01"


class _LongClaim(ClaimRequest, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A claim whose code is of any length."""

    code: str


_DECODE_LONG: Final = msgspec.json.Decoder(_LongClaim).decode


def read_claim(body: bytes) -> ClaimRequest:
    """Decode a claim.

    A code that is too long for any ticket is replaced by a short one that is no ticket either,
    so that it is denied as malformed: the gate then shows what it shows for every other text.

    Raises:
        Problem: `bad-request` if it is no JSON, `invalid-fields` with every wrong field.
    """
    try:
        request = _DECODE(body)
    except msgspec.ValidationError:
        request = _with_short_code(body)
    except UNDECODABLE:
        request = _checked(body)
    if not request.gate_id and request.purpose == Purpose.ADMISSION:
        raise wrong_field("gate_id", "is empty")
    for name in ("gate_id", "claim_id"):
        if not getattr(request, name).isprintable():
            raise wrong_field(name, "holds characters that are not printable")
    if is_ledgers_own(request.claim_id):
        raise wrong_field("claim_id", "is reserved for the ledger; use a random one")
    return request


def _with_short_code(body: bytes) -> ClaimRequest:
    try:
        # Never as whatever it holds: two megabytes of empty lists would keep all gates waiting.
        found = _DECODE_LONG(body)
    except UNDECODABLE:
        return _checked(body)
    if len(found.code) <= CODE_SIZE_MAX:
        return _checked(body)
    digest = sha256(found.code.encode("utf-8", "surrogatepass")).hex()
    fields = {name: getattr(found, name) for name in ClaimRequest.__struct_fields__}
    return ClaimRequest(**fields | {"code": _NO_TICKET + digest})


def _checked(body: bytes) -> ClaimRequest:
    request: ClaimRequest = decode_body(body, ClaimRequest)
    return request
