"""Somebody between the gates and the server who rewrites what the server answers.

They hold no key: they can read, drop and alter what travels, and prove nothing of it. A claim's
refusal becomes an admission, and an exchange's marks acknowledge entries that were never sent.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.wire.claim import ClaimAnswer
from shared.wire.exchange import ExchangeResponse
from simulator.kernel.dice import Dice
from simulator.kernel.network import Request, Response

CLAIMS: Final = "/sync/v1/claims"
EXCHANGE: Final = "/sync/v1/exchange"
OK: Final = 200
AHEAD: Final = 5
"""So many entries more than it holds the server is made to say that it has."""

_CLAIM: Final = msgspec.json.Decoder(ClaimAnswer)
_EXCHANGED: Final = msgspec.msgpack.Decoder(ExchangeResponse)


class InBetween:
    """Alters a share of the answers."""

    def __init__(self, dice: Dice, share: float) -> None:
        self._dice, self._share = dice, share

    def alter(self, request: Request, response: Response) -> Response:
        """Give what arrives instead of an answer."""
        is_of_use = response.status // 100 * 100 == OK and request.path in {CLAIMS, EXCHANGE}
        if not is_of_use or not self._dice.chance(self._share):
            return response
        change = _admit if request.path == CLAIMS else _acknowledge
        return msgspec.structs.replace(response, body=change(response.body))


def _admit(body: bytes) -> bytes:
    answer = _CLAIM.decode(body)
    if answer.verdict == "admit":
        return body
    return msgspec.json.encode(msgspec.structs.replace(answer, verdict="admit", reason="ok"))


def _acknowledge(body: bytes) -> bytes:
    told = _EXCHANGED.decode(body)
    marks = tuple(msgspec.structs.replace(one, dseq=one.dseq + AHEAD) for one in told.marks)
    return msgspec.msgpack.encode(msgspec.structs.replace(told, marks=marks))
