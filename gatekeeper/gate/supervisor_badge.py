"""The badge of the supervisor at work: it opens the PIN's hash and signs what they do.

It is forgotten when they lock.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.credential.badges_and_pins import hash_badge
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import OrganizationId
from shared.manifest.badge_signatures import BadgeWord, badge_key, sign_word
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.pin_seal import open_pin
from shared.manifest.sealed_names_for_search import badge_seed


class ShownBadge:
    """The key of the badge that was scanned last, in memory only.

    Args:
        organization_id: Whose badges count.
    """

    def __init__(self, organization_id: OrganizationId) -> None:
        self._organization_id = organization_id
        self._shown: tuple[str, SigningKey] | None = None
        self._seed = b""
        self._hash: str | None = None

    def take(self, person: str, code: str) -> None:
        """Remember what a badge can open and sign, until `forget`.

        Args:
            person: The supervisor whose badge it is.
            code: As scanned.
        """
        self._shown = person, badge_key(code, self._organization_id)
        self._seed = badge_seed(code, self._organization_id)
        self._hash = hash_badge(code, self._organization_id)

    def forget(self) -> None:
        """Let nobody unlock or sign any more."""
        self._shown = self._hash = None
        self._seed = b""

    @property
    def is_shown(self) -> bool:
        """Whether somebody's is known."""
        return self._shown is not None

    def open_pin(self, one: SupervisorConfig) -> str:
        """Return the hash of a supervisor's PIN; empty if not their badge was shown."""
        is_theirs = self._shown is not None and self._shown[0] == one.id
        return open_pin(one, self._seed if is_theirs else b"")

    def is_good(self, supervisors: Iterable[SupervisorConfig]) -> bool:
        """Tell whether the badge that was shown is still somebody's: not lost, nor copied."""
        return self._hash in {one.badge_hash for one in supervisors}

    def sign(self, word: BadgeWord) -> bytes:
        """Sign a word of the supervisor's; empty where another's badge was shown, or none."""
        if self._shown is None or self._shown[0] != word.person:
            return b""
        return sign_word(self._shown[1], word)
