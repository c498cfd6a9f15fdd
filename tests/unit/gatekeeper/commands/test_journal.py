"""`gatekeeper journal verify FILE`: evidence files, verified without a profile."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from gatekeeper.cli import main
from shared.wire.enrol import fingerprint
from tests.factories.evidence import CONFLICT, double_use, sealed
from tests.factories.house import ROOT, make_key


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a sound file."""
    path = tmp_path / "evidence.jsonl"
    path.write_bytes(b"".join(sealed(double_use())))
    return path


def test_sound_file_is_verified(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what is proven, and the status is 0."""
    named = ["--root", ROOT.public_key.hex()]
    # In either order, as hands type it.
    for words in ([str(file), *named], [*named, str(file)]):
        assert main(["journal", "verify", *words]) == 0
    first, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == answer
    assert (answer["ok"], answer["about"], answer["root"]) == (True, "conflict", "pinned")
    assert answer["conflicts"][0]["conflict_id"] == CONFLICT
    assert answer["conflicts"][0]["is_proven"]
    assert answer["unproven"]
    assert answer["root_fingerprint"] == fingerprint(ROOT.public_key)


def test_altered_file_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One changed byte makes the answer no."""
    file.write_bytes(file.read_bytes().replace(b"Arena", b"Brena"))
    assert main(["journal", "verify", str(file)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert not answer["ok"]
    assert not answer["is_sealed"]
    assert answer["problems"]


def test_what_is_no_evidence_file_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list of guests, an empty file: one sentence, and no row of empty findings."""
    for content in (b"name,code\nKlara,LN-1\n", b"", b'{"a":1}\n'):
        file = tmp_path / "guests.csv"
        file.write_bytes(content)
        assert main(["journal", "verify", str(file)]) == 1
        told = capsys.readouterr()
        assert set(json.loads(told.out)) == {"file", "ok", "problems"}
        assert "guests.csv is not an evidence file" in told.err


def test_evidence_that_came_packed_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """Whoever has the right file in a wrapping is told to take it out."""
    packed = tmp_path / "evidence.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert main(["journal", "verify", str(packed)]) == 1
    assert "not an evidence file, but a packed file (gzip): unpack it" in capsys.readouterr().err
    packed.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert main(["journal", "verify", str(packed)]) == 1
    assert "not an evidence file, but one that an editor saved" in capsys.readouterr().err


def test_what_journal_is_to_do_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Left out, both of its acts are offered by name."""
    assert main(["journal"]) == 2
    assert "required: verify|export" in capsys.readouterr().err


def test_other_root_is_refused(file: Path) -> None:
    """A file of another organization's root does not pass for this one's."""
    assert main(["journal", "verify", str(file), "--root", make_key(9).public_key.hex()]) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nowhere.jsonl"],
        ["nowhere.jsonl", "--profile", "p"],
        ["--profile", "p", "--root", "00"],
    ],
)
def test_wrong_use_says_what_to_give(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a device or a file, or with both, the status is 2 and nothing is printed."""
    assert main(["journal", "verify", *words]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("act", ["verify", "export"])
def test_help_of_each_act_shows_an_example(act: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks about one of the two reads how it is called."""
    assert main(["journal", act, "--help"]) == 0
    assert f"gatekeeper journal {act}" in capsys.readouterr().out.partition("example:")[2]


def test_fingerprint_is_no_key_and_the_answer_has_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An enrolment line has the fingerprint alone: the refusal says what to compare it with."""
    named = ["--root", fingerprint(ROOT.public_key)]
    assert main(["journal", "verify", str(file), *named]) == 2
    assert "root_fingerprint" in capsys.readouterr().err


def test_root_must_be_a_key(file: Path) -> None:
    """Half a key is wrong use."""
    assert main(["journal", "verify", str(file), "--root", "ab"]) == 2


def test_file_is_not_exported(file: Path) -> None:
    """Only journals of a profile are exported."""
    assert main(["journal", "export", str(file)]) == 2
