"""`gatekeeper` on a machine whose clock, battery, reader or line is not as it should be.

`python -m tests.factories.odd_machine [--clock SECONDS] [--battery PERCENT] [--reader STATE]
[--thin] [--no-push] -- VERB …` is the program itself; only what it reads of the machine is
another's.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import importlib
import sys
from typing import Any, Final

import msgspec
from websockets.exceptions import InvalidMessage

from command_line.clock_and_randomness import SystemClock
from gatekeeper import cli
from gatekeeper.device import composition_root, opened_gate
from gatekeeper.sync import device_round_trip, push_channel_and_lost_server
from gatekeeper.sync.device_round_trip import RoundResult
from gatekeeper.sync.engine import SyncEngine
from gatekeeper.this_machine import System
from shared.kernel.instant import SECOND, Instant
from shared.wire.device_report import PartReport
from shared.wire.exchange import ExchangeRequest

THIN_ITEMS: Final = 20
THIN_ROUND_S: Final = 1.0
"""A thin line carries so many changes of the feed at a time, and each exchange takes so long."""


class OddClock(SystemClock):
    """The machine's clock, set wrong.

    Args:
        seconds: By how much.
    """

    def __init__(self, seconds: int) -> None:
        self._off = seconds * SECOND

    def wall(self) -> Instant:
        """Return the wrong time."""
        return Instant(super().wall() + self._off)


class ThinLine(SyncEngine):
    """Syncs over a line that carries little, slowly; whoever waits for much stays behind."""

    async def _round(self) -> RoundResult:
        await asyncio.sleep(THIN_ROUND_S)
        return await super()._round()


async def refuse_channel(*_words: object, **_more: object) -> None:
    """Refuse, as a proxy does that lets no WebSockets through."""
    raise InvalidMessage("405")


def main() -> int:
    """Run the program on the odd machine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clock", type=int, default=0)
    parser.add_argument("--battery", type=int)
    parser.add_argument("--reader")
    parser.add_argument("--thin", action="store_true")
    parser.add_argument("--no-push", action="store_true")
    parser.add_argument("words", nargs="+")
    args = parser.parse_args()
    system = composition_root.machine_system()
    changed: dict[str, Any] = {"clock": OddClock(args.clock)}
    if args.battery is not None:
        changed["read_battery"] = lambda: args.battery
    if args.thin:
        few = functools.partial(ExchangeRequest, page_items_max=THIN_ITEMS)
        vars(device_round_trip)["ExchangeRequest"] = few
        vars(opened_gate)["SyncEngine"] = ThinLine
    if args.no_push:
        vars(push_channel_and_lost_server)["ListeningWebSocket"] = refuse_channel
    odd: System = msgspec.structs.replace(system, **changed)
    verb = importlib.import_module(f"gatekeeper.commands.{args.words[0]}")
    vars(verb)["machine_system"] = lambda: odd
    if args.reader is not None:
        vars(verb)["tell_parts"] = lambda _: (PartReport("scanner", args.reader),)
    return cli.main(args.words)


if __name__ == "__main__":
    sys.exit(main())
