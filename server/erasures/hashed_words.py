"""How the list of erasures names somebody: keyed hashes of what two spellings agree in.

Nobody is named by them to whom the vault's secret is closed, and nobody tries names.
"""

from __future__ import annotations

import hashlib
from typing import Final

from shared.kernel.email_address import email_key
from shared.kernel.id_types import OrganizationId
from shared.manifest.name_folding import fold_name

PURPOSE: Final = b"erased persons"
"""Of the vault, which derives the hashes' key: without its secret nobody tries names."""
_PHONE_DIGITS: Final = 8
_HASH_SIZE: Final = 16


def plain_phone(phone: str) -> str:
    """Return the digits by which two spellings of a number agree; "" for too few.

    With and without the country's code they agree on the last ones.
    """
    digits = "".join(one for one in phone if one.isdecimal())
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else digits


def hash_word(key: bytes, organization_id: OrganizationId, kind: str, plain: str) -> str:
    """Return what stands for a name, e-mail or phone in the list.

    Args:
        key: Of the vault, for `PURPOSE`.
        organization_id: Whose list: the same person has another hash in another's.
        kind: `name`, `email` or `phone`.
        plain: As two spellings of it agree: `fold_name`, `email_key`, `plain_phone`.
    """
    said = f"{organization_id}\0{kind}\0{plain}".encode()
    return kind[0] + hashlib.blake2b(said, key=key, digest_size=_HASH_SIZE).hexdigest()


def hash_words(
    key: bytes,
    organization_id: OrganizationId,
    *,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> list[str]:
    """Return the hashes of all that is given."""
    given = (
        ("name", fold_name(name or "")),
        ("email", email_key(email or "")),
        ("phone", plain_phone(phone or "")),
    )
    return [hash_word(key, organization_id, kind, plain) for kind, plain in given if plain]
