"""`gatekeeper icons`: the desk and the gate are opened from the applications, by no terminal."""

from __future__ import annotations

import argparse
import shlex
from configparser import RawConfigParser
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_line.exit_statuses import EXIT_BROKEN, EXIT_DONE, EXIT_WRONG_USE
from gatekeeper import cli
from gatekeeper.commands import kiosk
from gatekeeper.commands.icons import ICONS, describe_icon, find_program, quote_argument
from gatekeeper.commands.own_folder import own_data_folder
from gatekeeper.store.profile import OWN_FOLDER
from gatekeeper.sync.enrolment import default_name
from shared.kernel.errors import EnvironmentFault
from shared.kernel.languages import LANGUAGE_NAMES

PRINTABLE = st.characters(codec="utf-8").filter(str.isprintable)


@pytest.fixture
def applications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the user a data folder of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "applications"


def read_entry(file: Path) -> dict[str, str]:
    """Return what an icon's file says."""
    parser = RawConfigParser(delimiters=("=",), interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys as they are written
    parser.read_string(file.read_text(encoding="utf-8"))
    return dict(parser["Desktop Entry"])


def test_both_icons_open_this_installation_and_are_named_in_every_language(
    applications: Path,
) -> None:
    """Each opens its verb by the program that wrote it; its picture is there."""
    assert cli.main(["icons"]) == EXIT_DONE
    assert cli.main(["icons"]) == EXIT_DONE, "again, after a move, changes what is there"
    for name, verb in (("desk", "organizer"), ("gate", "kiosk")):
        entry = read_entry(applications / f"gatekeeper-{name}.desktop")
        assert shlex.split(entry["Exec"]) == [str(find_program()), verb]
        assert Path(entry["Icon"]).read_text(encoding="utf-8").startswith("<svg")
        assert entry["Terminal"] == "false"
        for language in set(LANGUAGE_NAMES) - {"en"}:
            assert entry[f"Name[{language}]"] != entry["Name"]
            assert entry[f"Comment[{language}]"] != entry["Comment"]


def test_icons_that_are_removed_leave_nothing_behind(applications: Path) -> None:
    """Neither entries nor pictures stay; removing what is not there is no fault."""
    assert cli.main(["icons"]) == EXIT_DONE
    assert cli.main(["icons", "--remove"]) == EXIT_DONE
    assert cli.main(["icons", "--remove"]) == EXIT_DONE
    assert not [file for file in applications.parent.rglob("*") if file.is_file()]


def test_folder_that_cannot_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where the data folder should be is told with its name."""
    taken = tmp_path / "taken"
    taken.write_bytes(b"")
    monkeypatch.setenv("XDG_DATA_HOME", str(taken))
    assert cli.main(["icons"]) not in {EXIT_DONE, EXIT_WRONG_USE}
    assert str(taken) in capsys.readouterr().err


@given(st.text(PRINTABLE, min_size=1))
def test_program_is_opened_wherever_it_lies(path: str) -> None:
    """What is quoted means the path itself, by the rules of strings and of arguments."""
    said = quote_argument(path).replace("\\\\", "\\").replace("%%", "%")
    assert unescaped(said) == path


def unescaped(said: str) -> str:
    """Read one argument as a desktop does: within quotes a backslash guards the next letter."""
    if not said.startswith('"'):
        return said
    letters, guarded = [], False
    for letter in said[1:-1]:
        if letter == "\\" and not guarded:
            guarded = True
            continue
        letters.append(letter)
        guarded = False
    return "".join(letters)


def test_path_with_a_line_break_is_refused() -> None:
    """It could add lines of its own to the icon's file."""
    with pytest.raises(EnvironmentFault, match="move the program"):
        quote_argument("/tmp/a\nExec=rm")
    with pytest.raises(EnvironmentFault, match="move the program"):
        describe_icon(ICONS[0], Path("/opt/gatekeeper"), Path("/tmp/a\nExec=rm"))


def test_a_relative_data_folder_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An icon is opened from anywhere; the gate behind it is always the same one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for named in ("rel/x", ".", ""):
        monkeypatch.setenv("XDG_DATA_HOME", named)
        assert own_data_folder() == tmp_path / ".local" / "share"


def test_who_has_no_home_may_name_a_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An account of a service may have none; no verb breaks by that, and words say what to do."""

    def nobody(_uid: int) -> NoReturn:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    parser = argparse.ArgumentParser()
    kiosk.describe(parser)
    folder = Path("/var/lib/gatekeeper")
    assert parser.parse_args(["--profile", str(folder)]).profile == folder
    assert cli.main(["icons"]) == EXIT_BROKEN
    assert "set HOME" in capsys.readouterr().err


def test_device_in_the_usual_folder_is_named_after_its_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three gates that nobody named are told apart on the board."""
    monkeypatch.setattr("platform.node", lambda: "north-tablet")
    assert default_name(tmp_path / OWN_FOLDER) == "north-tablet"
    assert default_name(tmp_path / "stairs") == "stairs"
