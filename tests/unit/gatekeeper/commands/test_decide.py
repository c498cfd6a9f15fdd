"""`gatekeeper decide` as it is called: answers, differences, bad files, exit status."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.cli import main
from tests.factories.admission import raw_case
from tests.factories.field_samples import DECISION_CASES, needs_field_samples


def write(folder: Path, content: str | bytes) -> str:
    path = folder / "cases.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def named(name: str, expected: dict[str, Any] | None = None, **fields: object) -> dict[str, Any]:
    return {**raw_case(**fields), "id": name, "expected": expected}


@needs_field_samples
def test_decide_answers_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    """One line per case, in order, and nothing to complain about."""
    assert main(["decide", "--cases", str(DECISION_CASES)]) == 0
    out, err = capsys.readouterr()
    answers = [json.loads(line) for line in out.splitlines()]
    assert [list(answer) for answer in answers] == [["id", "admit", "reason"]] * 39
    cases = json.loads(DECISION_CASES.read_bytes())
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    assert err == ""


def test_decide_only_answers_without_expectations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A denied ticket is an answer, not a failure; both forms of the file are read."""
    cases = {"cases": [named("a", ticket__blocked=True), named("ä", scan__direction="out")]}
    content = b"\xef\xbb\xbf" + json.dumps(cases).encode()
    assert main(["decide", "--cases", write(tmp_path, content)]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"id": "a", "admit": False, "reason": "blocked"},
        {"id": "ä", "admit": True, "reason": "exit"},
    ]


def test_decide_names_each_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Differences go to standard error, all answers to standard output."""
    cases = [
        named("right", {"admit": True, "reason": "reentry"}),
        named("wrong", {"admit": False, "reason": "blocked"}),
        named("half", {"admit": False}),
    ]
    assert main(["decide", "--cases", write(tmp_path, json.dumps(cases))]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert err.splitlines() == [
        "case 'wrong': expected deny or refer (blocked), decided admit (ok)",
        "case 'half': expected deny or refer (any reason), decided admit (ok)",
    ]


def test_decide_names_a_bad_case_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case that cannot be read gets no made-up answer and does not stop the others."""
    cases = [
        named("bad", scan__count=0),
        named("off", {"admit": False}),
        named("good"),
    ]
    path = write(tmp_path, json.dumps(cases))
    assert main(["decide", "--cases", path]) == 2
    out, err = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["off", "good"]
    bad, off = err.splitlines()
    assert bad.startswith(f"{path}: case 'bad': scan.count: expected a whole number")
    assert off.startswith("case 'off': ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON, but empty: nothing was written to it"),
        ("[\n{", "not JSON: it is cut off, line 2, column 2"),
        (gzip.compress(b"[]", mtime=0), "not JSON, but a packed file (gzip): unpack it first"),
        ("[]".encode("utf-16"), "not JSON, but written in UTF-16"),
        ("[]".encode("utf-16-le"), "not JSON, but written in UTF-16"),
        ('[\n "é", "ß"]'.encode("latin-1"), "not JSON: byte e9 is not UTF-8, line 2, column 3;"),
        ('[\n"é", 3,]'.encode(), "not JSON: trailing comma in array, line 2, column 8"),
        ('[{"id": 1, "zone": {"a": 1, "a": 2}}]', "not JSON: [0].zone.a appears twice"),
        ("[NaN]", "not JSON"),
        ('["\\ud800"]', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("null", "the file: expected a list, found nothing"),
        ('{"cases": 3}', "cases: expected a list, found 3"),
    ],
)
def test_decide_refuses_a_file_that_holds_no_cases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | bytes, message: str
) -> None:
    """Whatever the file holds, the answer is one sentence and exit status 2."""
    assert main(["decide", "--cases", write(tmp_path, content)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_decide_names_a_field_that_is_not_known_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt field changes nothing; whoever meant it is told, with what is likely meant."""
    plain = named("a")
    odd = {**plain, "note": 1, "zone": {**plain["zone"], "rules": {"const": False}}}
    odd["ticket"] = {**plain["ticket"], "statu": "cancelled", "medium": {"Active": True}}
    odd["prior_scans"] = [{"at": plain["scan"]["at"], "anulled": True}] * 2
    cases = [plain, odd, {**odd, "id": "c", "zone": {**plain["zone"], "\n": 1}}]
    assert main(["decide", "--cases", write(tmp_path, json.dumps(cases))]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", odd["id"], "c"]
    assert sorted(err.splitlines()) == sorted(
        [
            "case 'a': note is not known",
            "case 'a': zone.rules is not known: did you mean zone.rule?",
            "case 'a': ticket.statu is not known: did you mean ticket.state?",
            "case 'a': ticket.medium.Active is not known: did you mean ticket.medium.active?",
            "case 'a': prior_scans[0].anulled is not known: did you mean prior_scans[0].annulled?",
            r"case 'c': zone.\n is not known",
        ]
    )


@pytest.mark.parametrize("digits", ["1e400", "9" * 4301, "-" + "9" * 10_000])
def test_decide_names_a_number_that_is_out_of_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], digits: str
) -> None:
    """The field is named, and the other cases are answered."""
    cases = json.dumps([named("a", scan__count=77), named("b")]).replace("77", digits)
    assert main(["decide", "--cases", write(tmp_path, cases)]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["id"] == "b"
    assert "case 'a': scan.count: expected a whole number of at least 1, found" in err


@pytest.mark.parametrize("name", [".", "absent.json", "a\0b"])
def test_decide_refuses_a_file_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A folder, an absent file and an impossible name are wrong use."""
    assert main(["decide", "--cases", str(tmp_path / name)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_decide_refuses_a_file_above_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file larger than the limit is not taken into memory."""
    monkeypatch.setattr("gatekeeper.commands.decide.FILE_BYTES_MAX", 4)
    assert main(["decide", "--cases", write(tmp_path, "[1, 2, 3]")]) == 2
    assert "larger than 4 bytes" in capsys.readouterr().err


def test_decide_explains_itself_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """The example of the help is a file that works."""
    assert main(["decide", "--help"]) == 0
    text = capsys.readouterr().out
    assert "--cases FILE" in text
    assert "$ gatekeeper decide --cases cases.json" in text


def test_example_of_the_help_gives_the_answer_that_it_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the help promises is what happens."""
    main(["decide", "--help"])
    text = capsys.readouterr().out
    example = text.partition("$ cat cases.json")[2].partition("$ gatekeeper decide")
    assert main(["decide", "--cases", write(tmp_path, example[0])]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == json.loads(example[2].splitlines()[1])


def test_decide_answers_where_its_log_lies_on_a_full_disk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What differs is told by the exit status alone; every case is answered."""
    blocked = {"admit": False, "reason": "blocked"}
    cases = write(tmp_path, json.dumps([named("wrong", blocked), named("other", blocked)]))
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert main(["decide", "--cases", cases]) == 1
        monkeypatch.undo()
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [
        "wrong",
        "other",
    ]
