"""The `gatekeeper` command: it starts at once, and every ending has its exit status."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from command_line.exit_statuses import TRACEBACK_VARIABLE
from command_line.json_lines import encode_line
from gatekeeper import cli
from server.cli import main as server_main
from shared.kernel.errors import (
    BadSignature,
    GatekeeperError,
    Malformed,
    Rejected,
    ServerFault,
    StoreFault,
)

ROOT = Path(__file__).resolve().parents[3]
PUBLIC_VERBS = [
    "demo", "decode", "inspect", "lane",
    "paper", "enrol", "sync", "tag", "print", "terminal", "till",
    "journal", "decide", "kiosk", "organizer", "icons",
]  # fmt: skip
HEAVY = {
    "PySide6", "apsw", "cryptography", "cv2", "httpx", "litestar", "msgspec", "nacl", "numpy",
    "PIL", "sqlalchemy", "zxingcpp",
}  # fmt: skip

Act = Callable[[argparse.Namespace], int]


@pytest.fixture
def verb_that(monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    """Put a verb in the place of `inspect` whose run does as the test says."""

    def install(act: Act) -> None:
        module = types.ModuleType("gatekeeper.commands.inspect")
        module.__spec__ = importlib.util.find_spec("gatekeeper.commands.inspect")

        def describe(_parser: argparse.ArgumentParser) -> None:
            """Take no arguments."""

        module.describe = describe  # type: ignore[attr-defined] # a module takes any name
        module.run = act  # type: ignore[attr-defined] # the same
        monkeypatch.setitem(sys.modules, "gatekeeper.commands.inspect", module)

    return install


def raising(error: BaseException) -> Act:
    def act(_args: argparse.Namespace) -> int:
        raise error

    return act


def start(
    *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gatekeeper", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=env,
    )


def test_the_verbs_are_those_of_the_contract() -> None:
    """All of them, each with one line; what somebody opens who reads no further stands first."""
    assert sorted(cli.VERBS) == sorted(PUBLIC_VERBS)
    assert list(cli.VERBS)[:3] == ["organizer", "kiosk", "till"]
    assert all(line and "\n" not in line for line in cli.VERBS.values())


def test_help_lists_every_verb_and_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, on standard output, with the meaning of the exit status."""
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr()
    assert "example:" in said.out
    assert "Exit status" in said.out
    assert "inspect   say what a code is" in said.out
    assert said.err == ""


def test_help_is_not_held_up_by_a_missing_verb(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verb whose module is not there is not offered, and the others go on."""
    monkeypatch.setitem(cli.VERBS, "teleport", "not yet")
    assert cli.main(["--help"]) == 0
    assert "teleport" not in capsys.readouterr().out
    assert cli.main(["teleport"]) == 2
    assert "invalid choice: 'teleport'" in capsys.readouterr().err
    assert cli.main(["inspect", "x"]) == 1


@pytest.mark.parametrize(
    ("arguments", "meant"), [(["lnae"], "lane"), (["journal", "verfy"], "verify")]
)
def test_who_misspells_a_verb_is_told_the_one_that_is_meant(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instead of the list of all of them."""
    assert cli.main(arguments) == 2
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["inspect"], ["--nonsense"]])
def test_wrong_use_is_2_and_names_what_is_wrong(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage on standard error, nothing on standard output."""
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: gatekeeper" in said.err


def test_who_names_no_verb_is_shown_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    """Who has just installed it knows none, and is shown the one to begin with."""
    assert cli.main([]) == 2
    assert "  gatekeeper organizer\n" in capsys.readouterr().err


def test_wrong_use_of_a_verb_is_said_beside_that_verbs_own_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option that it does not know, and a file where its device's folder belongs."""
    assert cli.main(["inspect", "x", "--keys", "y"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("usage: gatekeeper inspect ")
    assert said.endswith("gatekeeper inspect: error: unrecognized arguments: --keys y\n")
    file = tmp_path / "notes.txt"
    file.touch()
    assert cli.main(["sync", "--profile", str(file)]) == 2
    assert f"{file} is a file; name the device's folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        (cli.main, ["inspect", "x", "--key", "y"]),
        (server_main, ["init", "--data", "y"]),
        (server_main, ["keys", "list", "--data", "y"]),
    ],
)
def test_the_beginning_of_an_option_is_no_option(
    program: Callable[[list[str]], int],
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--data` once named a folder to who meant `--database`, and `--ye` was a yes."""
    assert program(arguments) == 2
    said = capsys.readouterr().err
    assert said.endswith(f"error: unrecognized arguments: {' '.join(arguments[-2:])}\n")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As installed, and calmly where it is not."""
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("gatekeeper ")


def test_the_version_of_a_bare_checkout_is_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from a folder, without an installation."""

    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == "gatekeeper (not installed)\n"


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_a_verb_decides_its_own_status(status: int, verb_that: Callable[[Act], None]) -> None:
    """What it returns is what the shell sees."""
    verb_that(lambda _args: status)
    assert cli.main(["inspect"]) == status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("the code is cut off"), 2),
        (BadSignature("the manifest is not ours"), 2),
        (Rejected("no such event", problem="not-found", status=404), 1),
        (ServerFault("the server does not answer"), 3),
        (StoreFault("the disk is full"), 3),
        (GatekeeperError("something of ours"), 3),
    ],
)
def test_an_error_that_escapes_is_one_sentence(
    error: Exception,
    status: int,
    verb_that: Callable[[Act], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard error, in one line, without a traceback."""
    verb_that(raising(error))
    assert cli.main(["inspect"]) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"gatekeeper: {error}\n"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), "No space left on device; free some space"),
        (FileNotFoundError(2, "No such file or directory", "/x"), "/x: No such file or directory"),
        (OSError("closed"), "closed"),
    ],
)
def test_an_error_of_the_system_s_is_told_in_words(
    error: OSError,
    told: str,
    verb_that: Callable[[Act], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which file, and what is the matter with it; no number that only programmers know."""
    verb_that(raising(error))
    assert cli.main(["inspect"]) == 3
    assert capsys.readouterr().err == f"gatekeeper: {told}\n"


def test_a_sentence_stays_one_line_whatever_it_quotes(
    verb_that: Callable[[Act], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Line ends of foreign text do not make it two."""
    verb_that(raising(Malformed("two\nlines\r\n  of it")))
    assert cli.main(["inspect"]) == 2
    assert capsys.readouterr().err == "gatekeeper: two lines of it\n"


def test_no_sentence_commands_the_terminal_that_shows_it(
    verb_that: Callable[[Act], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that is none of ours, or a file's name, could clear what staff have before them."""
    verb_that(raising(Malformed("gone\x1b[2J by \x9b2J order \u202eof")))
    assert cli.main(["inspect"]) == 2
    assert capsys.readouterr().err == "gatekeeper: gone [2J by 2J order of\n"


def test_no_line_of_json_commands_the_terminal_that_shows_it() -> None:
    """JSON escapes C0 alone; what another program reads is the text as it was chosen."""
    text = "A\x1b[2J\x9b2J\x7f\x85é\u202e"
    line = encode_line({"text": text})
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line.decode())
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("x is odd"), "a bug in the program: ValueError: x is odd"),
        (AssertionError(), "a bug in the program: AssertionError ("),
        (
            ValueError("x is taken\nDETAIL:  Key (x)=(ann@example.org) already exists."),
            "a bug in the program: ValueError: x is taken (",
        ),
    ],
)
def test_a_fault_of_ours_is_told_without_a_traceback(
    error: Exception,
    sentence: str,
    verb_that: Callable[[Act], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kind of error is named, and how to see where it came from."""
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    verb_that(raising(error))
    assert cli.main(["inspect"]) == 3
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert "GATEKEEPER_TRACEBACK=1" in said


def test_a_traceback_is_there_for_whoever_asks(
    verb_that: Callable[[Act], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the variable set."""
    monkeypatch.setenv(TRACEBACK_VARIABLE, "1")
    verb_that(raising(ValueError("x is odd")))
    assert cli.main(["inspect"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_missing_library_is_advice(
    verb_that: Callable[[Act], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A verb that needs Qt, on a server without it. An index has a stranger's `gatekeeper`."""
    verb_that(raising(ModuleNotFoundError("No module named 'PySide6'", name="PySide6.QtCore")))
    assert cli.main(["inspect"]) == 3
    said = capsys.readouterr().err
    assert "PySide6 is not installed" in said
    assert "README.md" in said
    assert "pip install" not in said


def test_a_verb_that_cannot_be_imported_is_advice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same while its module is being imported; the others are not touched by it."""

    def import_module(name: str) -> types.ModuleType:
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    monkeypatch.setattr(importlib, "import_module", import_module)
    assert cli.main(["inspect", "x"]) == 3
    assert "cv2 is not installed" in capsys.readouterr().err
    assert cli.main(["--help"]) == 0


def test_a_missing_module_of_our_own_is_a_fault(
    verb_that: Callable[[Act], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """No library would mend that."""
    verb_that(raising(ModuleNotFoundError("No module named 'shared.x'", name="shared.x")))
    assert cli.main(["inspect"]) == 3
    assert "a bug in the program: ModuleNotFoundError" in capsys.readouterr().err


def test_an_interrupt_is_130_and_silent(
    verb_that: Callable[[Act], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever pressed Ctrl-C knows."""
    verb_that(raising(KeyboardInterrupt()))
    assert cli.main(["inspect"]) == 130
    assert capsys.readouterr() == ("", "")


def test_the_process_s_own_arguments_are_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the installed command calls it."""
    monkeypatch.setattr(sys, "argv", ["gatekeeper", "inspect", "x"])
    assert cli.main() == 1
    assert json.loads(capsys.readouterr().out)["format"] == "foreign"


def test_a_demo_that_cannot_keep_its_folder_says_so_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is wrong use; nothing was started, and no number of the system's is told."""
    assert cli.main(["demo", "--headless", "--keep", "/proc/x"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("gatekeeper: nothing can be written to /proc/x (")
    assert "Errno" not in told


def test_help_imports_no_library() -> None:
    """The measure of a quick start that does not depend on the machine."""
    program = (
        "import sys; from gatekeeper.cli import main; main(['--help']);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert HEAVY.isdisjoint(done.stderr.split())


def test_the_help_of_no_verb_of_the_server_loads_the_database() -> None:
    """The same of what whoever sets a server up reads first, all verbs in one process."""
    program = (
        "import sys; from server.cli import VERBS, main;"
        "[main([verb, '--help']) for verb in VERBS];"
        "print(*{'sqlalchemy', 'litestar', 'asyncpg'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.split() == []


def test_a_reader_who_goes_away_is_no_failure_of_ours() -> None:
    """`gatekeeper … | head -0`: no complaint on standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "gatekeeper", "inspect", "x"],
            cwd=ROOT,
            stdout=nobody,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("locale", ["C", "de_DE.ISO-8859-1"])
def test_output_is_utf8_whatever_the_locale(locale: str) -> None:
    """JSON is; a surrogate from a binary argument is escaped, not fatal."""
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = start("inspect", "ü🎫", env=environment)
    assert json.loads(done.stdout)["format"] == "foreign"
    assert done.stderr == ""
    done = start("inspect", "x", "--keyring", "/no/ü🎫", env=environment)
    assert done.returncode == 2
    assert "cannot read the key file" in done.stderr
