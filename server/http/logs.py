"""JSON log lines on standard error: only declared fields, never a token, e-mail or name.

An allow-list, not a deny-list: a field that nobody declared is dropped. Tracebacks carry no
local variables.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from server.http.database_outage import DatabaseOutage

ALLOWED: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "exception",
        # requests
        "request_id",
        "method",
        "path",
        "status",
        "duration_ms",
        "client",
        # who and what, by opaque ids
        "actor",
        "organization_id",
        "event_id",
        "occurrence_id",
        "order_id",
        "device_id",
        "session_id",
        "key_id",
        "outcome",
        "reason",
        "limit",
        # the ledger and sync
        "epoch",
        "seq",
        "count",
        "cursor",
        "conflict_id",
        "kind",
        "supervisor_id",
        "cashier_id",
        "webhook_id",
        "schedule_id",
        "place_id",
        "zone_id",
        "hold_id",
        "evacuation_id",
        "source_id",
        "key",
        "phase",
        "ruling",
        # start and stop
        "workers",
        "pid",
        "fault",
        "url",
        "lasted_s",
        "ahead_s",
        "rests_s",
        "revision",
        "problem",
    }
)
"""Every field that may appear in a line; add one only if it can never hold personal data."""


class BestEffort:
    """A stream whose failures break nothing: what a line tells of has been done already.

    A full disk takes log and database alike; a sale that is in the database must not be answered
    as a failure because of its line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write if that is possible."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        with contextlib.suppress(OSError):
            self._stream.flush()


def configure_logs(outage: DatabaseOutage | None = None) -> None:
    """Send structured lines and the libraries' warnings to standard error.

    Args:
        outage: Says in one line that the database is gone, in place of a traceback for each try.
    """
    stream = cast("TextIO", BestEffort(sys.stderr))
    timestamper = structlog.processors.TimeStamper(fmt="iso", utc=True)
    exceptions = structlog.processors.ExceptionRenderer(
        ExceptionDictTransformer(show_locals=False, max_frames=20)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        timestamper,
        exceptions,
        drop_exception_texts,
        keep_declared_fields,
    ]
    renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*([] if outage is None else [outage.fold]), *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # A line is one write: workers share standard error, and lines must stay lines.
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[name_foreign_line],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shared,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def keep_declared_fields(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop each field that is not in `ALLOWED`."""
    return {name: value for name, value in line.items() if name in ALLOWED}


def drop_exception_texts(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep where an exception came from, not what it says: it may quote what a client sent."""
    for trace in line.get("exception") or ():
        if isinstance(trace, dict):
            trace["exc_value"] = ""
            trace["exc_notes"] = []
            trace["syntax_error"] = None
    return line


def name_foreign_line(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace a library's text, which may quote data, by the library's name."""
    record = line.get("_record")
    if isinstance(record, logging.LogRecord):
        line["event"] = f"library.{record.name}"
        line["reason"] = record.funcName
    return line


def log() -> Any:
    """Return the logger: `log().info("order.paid", order_id=…)`."""
    return structlog.get_logger()
