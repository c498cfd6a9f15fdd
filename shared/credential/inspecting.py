"""What a code says and whose it is, for a person who wants to know: `gatekeeper inspect`.

Inspecting speaks of a code's format and of its signature only. Whether the key that signed may
say what it says (its scope), and whether the ticket admits, is the gate's matter. The output and
the key file are specified in `docs/specs/credential.md`, sections 13 and 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from shared.credential import pretix_sig1
from shared.credential.codec import decode_credential, from_digits
from shared.credential.keyring import Keyring, TicketKey
from shared.credential.manual_code import format_manual_code, parse_manual_code
from shared.credential.verifying import Flaw, verify_credential
from shared.kernel.ed25519 import PUBLIC_KEY_SIZE
from shared.kernel.errors import BadInput, Malformed
from shared.kernel.file_kinds import name_other_kind
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ids import HEX_DIGITS, format_ticket_id
from shared.kernel.instant import format_instant_or_none
from shared.kernel.undecodable import UNDECODABLE

KEY_FILE_SIZE_MAX: Final = 16 << 20
"""Bytes of a key file; more is refused unread."""

_OTHER_PURPOSES: Final = frozenset({"root", "manifest"})
"""Of keys in a server's list that sign no tickets, and whose ids say nothing here."""
_BLANKS: Final = " \t\r\n"
_KID_DIGITS: Final = 4
_KID_LENGTH_MAX: Final = 64


class CodeFormat(StrEnum):
    """What kind of code a text is; the values are those of the output."""

    GK1 = "GK1"
    PRETIX_SIG1 = "pretix-sig1"
    MANUAL = "manual"
    FOREIGN = "foreign"


class SignatureState(StrEnum):
    """What is known of a code's signature; the values are those of the output.

    `unknown_key`: it has one, and there is no key here to check it with. `none`: it has none.
    """

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN_KEY = "unknown_key"
    NONE = "none"


class InspectionKey(msgspec.Struct, frozen=True):
    """One key of a key file.

    Attributes:
        kid: For GK1 the key id as 4 lower-case hex digits; for pretix_sig1 any label, or None.
        public_key: 32 bytes, Ed25519.
        code_format: The format whose signatures it checks.
    """

    kid: str | None
    public_key: bytes
    code_format: CodeFormat = CodeFormat.GK1


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, ready to be written as JSON; a fact that the code lacks is None.

    Attributes:
        format: What kind of code it is.
        signature: What is known of its signature; unless `valid`, the rest is unproven.
        kid: GK1: the key id in the code. pretix_sig1: the label of the key that verified.
        ticket_id: 16 lower-case hex digits.
        ticket_type: GK1: the ticket type code. pretix_sig1: the item.
        valid_from: ISO 8601, UTC.
        valid_until: ISO 8601, UTC.
        generation: 0 to 255.
    """

    format: CodeFormat
    signature: SignatureState
    kid: str | None = None
    ticket_id: str | None = None
    ticket_type: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    generation: int | None = None


class PretixInspection(Inspection, frozen=True, kw_only=True):
    """What a pretix_sig1 ticket says besides; the names are pretix's own."""

    seed: str = ""
    variation: int | None = None
    subevent: int | None = None


class ManualInspection(Inspection, frozen=True, kw_only=True):
    """A manual code in the spelling that we print."""

    manual_code: str = ""


class _KeyEntry(msgspec.Struct, frozen=True):
    """One entry of a key file as written; what we do not know is ignored."""

    public_key: str
    kid: str | None = None
    format: str = CodeFormat.GK1.value
    purpose: str = ""


def inspect_code(text: str, keys: Sequence[InspectionKey]) -> Inspection:
    """Tell what a code is, what it says, and whether one of the keys signed it.

    Args:
        text: Exactly what a reader handed over, of any length and content; nothing is trimmed.
        keys: In any order; several may share a kid.
    """
    try:
        return _inspect_gk1(from_digits(text), keys)
    except Malformed:
        pass
    try:
        return _inspect_pretix_sig1(pretix_sig1.parse(text), keys)
    except Malformed:
        pass
    try:
        code = format_manual_code(parse_manual_code(text))
        return ManualInspection(
            format=CodeFormat.MANUAL, signature=SignatureState.NONE, manual_code=code
        )
    except Malformed:
        return Inspection(format=CodeFormat.FOREIGN, signature=SignatureState.NONE)


def parse_key_file(document: bytes) -> tuple[InspectionKey, ...]:
    """Read a key file: a JSON list of objects with `kid`, `public_key` and perhaps `format`.

    Or one such object a line, as `gatekeeper-server keys list` prints them: keys that sign no
    tickets are passed over.

    Raises:
        Malformed: naming the entry (from 1) that cannot be used, and why.
    """
    if len(document) > KEY_FILE_SIZE_MAX:
        raise Malformed(f"the key file is over {KEY_FILE_SIZE_MAX} bytes")
    if other := name_other_kind(document):
        raise Malformed(f"the key file is {other}")
    try:
        text = document.decode("utf-8-sig")
        entries: Sequence[msgspec.Raw | str]
        if text.lstrip(_BLANKS).startswith("{"):
            entries = [line for line in text.split("\n") if line.strip(_BLANKS)]
        else:
            entries = msgspec.json.decode(text, type=list[msgspec.Raw])
    except UNDECODABLE as error:
        message = f"the key file is neither a JSON list nor one object a line: {error}"
        raise Malformed(message) from None
    keys = (_read_entry(entry, number) for number, entry in enumerate(entries, start=1))
    return tuple(key for key in keys if key is not None)


def _read_entry(raw: msgspec.Raw | str, number: int) -> InspectionKey | None:
    try:
        entry = msgspec.json.decode(raw, type=_KeyEntry)
        if entry.purpose in _OTHER_PURPOSES:
            return None
        if entry.format == CodeFormat.GK1:
            return _gk1_key(entry)
        if entry.format == CodeFormat.PRETIX_SIG1:
            return _pretix_key(entry)
        raise Malformed(f'format is "GK1" or "pretix-sig1", not {entry.format[:40]!r}')
    except (BadInput, *UNDECODABLE) as error:
        raise Malformed(f"entry {number} of the key file: {error}") from None


def _gk1_key(entry: _KeyEntry) -> InspectionKey:
    if entry.kid is None or not _is_hex(entry.kid, _KID_DIGITS):
        raise Malformed("kid is 4 hex digits, such as 0a3f")
    if not _is_hex(entry.public_key, 2 * PUBLIC_KEY_SIZE):
        raise Malformed("public_key is 64 hex digits")
    return InspectionKey(entry.kid.lower(), bytes.fromhex(entry.public_key))


def _pretix_key(entry: _KeyEntry) -> InspectionKey:
    if entry.kid is not None and len(entry.kid) > _KID_LENGTH_MAX:
        raise Malformed(f"kid is at most {_KID_LENGTH_MAX} characters")
    try:
        public_key = pretix_sig1.public_key_from_pem_base64(entry.public_key)
    except Malformed as error:
        message = f"public_key is 64 hex digits or base64 of a PEM public key: {error}"
        raise Malformed(message) from None
    return InspectionKey(entry.kid, public_key, CodeFormat.PRETIX_SIG1)


def _is_hex(text: str, digit_count: int) -> bool:
    """Tell whether the text is so many hex digits; `bytes.fromhex` would skip white space."""
    return len(text) == digit_count and HEX_DIGITS.issuperset(text)


def _inspect_gk1(credential: bytes, keys: Iterable[InspectionKey]) -> Inspection:
    claims, _body, _signature = decode_credential(credential)
    # The gates' own verification, with keys that may sign anything: scope is not asked here.
    keyring = Keyring(
        TicketKey(
            key_id=int(key.kid, 16),
            public_key=key.public_key,
            organization_id=OrganizationId(""),
            event_id=EventId(""),
        )
        for key in keys
        if key.code_format is CodeFormat.GK1 and key.kid is not None
    )
    _, signer = verify_credential(credential, keyring, tag_uid=None)
    if isinstance(signer, TicketKey):
        signature = SignatureState.VALID
    elif signer is Flaw.UNKNOWN_KEY:
        signature = SignatureState.UNKNOWN_KEY
    else:
        signature = SignatureState.INVALID
    return Inspection(
        format=CodeFormat.GK1,
        signature=signature,
        kid=f"{claims.key_id:04x}",
        ticket_id=format_ticket_id(claims.ticket_id),
        ticket_type=claims.ticket_type_code,
        valid_from=format_instant_or_none(claims.valid_from),
        valid_until=format_instant_or_none(claims.valid_until),
        generation=claims.generation,
    )


def _inspect_pretix_sig1(
    ticket: pretix_sig1.PretixTicket, keys: Iterable[InspectionKey]
) -> PretixInspection:
    candidates = [key for key in keys if key.code_format is CodeFormat.PRETIX_SIG1]
    signer = pretix_sig1.verify(ticket, [key.public_key for key in candidates])
    if signer is not None:
        signature = SignatureState.VALID
    elif candidates:
        signature = SignatureState.INVALID
    else:
        signature = SignatureState.UNKNOWN_KEY
    return PretixInspection(
        format=CodeFormat.PRETIX_SIG1,
        signature=signature,
        kid=next((key.kid for key in candidates if key.public_key == signer), None),
        ticket_type=ticket.item,
        valid_from=format_instant_or_none(ticket.valid_from),
        valid_until=format_instant_or_none(ticket.valid_until),
        seed=ticket.seed,
        variation=ticket.variation,
        subevent=ticket.subevent,
    )
