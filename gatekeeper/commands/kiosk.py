"""`gatekeeper kiosk`: the gate's window."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from command_line.exit_statuses import EXIT_DONE
from gatekeeper.commands.display import check_display
from gatekeeper.commands.lan_arguments import add_lan_options, lan_options
from gatekeeper.commands.own_folder import add_profile, own_data_folder
from gatekeeper.device.lan_link import AUTOMATIC
from gatekeeper.readers.lane_readers import tell_parts
from gatekeeper.readers.reader_from_text import READER_HELP, open_readers
from gatekeeper.readers.window_readers import WindowReaders
from gatekeeper.store.profile import OWN_FOLDER
from gatekeeper.supervisor.device_settings import TEXT_PERCENTS
from gatekeeper.turnstile.relay_from_text import RELAY_HELP, open_relay
from shared.kernel.errors import BadInput, GatekeeperError

if TYPE_CHECKING:
    from gatekeeper.this_machine import System

_DESCRIPTION: Final = """\
Opens the gate's window for the profile in DIR. If it is not paired yet, it asks for the one-time
code, a gate's or a till's; then it downloads what it needs, asks which gate it is, and waits for
tickets: from a scanner that types as a keyboard, a camera, an NFC reader or serial scanner named
with --reader, a picture, or the code under the QR typed by hand. A till's profile opens the till's
window; a device that may be either asks which one it is today.
"""
_EPILOG: Final = """\
example:
  gatekeeper kiosk
  gatekeeper kiosk --profile ~/gates/north
  gatekeeper kiosk --profile /var/lib/gatekeeper --full-screen --theme light --camera none
  gatekeeper kiosk --profile ~/gates/turnstile --full-screen --relay serial:/dev/ttyUSB0+cts
  gatekeeper kiosk --profile ~/gates/north --reader pcsc --reader serial:/dev/ttyACM0
  gatekeeper kiosk --profile ~/gates/north --lan 4810 --peer 192.0.2.8:4810

keys on the gate's screen: F3 enter a code, F4 open a picture, Ctrl+V paste a picture or a code,
L the last result, F11 full screen. Held: F9 yes, F10 no, F8 supervisor.

Exit status: 0 the window was closed, 2 wrong usage, 3 something failed.
"""
GATE: Final = "gate"
TILL: Final = "till"
_BOTH: Final = "both"
_THEMES: Final = ("dark", "light", "contrast")


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_profile(
        parser, "this device's folder; default: in your own data folder", is_required=False
    )
    parser.add_argument("--gate", metavar="NAME", help="be this gate")
    parser.add_argument("--direction", choices=("in", "out"), help="which way this lane is used")
    parser.add_argument("--full-screen", action="store_true", help="start in full screen")
    parser.add_argument("--theme", choices=_THEMES, help="default: as set last, else dark")
    parser.add_argument(
        "--panel-inches",
        metavar="N",
        type=float,
        help="the screen's measured diagonal, if text comes out too small or too large",
    )
    parser.add_argument(
        "--text-size",
        metavar="PERCENT",
        type=int,
        choices=TEXT_PERCENTS,
        help="the size of text; default: as a supervisor set it, else 100",
    )
    parser.add_argument(
        "--camera",
        metavar="WHICH",
        default="auto",
        help="auto (default), none, a number, or a stream's address",
    )
    parser.add_argument("--reader", metavar="SPEC", action="append", default=[], help=READER_HELP)
    parser.add_argument("--relay", metavar="SPEC", help=RELAY_HELP)
    parser.add_argument(
        "--pictures",
        metavar="FOLDER",
        type=Path,
        help="show only this folder's pictures on F4; default: this user's own pictures",
    )
    parser.add_argument(
        "--practice",
        action="store_true",
        help="admit only tickets that tills sell in practice mode",
    )
    add_lan_options(parser, default=AUTOMATIC)
    parser.add_argument(
        "--volume", metavar="PERCENT", type=int, help="0 is silent; default: as set, else 80"
    )


def run(args: argparse.Namespace) -> int:
    """Run the window until it is closed.

    Raises:
        BadInput: if a number is out of its range.
        EnvironmentFault: if there is nowhere to show a window.
    """
    if args.volume is not None and not 0 <= args.volume <= 100:
        raise BadInput("the volume is a percentage: 0 to 100")
    if args.panel_inches is not None and not 3 <= args.panel_inches <= 120:
        raise BadInput("a panel's diagonal is 3 to 120 inches")
    check_display("for a gate without a screen use gatekeeper lane")
    role = find_role(args)
    if not role:
        return EXIT_DONE
    if role == TILL:
        return _run_till(args)

    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.device.practice import make_practice
    from gatekeeper.device.profile_folder import ProfileFolder
    from gatekeeper.ui.gate.app import BECAME_TILL, run_kiosk
    from gatekeeper.ui.gate.kiosk import KioskOptions

    readers = open_readers(args.reader, machine_system().clock)
    window = WindowReaders(machine_system().clock)
    system = msgspec.structs.replace(
        machine_system(), read_readers=lambda: (*tell_parts(readers), *window.tell())
    )
    folder = _folder_of(args)
    if args.practice:
        folder, system = asyncio.run(make_practice(folder, system))
    backend = ProfileFolder(
        folder,
        system,
        gate=args.gate,
        direction=args.direction,
        lan=lan_options(args),
    )
    options = KioskOptions(
        theme=args.theme,
        volume_percent=args.volume,
        text_percent=args.text_size,
        is_locked=args.full_screen,
        panel_inches=args.panel_inches,
        camera=args.camera,
        relay=None if args.relay is None else open_relay(args.relay, system.clock),
        readers=readers,
        pictures=None if args.pictures is None else args.pictures.expanduser().absolute(),
    )
    status = run_kiosk(
        backend,
        system.clock,
        options,
        is_full_screen=args.full_screen,
        window_readers=window,
    )
    return _run_till(args) if status == BECAME_TILL else status


def pair_here(args: argparse.Namespace, folder: Path, system: System) -> int:
    """Show the gate's window on a till's folder that is no device yet: there it is paired.

    Returns:
        The exit status; `BECAME_TILL` once it is a till's. A code for a gate makes it a gate, and
        the window goes on as that one's.
    """
    from gatekeeper.device.profile_folder import ProfileFolder
    from gatekeeper.ui.gate.app import run_kiosk
    from gatekeeper.ui.gate.kiosk import KioskOptions

    options = KioskOptions(
        theme=args.theme,
        text_percent=args.text_size,
        is_locked=args.full_screen,
        panel_inches=args.panel_inches,
        camera="auto",
    )
    backend = ProfileFolder(folder, system)
    return run_kiosk(backend, system.clock, options, is_full_screen=args.full_screen)


def _folder_of(args: argparse.Namespace) -> Path:
    """Return this device's folder: the one that is named, else the user's own for it.

    Raises:
        EnvironmentFault: if none is named, and this user has none.
    """
    named: Path | None = args.profile
    return own_data_folder() / OWN_FOLDER if named is None else named.expanduser()


def find_role(args: argparse.Namespace) -> str:
    """Return what this device is: `gate`, `till`, or "" where that was asked and not answered.

    A folder that is no device yet is a gate's: there it is paired. What cannot be read is told by
    the gate's window, with what to do.
    """
    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.store.profile import load_profile

    folder = _folder_of(args)
    system = machine_system()
    try:
        role = load_profile(system.open_disk(folder)).role if folder.is_dir() else GATE
    except GatekeeperError:
        return GATE
    if role != _BOTH:
        return TILL if role == TILL else GATE

    from gatekeeper.device.profile_folder import ProfileFolder
    from gatekeeper.presenters.colors import THEMES
    from gatekeeper.ui.till.role_choice import ask_role

    theme = THEMES[args.theme or "dark"]
    language = ProfileFolder(folder, system).load_settings().language
    return ask_role(theme, args.panel_inches, language=language, is_full_screen=args.full_screen)


def _run_till(args: argparse.Namespace) -> int:
    """Open the till's window instead, as `gatekeeper till` does."""
    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.ui.till.app import TillLook, run_till

    return run_till(
        _folder_of(args),
        machine_system(),
        TillLook(
            args.theme or "light",
            args.panel_inches,
            args.text_size or 100,
            is_full_screen=args.full_screen,
        ),
    )
