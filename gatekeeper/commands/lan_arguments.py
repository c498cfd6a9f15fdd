"""The options of the venue's network, the same for every verb that opens a gate."""

from __future__ import annotations

import argparse

from gatekeeper.device.lan_link import AUTOMATIC, LanOptions, read_lan_options
from shared.kernel.errors import BadInput
from shared.lan.lan_timeouts_and_limits import LAN_BUDGET_MS


def add_lan_options(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    """Describe them; `default` is what holds where neither `--lan` nor `--no-lan` is given."""
    parser.add_argument(
        "--lan",
        metavar="[HOST:]PORT",
        default=default,
        help="ask the venue's other gates while the server is away; listen here, 0: any port,"
        f" {AUTOMATIC}: any port, if the event has several gates"
        f" (default: {default or 'do not'})",
    )
    parser.add_argument(
        "--no-lan", dest="lan", action="store_const", const=None, help="do not talk to other gates"
    )
    parser.add_argument(
        "--peer",
        metavar="HOST:PORT",
        action="append",
        default=[],
        help="with --lan: where another gate may be (numeric; may be given several times)",
    )
    parser.add_argument(
        "--lan-wait",
        metavar="MS",
        type=int,
        default=LAN_BUDGET_MS,
        help="with --lan: how long a scan waits for other gates to answer (default: %(default)s)",
    )
    parser.add_argument(
        "--mdns",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="with --lan: announce this gate on the network, and look for others there",
    )


def lan_options(args: argparse.Namespace) -> LanOptions | None:
    """Read them; None to keep to this gate alone.

    Raises:
        BadInput: if one is no address, or out of its range, or names a peer of a gate alone.
    """
    if args.lan is None:
        if args.peer:
            message = "--peer is for a gate that takes part in the LAN: give --lan auto as well"
            raise BadInput(message)
        return None
    return read_lan_options(args.lan, args.peer, args.lan_wait, uses_mdns=args.mdns)
