"""Signed documents: a body, the manifest key's signature, and the root's word for that key.

The organization's root key is pinned on the device at enrolment. It signs nothing but
certificates; each certificate names one key, one purpose and a window. A manifest key signs
manifests, feed pages, rosters, times, evidence and relayed answers, each under a context of its
own.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

import msgspec

from shared.kernel.ed25519 import SigningKey, is_valid, sha256
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.kernel.packing import pack, unpack

DOCUMENT_VERSION: Final = 1
DOCUMENT_SIZE_MAX: Final = 32 * 1024 * 1024
_CERTIFICATE_CONTEXT: Final = b"gatekeeper/certificate/1"
_DOCUMENT_CONTEXT: Final = b"gatekeeper/document/1/"
_INSTANT_LIMIT: Final = 1 << 63
_MAY_NOT_SIGN: Final = "the key that signed this document may not sign it"
ROOTS_MAX: Final = 32
"""Roots that followed each other, at most; each is looked at with each new certificate."""
_NAME_SIZE: Final = 16

T = TypeVar("T")


class DocumentKind(StrEnum):
    """What a signed document is; part of the signed context, so none passes for another."""

    MANIFEST = "manifest"
    FEED = "feed"
    ROSTER = "roster"
    TIME = "time"
    EVIDENCE = "evidence"
    RELAYED = "relayed"
    GRANT = "grant"


class KeyCertificate(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The root's statement that a key may sign an organization's documents.

    Attributes:
        v: `DOCUMENT_VERSION`.
        organization_id: Whose documents.
        key_id: Names the key for people and logs; unique among those that sign documents.
        public_key: 32 bytes.
        purpose: `manifest` for all kinds of documents, `channel` for none: that key proves
            answers to devices' requests (`shared/wire/proof.py`); `root`
            for the root that comes next.
        not_before: First instant at which it may have signed.
        not_after: Last such instant, or None.
        withdrawn: Fingerprints (the first 16 bytes of SHA-256) of keys that sign no documents any
            more, whatever was certified of them before.
    """

    v: int
    organization_id: OrganizationId
    key_id: int
    public_key: bytes
    purpose: str
    not_before: Instant
    not_after: Instant | None = None
    withdrawn: tuple[bytes, ...] = ()


class Link(msgspec.Struct, frozen=True, array_like=True):
    """An encoded `KeyCertificate` of a new root, and the signature of the root before it."""

    certificate: bytes
    signature: bytes


class Certified(msgspec.Struct, frozen=True, array_like=True):
    """An encoded `KeyCertificate` and the root's signature over it.

    Attributes:
        roots: How the roots followed each other, oldest first, for whoever pinned an earlier one.
    """

    certificate: bytes
    signature: bytes
    roots: tuple[Link, ...] = ()


class SignedDocument(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A document's exact bytes with everything needed to verify them from the root key alone.

    Attributes:
        v: `DOCUMENT_VERSION`.
        kind: A `DocumentKind`.
        issued_at: Server time of signing; under the signature.
        body: The encoded body, kept verbatim.
        signature: The manifest key's, over `issued_at` (8 bytes, big-endian) and `body`.
        certified: The manifest key's certificate.
    """

    v: int
    kind: str
    issued_at: Instant
    body: bytes
    signature: bytes
    certified: Certified


class DocumentSigner:
    """A manifest key with its certificate, ready to sign documents."""

    def __init__(self, key: SigningKey, certified: Certified) -> None:
        """Hold the private key and the root's certificate for it."""
        self._key = key
        self._since = _decode(certified.certificate, KeyCertificate).not_before
        self.certified = certified

    @property
    def public_key(self) -> bytes:
        """The public half of the key that signs."""
        return self._key.public_key

    def sign(self, kind: DocumentKind, body: msgspec.Struct, issued_at: Instant) -> SignedDocument:
        """Encode and sign a body, as of its certificate's beginning at the earliest.

        A clock that fell back behind that would have every reader refuse what it signs.
        """
        encoded, issued_at = pack(body), max(issued_at, self._since)
        message = issued_at.to_bytes(8, "big") + encoded
        signature = self._key.sign(_DOCUMENT_CONTEXT + kind.encode(), message)
        return SignedDocument(
            v=DOCUMENT_VERSION,
            kind=kind,
            issued_at=issued_at,
            body=encoded,
            signature=signature,
            certified=self.certified,
        )

    def sign_again(self, document: SignedDocument, issued_at: Instant) -> SignedDocument:
        """Sign what another key signed before, word for word."""
        issued_at = max(issued_at, self._since)
        message = issued_at.to_bytes(8, "big") + document.body
        signature = self._key.sign(_DOCUMENT_CONTEXT + document.kind.encode(), message)
        return msgspec.structs.replace(
            document, issued_at=issued_at, signature=signature, certified=self.certified
        )

    def has_signed(self, document: SignedDocument) -> bool:
        """Tell whether its key has signed a document: made again, a signature is the same.

        That takes a third of verifying it. Whoever sends forged ones learns nothing by how long
        it takes.
        """
        again = self.sign_again(document, document.issued_at)
        return hmac.compare_digest(again.signature, document.signature)


def certify(certificate: KeyCertificate, root: SigningKey) -> Certified:
    """Sign a certificate with the organization's root key."""
    encoded = pack(certificate)
    return Certified(encoded, root.sign(_CERTIFICATE_CONTEXT, encoded))


def encode_document(document: SignedDocument) -> bytes:
    """Encode a signed document for the wire or the disk."""
    return pack(document)


def decode_document(encoded: bytes) -> SignedDocument:
    """Decode a signed document; nothing is verified yet.

    Raises:
        Malformed: if the bytes are not one, are too many, or are of another version: the
            signature's context names the version, so no key has signed what another one says.
    """
    if len(encoded) > DOCUMENT_SIZE_MAX:
        raise Malformed("this signed document is too large")
    document = _decode(encoded, SignedDocument)
    if document.v != DOCUMENT_VERSION:
        raise Malformed(f"this signed document is of version {document.v}; update this program")
    if not 0 <= document.issued_at < _INSTANT_LIMIT:
        raise Malformed("this signed document names no possible time")
    return document


@lru_cache(maxsize=64)
def _check_certificate(root_public_key: bytes, signature: bytes, certificate: bytes) -> None:
    """Check who signed a certificate; each page of a feed comes with the same one.

    What raises is not kept, so that nobody fills the memory with certificates of their own.
    """
    if not is_valid(root_public_key, signature, _CERTIFICATE_CONTEXT, certificate):
        message = "this document was not signed for the organization that this device is paired to"
        raise BadSignature(message)


def open_certificate(
    certified: Certified, purpose: str, *, root_public_key: bytes, organization_id: OrganizationId
) -> KeyCertificate:
    """Verify a key's certificate by the pinned root key; its window is for the caller to judge.

    Raises:
        BadSignature: if the root has not signed it, for this purpose and organization.
        Malformed: if what was signed is not of its form.
    """
    root = follow_roots(root_public_key, certified.roots, organization_id)
    _check_certificate(root, certified.signature, certified.certificate)
    certificate = _decode(certified.certificate, KeyCertificate)
    if certificate.organization_id != organization_id or certificate.purpose != purpose:
        raise BadSignature(_MAY_NOT_SIGN)
    return certificate


def follow_roots(pinned: bytes, links: Iterable[Link], organization_id: OrganizationId) -> bytes:
    """Return the newest root that the pinned one leads to, each certified by the one before.

    What comes before the pinned root, or is not signed by the root reached so far, is passed over.
    """
    root = pinned
    for link in tuple(links)[:ROOTS_MAX]:
        try:
            _check_certificate(root, link.signature, link.certificate)
            certificate = _decode(link.certificate, KeyCertificate)
        except (BadSignature, Malformed):
            continue
        if (certificate.organization_id, certificate.purpose) == (organization_id, "root"):
            root = certificate.public_key
    return root


def name_key(public_key: bytes) -> bytes:
    """Return the fingerprint by which certificates name a key that is withdrawn."""
    return sha256(public_key)[:_NAME_SIZE]


def signer_of(document: SignedDocument) -> bytes:
    """Return the public key that a genuine document's certificate names."""
    return _decode(document.certified.certificate, KeyCertificate).public_key


def withdrawn_by(document: SignedDocument) -> frozenset[bytes]:
    """Return the fingerprints of keys that a genuine document's certificate withdraws."""
    return frozenset(_decode(document.certified.certificate, KeyCertificate).withdrawn)


def open_document(
    document: SignedDocument,
    kind: DocumentKind,
    body_type: type[T],
    *,
    root_public_key: bytes,
    organization_id: OrganizationId,
    withdrawn: Collection[bytes] = (),
    own: DocumentSigner | None = None,
) -> T:
    """Verify a document from the pinned root key down, then decode its body.

    The certificate's window is judged by the document's own signed time, never by the reader's
    clock, which may be wrong.

    Args:
        document: As it came.
        kind: The one expected.
        body_type: Of the kind's body.
        root_public_key: The pinned root.
        organization_id: The reader's.
        withdrawn: Fingerprints of keys that the reader has heard to be withdrawn.
        own: The reader's own signer, which has signed nearly all that it is shown.

    Raises:
        BadSignature: if any signature, purpose, organization, kind or window does not hold.
        Malformed: if what was signed is not of its form.
    """
    certificate = open_certificate(
        document.certified,
        "manifest",
        root_public_key=root_public_key,
        organization_id=organization_id,
    )
    late = certificate.not_after is not None and document.issued_at > certificate.not_after
    is_over = name_key(certificate.public_key) in withdrawn
    if document.issued_at < certificate.not_before or late or is_over:
        raise BadSignature(_MAY_NOT_SIGN)
    signed = document.issued_at.to_bytes(8, "big") + document.body
    context = _DOCUMENT_CONTEXT + kind.encode()
    key = certificate.public_key
    is_own = own is not None and own.public_key == key and own.has_signed(document)
    is_signed = is_own or is_valid(key, document.signature, context, signed)
    if document.kind != kind or not is_signed:
        message = f"the signature of this {kind} document does not verify: it was altered"
        raise BadSignature(message)
    return _decode(document.body, body_type)


def _decode(encoded: bytes, body_type: type[T]) -> T:
    return unpack(encoded, msgspec.msgpack.Decoder(body_type), f"a {body_type.__name__}")
