"""The server's signed word on its time: `GET /sync/v1/time`, which a device asks with a nonce."""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Instant


class TimeStatement(msgspec.Struct, frozen=True, array_like=True):
    """The server's signed word on the time, answering a nonce of the device's."""

    v: int
    nonce: bytes
    server_time: Instant
