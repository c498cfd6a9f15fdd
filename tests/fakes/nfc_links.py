"""A fake tag with no reader in between: the shortest way to test what is said to a tag."""

from __future__ import annotations

from gatekeeper.readers.nfc.ports import Technology
from gatekeeper.readers.nfc.tag_faults import TagSilent
from tests.fakes.nfc_tags import FakeTag, FakeType4Tag


class MemoryLink:
    """Fulfils `gatekeeper.readers.nfc.ports.TagLink` over a fake tag.

    Attributes:
        revivals: How often the tag had to be activated anew.
    """

    def __init__(self, tag: FakeTag, technology: Technology | None = None) -> None:
        self._tag = tag
        self.uid = tag.uid
        is_type_4 = isinstance(tag, FakeType4Tag)
        self.technology = technology or (Technology.TYPE_4 if is_type_4 else Technology.TYPE_2)
        self.revivals = 0
        tag.reset()

    def exchange(self, command: bytes) -> bytes:
        """Send a type 2 command, or an APDU."""
        if isinstance(self._tag, FakeType4Tag):
            answer = self._tag.apdu(command) if self._alive() else None
        else:
            answer = self._tag.process(command)
        if answer is None:
            raise TagSilent("no answer")
        return answer

    def revive(self) -> bool:
        """Activate it anew."""
        self.revivals += 1
        self._tag.reset()
        return self._tag.present

    def _alive(self) -> bool:
        tag = self._tag
        if tag.torn_after is not None:
            tag.torn_after -= 1
            tag.present = tag.present and tag.torn_after >= 0
        return tag.present
