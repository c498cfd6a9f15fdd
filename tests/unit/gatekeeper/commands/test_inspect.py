"""`gatekeeper inspect`: one JSON line, and an exit status that scripts can use."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.cli import main

ROOT = Path(__file__).resolve().parents[4]
VECTORS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "vectors" / "credential_gk1.json").read_text(encoding="utf-8")
)
CODE = VECTORS["valid"][1]
PRETIX_CODE = (
    "E4BibyTSylQOgeKjuMPiTDxi5HXPuTVsx1qCli3IL0143gj0EZXOB9iQInANxRFJ"
    "Tt4Pf9nXnHdB91Qk/RN0L5AIBABSxw2TKFnSUNUCKAEAPAQA"
)
PRETIX_KEY = "ec00fbfef140df712c638cf63c7afb8993ec67c9f9761d1a8cff20cb3366988b"


@pytest.fixture
def keyring(tmp_path: Path) -> str:
    """The vectors' keyring as a file."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(VECTORS["keyring"]), encoding="utf-8")
    return str(path)


def test_a_valid_credential_is_0_and_one_line(
    keyring: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the key that signed it."""
    assert main(["inspect", CODE["digits"], "--keyring", keyring]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert json.loads(said.out) == CODE["inspect"]
    assert said.err == ""


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(vector, id=vector["name"])
        for section in ("valid", "unknown_key", "bad_signature", "out_of_scope")
        for vector in VECTORS[section]
        if vector["digits"] is not None
    ],
)
def test_the_status_says_whether_the_signature_is_valid(
    vector: dict[str, Any], keyring: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of every published vector."""
    expected = vector["inspect"]
    status = main(["inspect", "--keyring", keyring, vector["digits"]])
    assert json.loads(capsys.readouterr().out) == expected
    assert status == (0 if expected["signature"] == "valid" else 1)


def test_without_keys_a_signature_is_of_an_unknown_key(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The rest is told all the same."""
    assert main(["inspect", CODE["digits"]]) == 1
    assert json.loads(capsys.readouterr().out) == CODE["inspect"] | {"signature": "unknown_key"}


def test_a_pretix_ticket_is_inspected_with_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside keys of our own."""
    entry = {"kid": "demo", "public_key": PRETIX_KEY, "format": "pretix-sig1"}
    path = tmp_path / "keys.json"
    path.write_text(json.dumps([*VECTORS["keyring"], entry]), encoding="utf-8")
    assert main(["inspect", PRETIX_CODE, "--keyring", str(path)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["format"] == "pretix-sig1"
    assert answer["signature"] == "valid"
    assert (answer["kid"], answer["ticket_type"], answer["subevent"]) == ("demo", 1, 14)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the key file is empty"),
        (b"{", "entry 1 of the key file"),
        (b"[", "neither a JSON list nor one object a line"),
        (b'{"keyring": []}', "entry 1 of the key file"),
        (b"[1]", "entry 1 of the key file"),
        (b'[{"kid": "0001", "public_key": "00"}]', "entry 1 of the key file: public_key is 64"),
        ('[{"kid": "0001"}]'.encode("utf-16"), "the key file is written in UTF-16"),
    ],
)
def test_a_malformed_key_file_is_2_and_one_sentence(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed on standard output."""
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    assert main(["inspect", CODE["digits"], "--keyring", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("name", ["absent.json", ".", "zero\0byte"])
def test_a_key_file_that_cannot_be_read_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Absent, a folder, or no path at all."""
    assert main(["inspect", "x", "--keyring", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "cannot read the key file" in said.err


@pytest.mark.parametrize(
    "code",
    ["", " ", "1" * 100_000, "🎫", "\udcff\udcfe", "-- ", "A" * 120_000],
    ids=["empty", "blank", "digits", "emoji", "binary", "hyphens", "letters"],
)
def test_garbage_gets_a_calm_answer(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Foreign, no signature, status 1."""
    assert main(["inspect", "--", code]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["format"], answer["signature"]) == ("foreign", "none")


def test_binary_arguments_get_a_calm_answer() -> None:
    """Bytes that are no text at all, as a real process receives them."""
    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "inspect", b"\xff\xfe\x01"],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["format"] == "foreign"
    assert done.stderr == b""


def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    """The first one, typed as it stands there."""
    assert main(["inspect", "--help"]) == 0
    said = capsys.readouterr().out
    example = next(line.split() for line in said.splitlines() if "gatekeeper inspect 7" in line)
    assert main(example[1:]) == 1
    assert json.loads(capsys.readouterr().out)["format"] == "manual"


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_code_may_come_on_standard_input(
    keyring: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Whoever has it is let in, so that it stays out of the shell's history."""
    fed = io.TextIOWrapper(io.BytesIO(f"{CODE['digits']}{end}".encode()))
    monkeypatch.setattr("sys.stdin", fed)
    assert main(["inspect", "-", "--keyring", keyring]) == 0
    assert json.loads(capsys.readouterr().out) == CODE["inspect"]
