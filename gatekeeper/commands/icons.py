"""`gatekeeper icons`: both programs among the user's own, opened without a terminal."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Final

import msgspec

from command_line.exit_statuses import EXIT_DONE
from gatekeeper.commands.own_folder import own_data_folder
from gatekeeper.wording.resource_files import resource_folder
from gatekeeper.wording.texts import Texts
from shared.kernel.errors import EnvironmentFault
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES
from shared.kernel.os_errors import words_of_system

_DESCRIPTION: Final = """\
Adds two icons to this user's applications: the organizer's desk, and the window of a gate or a
till. After that nobody who uses this machine needs a terminal. Run it again to rewrite them, for
instance after the program was moved.
"""
_EPILOG: Final = """\
example:
  gatekeeper icons
  gatekeeper icons --remove
"""
_PLAIN: Final = frozenset("%+-./:=@_,")


class Icon(msgspec.Struct, frozen=True):
    """An entry among the applications.

    Attributes:
        name: Of its file, and what its texts are looked up by.
        verb: What it opens.
    """

    name: str
    verb: str


ICONS: Final = (Icon("desk", "organizer"), Icon("gate", "kiosk"))


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("--remove", action="store_true", help="remove them")


def run(args: argparse.Namespace) -> int:
    """Write the entries, or remove them.

    Raises:
        EnvironmentFault: if this system has other ways, or the folder cannot be written to.
    """
    if sys.platform in ("win32", "darwin"):
        message = "on this system make shortcuts to gatekeeper organizer and gatekeeper kiosk"
        raise EnvironmentFault(message)
    base = own_data_folder()
    applications = base / "applications"
    pictures = base / "icons" / "hicolor" / "scalable" / "apps"
    program = find_program()
    try:
        for icon in ICONS:
            entry = applications / f"gatekeeper-{icon.name}.desktop"
            picture = pictures / f"gatekeeper-{icon.name}.svg"
            if args.remove:
                entry.unlink(missing_ok=True)
                picture.unlink(missing_ok=True)
                continue
            pictures.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(resource_folder() / "icons" / picture.name, picture)
            applications.mkdir(parents=True, exist_ok=True)
            entry.write_text(describe_icon(icon, program, picture), encoding="utf-8")
            entry.chmod(0o755)
            print(entry)
    except OSError as fault:
        raise EnvironmentFault(f"the icons cannot be saved: {words_of_system(fault)}") from fault
    return EXIT_DONE


def find_program() -> Path:
    """Return the command that an icon opens: the one of this installation.

    Raises:
        EnvironmentFault: if this installation has none.
    """
    program = Path(sys.executable).parent / "gatekeeper"
    if not program.is_file():
        raise EnvironmentFault(f"{program} is missing; install Gatekeeper again")
    return program


def describe_icon(icon: Icon, program: Path, picture: Path) -> str:
    """Return the text of an icon's file, by the Desktop Entry Specification 1.5.

    Args:
        icon: Which.
        program: What it opens, whole.
        picture: How it looks.
    """
    lines = ["[Desktop Entry]", "Type=Application", "Version=1.5", "Terminal=false"]
    for key, part in (("Name", "name"), ("Comment", "comment")):
        for language in LANGUAGE_NAMES:
            text = Texts(language).say(f"icon.{icon.name}.{part}")
            place = key if language == ENGLISH else f"{key}[{language}]"
            lines.append(f"{place}={text}")
    lines += [
        f"Exec={quote_argument(str(program))} {icon.verb}",
        f"Icon={_escape(_check(str(picture)))}",
        "Categories=Office;",
    ]
    return "\n".join(lines) + "\n"


def quote_argument(argument: str) -> str:
    """Quote an argument of `Exec`: by its own rules first, then by those of any string.

    Raises:
        EnvironmentFault: if it cannot be said there: a line break.
    """
    doubled = _check(argument).replace("%", "%%")
    if all(letter.isalnum() or letter in _PLAIN for letter in doubled):
        return doubled
    quoted = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in doubled)
    return _escape(f'"{quoted}"')


def _check(path: str) -> str:
    """Return a path that can be said in one line.

    Raises:
        EnvironmentFault: if it cannot.
    """
    if not path.isprintable():
        raise EnvironmentFault(f"an icon cannot open a program in {path!r}; move the program")
    return path


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\")
