"""Signed documents: verified from the pinned root key down."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import BadInput, BadSignature, Malformed
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.manifest import signed_document
from shared.manifest.signed_document import (
    DocumentKind,
    SignedDocument,
    decode_document,
    encode_document,
    open_document,
)
from tests.factories.house import ORGANIZATION, ROOT, make_key, make_signer


class Note(msgspec.Struct, frozen=True, array_like=True):
    """A body to sign."""

    v: int
    text: str


NOTE = Note(1, "doors at eight")


def _open(document: SignedDocument, **changed: object) -> Note:
    trust = {"root_public_key": ROOT.public_key, "organization_id": ORGANIZATION} | changed
    return open_document(document, DocumentKind.MANIFEST, Note, **trust)  # type: ignore[arg-type]  # both are text or bytes as the key says


def test_document_opens_for_whoever_pinned_the_root() -> None:
    """What was signed comes out, also after the wire."""
    document = make_signer().sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    assert _open(decode_document(encode_document(document))) == NOTE


def test_own_document_is_made_again_and_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger is shown its own pages at every exchange."""
    signer = make_signer()
    document = signer.sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    assert _open(document) == NOTE  # its certificate is known from here on
    monkeypatch.setattr(signed_document, "is_valid", lambda *_given: False)
    assert _open(document, own=signer) == NOTE
    with pytest.raises(BadSignature, match="altered"):
        _open(document)


@pytest.mark.parametrize(
    "changed",
    [{"body": b"\x92\x01\xa3ten"}, {"issued_at": Instant(6)}, {"signature": bytes(64)}],
)
def test_altered_document_is_not_its_readers_own(changed: dict[str, object]) -> None:
    """Made again it would be another."""
    signer = make_signer()
    document = signer.sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    with pytest.raises(BadSignature, match="altered"):
        _open(msgspec.structs.replace(document, **changed), own=signer)


def test_document_of_another_kind_or_under_another_certificate_is_not_its_readers_own() -> None:
    """Nor does one of another key of the same root need the reader's own."""
    signer, other = make_signer(), make_signer(key=make_key(77))
    with pytest.raises(BadSignature, match="altered"):
        _open(signer.sign(DocumentKind.FEED, NOTE, Instant(5)), own=signer)
    document = signer.sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    assert _open(document, own=other) == NOTE
    with pytest.raises(BadSignature, match="altered"):
        _open(msgspec.structs.replace(document, certified=other.certified), own=signer)


def test_document_of_another_root_is_refused() -> None:
    """A server with other keys cannot speak for the organization."""
    document = make_signer(root=make_key(99)).sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    with pytest.raises(BadSignature, match="paired to"):
        _open(document)


def test_document_of_another_organization_is_refused() -> None:
    """A certificate names whose documents its key may sign."""
    document = make_signer(organization_id=OrganizationId("og_other")).sign(
        DocumentKind.MANIFEST, NOTE, Instant(5)
    )
    with pytest.raises(BadSignature, match="may not"):
        _open(document)


@pytest.mark.parametrize(("not_before", "not_after"), [(6, None), (0, 4)])
def test_document_signed_outside_the_certificates_window_is_refused(
    not_before: Instant, not_after: Instant | None
) -> None:
    """A retired or future key signs nothing, whatever its holder's program does."""
    signed = make_signer().sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    certified = make_signer(not_before=not_before, not_after=not_after).certified
    with pytest.raises(BadSignature, match="may not"):
        _open(msgspec.structs.replace(signed, certified=certified))


def test_signer_whose_clock_stands_before_its_certificate_signs_as_of_its_beginning() -> None:
    """The server's clock fell back: what it signs must be believed, or gates decide alone."""
    signer = make_signer(not_before=Instant(6))
    document = signer.sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    for signed in (document, signer.sign_again(document, Instant(4))):
        assert signed.issued_at == 6
        assert _open(signed) == NOTE


def test_document_of_a_key_with_another_purpose_is_refused() -> None:
    """Each key has one purpose."""
    with pytest.raises(BadSignature, match="may not"):
        _open(make_signer(purpose="ticket").sign(DocumentKind.MANIFEST, NOTE, Instant(5)))


def test_document_of_another_kind_is_refused_even_when_relabelled() -> None:
    """A feed page never passes for a manifest."""
    document = make_signer().sign(DocumentKind.FEED, NOTE, Instant(5))
    for posed in (document, msgspec.structs.replace(document, kind=DocumentKind.MANIFEST)):
        with pytest.raises(BadSignature, match="altered"):
            _open(posed)


def test_document_with_another_signing_time_is_refused() -> None:
    """The time of signing is under the signature."""
    document = make_signer().sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    with pytest.raises(BadSignature):
        _open(msgspec.structs.replace(document, issued_at=6))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_document_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    """Every single-byte change is refused, calmly."""
    encoded = bytearray(
        encode_document(make_signer().sign(DocumentKind.MANIFEST, NOTE, Instant(5)))
    )
    place %= len(encoded)
    encoded[place] ^= change
    with pytest.raises(BadInput):
        _open(decode_document(bytes(encoded)))


@given(st.binary(max_size=300))
def test_document_decoding_survives_garbage(garbage: bytes) -> None:
    """Garbage is malformed, never another error."""
    with pytest.raises(Malformed):
        decode_document(garbage)


@pytest.mark.parametrize("version", [0, 2, 5, 109])
def test_document_of_another_version_is_malformed(version: int) -> None:
    """Nobody has signed a version but the context's own; on its way anybody may write another."""
    document = make_signer().sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    relabelled = msgspec.structs.replace(document, v=version)
    with pytest.raises(Malformed, match="update this program"):
        decode_document(encode_document(relabelled))


def test_document_of_an_impossible_time_is_malformed() -> None:
    """A time before the epoch or beyond 64 bits cannot even be checked."""
    document = make_signer().sign(DocumentKind.MANIFEST, NOTE, Instant(5))
    for issued_at in (-1, 2**63):
        posed = msgspec.structs.replace(document, issued_at=issued_at)
        with pytest.raises(Malformed, match="time"):
            decode_document(encode_document(posed))


def test_document_body_of_another_form_is_malformed() -> None:
    """A body that is signed but not of its form says so."""

    class Other(msgspec.Struct, array_like=True):
        number: int

    document = make_signer().sign(DocumentKind.MANIFEST, Other(3), Instant(5))
    with pytest.raises(Malformed, match="Note"):
        _open(document)
