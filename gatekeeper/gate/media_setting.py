"""What this device takes as a medium: `media.json` in its profile, where an organizer set one up.

Source:
    docs/specs/media.md, section 10
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.readers.nfc.tag_presenting import (
    MediaRule,
    OriginalityRule,
    SunCounters,
    SunRule,
)
from gatekeeper.store.disk import Disk
from shared.credential.sun_tap_message import SunKeys
from shared.kernel.errors import BadInput
from shared.kernel.undecodable import UNDECODABLE

MEDIA_NAME: Final = "media.json"
_KEY_SIZE: Final = 16
_SYSTEM_SIZE_MAX: Final = 24


class SunSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of one make of NTAG 424 DNA tags, in hex; see `SunKeys`."""

    file_key: str
    meta_key: str | None = None
    system: str | None = None


class MediaSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file's content; see `MediaRule`."""

    originality: OriginalityRule = OriginalityRule.NOT_FORGED
    points_by_uid: bool = False
    sun: SunSetting | None = None


def load_media_rule(disk: Disk, counters: SunCounters) -> MediaRule:
    """Read the profile's rule; the default where it has none.

    Raises:
        BadInput: if the file cannot be understood; a gate never guesses what it may admit.
        StoreFault: if it cannot be read.
    """
    content = disk.read(MEDIA_NAME)
    if content is None:
        return MediaRule()
    try:
        setting = msgspec.json.decode(content, type=MediaSetting)
    except UNDECODABLE as fault:
        raise BadInput(f"{MEDIA_NAME} cannot be understood ({fault})") from None
    sun = None if setting.sun is None else SunRule(_keys(setting.sun), counters)
    return MediaRule(setting.originality, setting.points_by_uid, sun)


def _keys(setting: SunSetting) -> SunKeys:
    meta, system = setting.meta_key, setting.system
    return SunKeys(
        _bytes("file_key", setting.file_key, _KEY_SIZE, _KEY_SIZE),
        None if meta is None else _bytes("meta_key", meta, _KEY_SIZE, _KEY_SIZE),
        None if system is None else _bytes("system", system, 1, _SYSTEM_SIZE_MAX),
    )


def _bytes(name: str, digits: str, least: int, most: int) -> bytes:
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        found = b""
    if not least <= len(found) <= most:
        size = str(most) if least == most else f"{least} to {most}"
        # The value is a secret and is not repeated.
        raise BadInput(f"{MEDIA_NAME}: {name} must be {size} bytes in hex")
    return found
