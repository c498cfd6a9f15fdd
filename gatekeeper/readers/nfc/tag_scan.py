"""What a reader tells of a tag: the port's values, as `RawScan` is for codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from shared.credential.tag_originality import Originality
from shared.kernel.instant import Duration


@dataclass(frozen=True, slots=True)
class TagChecks:
    """What was checked while the tag was there; what it means is for `presenting` to say."""

    originality: Originality = Originality.ABSENT


@dataclass(frozen=True, slots=True)
class TagScan:
    """One reading of a tag.

    Attributes:
        uid: As the reader saw it: 4, 7 or 10 bytes; drawn anew at each tap by some phones.
        product: The chip, such as `NTAG213`.
        credential: GK1's bytes, if the tag holds exactly one such record.
        text: The text or address of a tag that holds exactly one such record.
        checks: See `TagChecks`.
        source: The reader's name, as the device page shows it.
        at_monotonic: When it was complete, in µs of the machine's monotonic clock.

    A tag with neither credential nor text is blank, protected or holds something else.
    """

    uid: bytes
    product: str
    credential: bytes | None
    text: str | None
    checks: TagChecks
    source: str
    at_monotonic: Duration


@dataclass(frozen=True, slots=True)
class TagTorn:
    """A tag that left the field while it was being read: nothing is known of it.

    Told once for as long as the tag stays near the reader.
    """

    source: str
    at_monotonic: Duration


@dataclass(frozen=True, slots=True)
class SilentPhone:
    """A phone that is near a reader and gives no ticket by touch: it may show one to another.

    Told once for as long as it stays near the reader.
    """

    source: str
    at_monotonic: Duration


TagEvent: TypeAlias = TagScan | TagTorn | SilentPhone
