"""What no code has foreseen, in one line of the log; the window goes on."""

from __future__ import annotations

from types import TracebackType

from command_line.exit_statuses import say_line
from shared.kernel.os_errors import words_of_system


def log_unforeseen(
    kind: type[BaseException], fault: BaseException, trace: TracebackType | None
) -> None:
    """Write one line to the log; the gate goes on."""
    place = ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
        trace = trace.tb_next
    said = words_of_system(fault)
    say_line("gatekeeper", f"a bug in the program: {kind.__name__}: {said} ({place})")
