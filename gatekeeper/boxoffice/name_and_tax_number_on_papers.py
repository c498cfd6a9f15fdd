"""Whose a till's papers are: the name, legal name, address and tax number at their head."""

from __future__ import annotations

import msgspec

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.profile import LIVE, Profile
from gatekeeper.wording.texts import Texts
from shared.kernel.languages import ENGLISH


class PaperIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """The organization and the till in whose name papers are printed.

    Attributes:
        organization: Its name, as it was at enrolment; what the plan says goes before it.
        address: Lines under it on receipts: street, town, tax number.
        till: The till's name.
        language: Of the sentence that stands in place of a signature.
        is_practice: The till rehearses.
    """

    organization: str
    till: str
    address: tuple[str, ...] = ()
    language: str = ENGLISH
    is_practice: bool = False


def issuer_of(profile: Profile, language: str = ENGLISH) -> PaperIssuer:
    """Return whose papers a profile's till prints."""
    return PaperIssuer(
        organization=profile.organization,
        till=profile.name or profile.device_id,
        language=language,
        is_practice=profile.kind != LIVE,
    )


def named(event: EventKnowledge | None, issuer: PaperIssuer) -> PaperIssuer:
    """Call the organization as the plan does: it may have another name since enrolment."""
    if event is None or not event.config.issuer.name:
        return issuer
    return msgspec.structs.replace(issuer, organization=event.config.issuer.name)


def taxed(event: EventKnowledge | None, issuer: PaperIssuer) -> PaperIssuer:
    """Return whose receipts and reports they are by law: legal name, address, tax number."""
    own = named(event, issuer)
    if event is None:
        return own
    said = event.config.issuer
    lines = [one.strip() for one in said.address.splitlines() if one.strip()]
    if said.tax_number:
        words = Texts(issuer.language).say("receipt.tax_number", number=said.tax_number)
        lines.append(words)
    return msgspec.structs.replace(
        own,
        organization=said.legal_name or own.organization,
        address=tuple(lines) or own.address,
    )
