"""Enrolment: a device trades a one-time code and its public key for its place in an organization.

`POST /sync/v1/enrol`, JSON. The code itself is never sent: both sides prove that they know it
(`shared/wire/enrol_code.py`). The device proves besides that it holds the private key. A machine
that is a device already, which the server does not know any more, enrols again under its former id
with the key that it has: its journal goes on.

The full enrolment text, as the organizer's screen shows it in a QR code, also carries the server's
address, and fingerprints of the root key and of the certificate authority: `GKE1 <url> <code>
<root> <ca or ->`, separated by single spaces.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId
from shared.kernel.trouble import TroubleKind
from shared.wire.proof import ChannelText

ENROL_PATH: Final = "/sync/v1/enrol"
LEDGER_NAME: Final = "ledger.gatekeeper.internal"
"""The name in the certificates that a server makes itself, whatever address it is reached by."""
_TAG: Final = "GKE1"
_PARTS: Final = 5
_FINGERPRINT_DIGITS: Final = 32
_NO_AUTHORITY: Final = "-"

Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Hex128 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]
FormerId = Annotated[
    DeviceId, msgspec.Meta(pattern="^dv_[0-9a-hjkmnp-tv-z]{12}$", min_length=15, max_length=15)
]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class EnrolmentText(msgspec.Struct, frozen=True):
    """What an enrolment QR code or line says.

    Attributes:
        url: The server's address, without a trailing slash.
        code: The one-time code.
        root_fingerprint: First 16 bytes of SHA-256 of the root public key, 32 hex digits.
        authority_fingerprint: The same over the certificate authority's
            SubjectPublicKeyInfo, or None where the system's roots are used.
    """

    url: str
    code: str
    root_fingerprint: str
    authority_fingerprint: str | None = None

    def format(self) -> str:
        """Spell it as one line."""
        authority = self.authority_fingerprint or _NO_AUTHORITY
        return f"{_TAG} {self.url} {self.code} {self.root_fingerprint} {authority}"


def parse_enrolment_text(text: str) -> EnrolmentText:
    """Read an enrolment line.

    Raises:
        Malformed: if it is not one.
    """
    parts = text.strip().split(" ")
    if len(parts) != _PARTS or parts[0] != _TAG:
        message = "not an enrolment code: copy the whole line that begins with GKE1"
        raise Malformed(message, kind=TroubleKind.PAIRING_CODE)
    _, url, code, root, authority = parts
    prints = [root] if authority == _NO_AUTHORITY else [root, authority]
    if not all(
        len(p) == _FINGERPRINT_DIGITS and set(p) <= set("0123456789abcdef") for p in prints
    ):
        message = "this enrolment code is damaged: a fingerprint is not 32 hex digits"
        raise Malformed(message, kind=TroubleKind.PAIRING_CODE)
    return EnrolmentText(url, code, root, None if authority == _NO_AUTHORITY else authority)


def authority_fingerprint(pem: str) -> str:
    """Return the fingerprint of a certificate authority's public key.

    Raises:
        Malformed: if the text is no certificate in PEM.
    """
    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except ValueError:
        message = "the server's certificate authority is no certificate"
        raise Malformed(message, kind=TroubleKind.FALSE_SERVER) from None
    return fingerprint(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def fingerprint(public_key: bytes) -> str:
    """Return the 32 hex digits that name a root key or authority on screens and in codes."""
    return sha256(public_key)[: _FINGERPRINT_DIGITS // 2].hex()


class EnrolRequest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What a device sends once, and again when the server does not know it any more.

    The header proves it whole, under the code's secret; so is the answer proven.

    Attributes:
        code_id: By what the server finds the code.
        public_key: The device's Ed25519 key.
        proof: Its signature over the code's id and the key's 32 bytes, with `ENROL_CONTEXT`.
        code_proof: The signature of the code's own key over the same.
        name: What staff call the device.
        program: Name and version.
        device_id: The id that it has been enrolled under before, with this key, or None. Both
            signatures are then over this id as well, with `ENROL_AGAIN_CONTEXT` for the former.
    """

    code_id: Hex64
    public_key: Hex64
    proof: Hex128
    code_proof: Hex128
    name: Name
    program: Annotated[str, msgspec.Meta(max_length=80)] = ""
    device_id: FormerId | None = None


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answers a device that enrols, and the device keeps.

    Attributes:
        device_id: Its id; stands in every journal entry.
        token: Bearer token; shown once.
        organization_id: Whose device it is.
        organization: The organization's name.
        root_public_key: 64 hex digits; pinned from here on.
        role: `gate`, `till` or `both`.
        event_id: The event that it serves now, or None.
        gate_id: Its gate, or None.
        server_time: ISO 8601.
        authority_pem: The certificate authority to trust from here on, or None.
        profile: `live`, `rehearsal` or `test`; only the latter two take `at` from a caller.
        channel: The key by which the server proves its answers; None from an older server.
    """

    device_id: DeviceId
    token: str
    organization_id: OrganizationId
    organization: str
    root_public_key: str
    role: str
    event_id: EventId | None
    gate_id: GateId | None
    server_time: str
    authority_pem: str | None = None
    profile: str = "live"
    channel: ChannelText | None = None
