"""The demo without a window: a page of text for a person, line by line as the story goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Final

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.demo.steps import TOLD, Beat, Step, Tally
from gatekeeper.demo.story import StorySummary
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.presenters.demo_content import describe_step, own_event
from gatekeeper.wording.texts import Texts
from shared.wire.feed import ConflictNotice

_WIDTH: Final = 78
_INDENT: Final = "     "
_PLAIN: Final = {"green": "", "red": "", "yellow": "", "bold": "", "dim": "", "end": ""}
_ANSI: Final = {
    "green": "\x1b[32m",
    "red": "\x1b[31m",
    "yellow": "\x1b[33m",
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "end": "\x1b[0m",
}
_SIGNS: Final = {"admit": ("green", "✓"), "deny": ("red", "✗"), "refer": ("yellow", "?")}


class DemoPage:
    """Watches the story and writes it down.

    Args:
        write: Takes a line.
        texts: The catalogue.
        has_colors: Whether lines go to a terminal that shows colours.
        prefix: The programs' folder, as `own_event` takes it.
    """

    def __init__(
        self, write: Callable[[str], None], texts: Texts, *, has_colors: bool, prefix: str
    ) -> None:
        self._write, self._texts, self._prefix = write, texts, prefix
        self._colors = _ANSI if has_colors else _PLAIN
        self._seen: dict[str, Counter[tuple[str, str]]] = {}

    # ---- what the story tells

    def begin(self, step: Step, tally: Tally) -> None:
        """Write a step's headline and what it is about; before it, what the last one brought."""
        self._write_seen()
        content = describe_step(step, tally, self._texts)
        if step is Step.BUILD:
            self._write(self._bold(f"Gatekeeper · {content.title}"))
            self._write_wrapped(content.text, "")
        elif step in TOLD:
            self._write("")
            self._write(self._bold(f" {content.number}   {content.title}"))
            self._write_wrapped(content.text, _INDENT)

    def saw(self, gate: str, answer: ScanAnswer) -> None:
        """Count an answer; they are written together."""
        seen = self._seen.setdefault(gate, Counter())
        seen[answer.verdict, answer.reason] += 1

    def sold(self, sale: Sale, left: int) -> None:
        """Write what the till sold."""
        line = self._texts.say(
            "demo.till.sold",
            count=len(sale.tickets),
            total=self._texts.money(sale.total),
            receipt=sale.receipt_number,
        )
        self._write(f"{_INDENT}{self._paint('green', '●')} {line}")

    def plugged(self, device: str, *, is_plugged: bool) -> None:
        """Write that a cable was pulled or plugged in."""
        sign = self._paint("green", "━━━━━") if is_plugged else self._paint("red", "━━ ✂ ━")
        self._write(f"{_INDENT}{sign}  {device}")

    def reported(self, gate: str, conflicts: tuple[ConflictNotice, ...]) -> None:
        """Write how many conflicts a gate knows of."""
        line = self._texts.say("bar.conflicts", count=len(conflicts))
        self._write(f"{_INDENT}{self._paint('yellow', '!')} {gate}: {line}")

    async def pause(self, beat: Beat) -> None:
        """Go on at once: who reads has all the time afterwards."""

    # ---- the end

    def close(self, summary: StorySummary) -> None:
        """Write what was proven, with figures, and what to try next."""
        self._write("")
        self._write(self._bold("What was proven"))
        for is_so, line in _proofs(summary):
            self._write(f"  {self._paint(*(('green', '✓') if is_so else ('red', '✗')))} {line}")
        self._write(
            self._dim(f"    in {summary.seconds:g} s on this machine, with the real programs")
        )
        self._write("")
        self._write(self._bold("Try next"))
        self._write_command(
            "the same in a window, to try by hand", (f"{self._prefix}gatekeeper demo",)
        )
        self._write_command("what stands in a ticket", (f"{self._prefix}gatekeeper inspect CODE",))
        self._write("")
        self._write(self._bold("Your own event") + self._dim("  (docs/operations.md)"))
        for number, task in enumerate(own_event(self._texts, self._prefix), 1):
            self._write_command(f"{number}. {task.title}", (task.command,))

    # ---- writing

    def _write_command(self, title: str, commands: Sequence[str]) -> None:
        self._write(f"  {title}")
        for command in commands:
            self._write(f"{_INDENT}{self._paint('green', command)}")

    def _write_seen(self) -> None:
        for gate, seen in self._seen.items():
            said = "   ".join(
                f"{self._paint(*_SIGNS[verdict])} {count} × {self._texts.say(f'word.{reason}')}"
                for (verdict, reason), count in seen.items()
            )
            self._write(f"{_INDENT}{gate:<6} {said}")
        self._seen.clear()

    def _write_wrapped(self, text: str, indent: str) -> None:
        for line in wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent):
            self._write(self._dim(line))

    def _paint(self, color: str, text: str) -> str:
        return f"{self._colors[color]}{text}{self._colors['end']}"

    def _bold(self, text: str) -> str:
        return self._paint("bold", text)

    def _dim(self, text: str) -> str:
        return self._paint("dim", text)


def _proofs(summary: StorySummary) -> list[tuple[bool, str]]:
    """Say what the figures prove, and whether they do."""
    scans = summary.admitted + summary.denied
    doubles, found = summary.double_uses, summary.conflicts
    sold, admitted = summary.walkups_sold, summary.walkups_admitted
    twice = f"{doubles} tickets used twice while cut off, {found} found, each with both signatures"
    unheard = f"{sold} tickets sold without network, {admitted} admitted by a gate that knew none"
    return [
        (summary.lost_scans == 0, f"{scans} scans, {summary.lost_scans} lost"),
        (doubles == found > 0, twice),
        (sold == admitted > 0, unheard),
        (summary.denied > 0, f"{summary.denied} copies and forgeries refused while connected"),
        (summary.converged, "server, both gates and the till agree on every single entry"),
    ]
