"""The key by which what the desk asks for again, because no answer came, is done once."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from shared.kernel.ports import Entropy

_Meant = TypeVar("_Meant")
_KEY_SIZE: Final = 16


class RetryKey(Generic[_Meant]):
    """Draws the `Idempotency-Key` of a request, and keeps it as long as the same is meant.

    Args:
        entropy: Draws it.
    """

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._kept: tuple[_Meant, str] | None = None

    def of(self, meant: _Meant) -> str:
        """Return the key of what is meant: another one for something else than before."""
        if self._kept is None or self._kept[0] != meant:
            self._kept = meant, self._entropy.random_bytes(_KEY_SIZE).hex()
        return self._kept[1]

    def forget(self) -> None:
        """Let the same once more be asked for anew."""
        self._kept = None
