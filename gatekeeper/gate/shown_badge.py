"""The badge of the supervisor at work: it signs what they do, and is forgotten when they lock."""

from __future__ import annotations

from shared.kernel.ed25519 import SigningKey
from shared.manifest.badge_words import BadgeWord, badge_key, sign_word


class ShownBadge:
    """The key of the badge that was scanned last, in memory only.

    Args:
        organization_id: Whose badges count.
    """

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._shown: tuple[str, SigningKey] | None = None

    def take(self, person: str, code: str) -> None:
        """Remember what a badge can sign, until `forget`.

        Args:
            person: The supervisor whose badge it is.
            code: As scanned.
        """
        self._shown = person, badge_key(code, self._organization_id)

    def forget(self) -> None:
        """Let nobody sign any more."""
        self._shown = None

    def sign(self, word: BadgeWord) -> bytes:
        """Sign a word of the supervisor's; empty where another's badge was shown, or none."""
        if self._shown is None or self._shown[0] != word.person:
            return b""
        return sign_word(self._shown[1], word)
