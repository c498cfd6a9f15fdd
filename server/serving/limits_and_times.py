"""Numbers of connections, of workers and of the server's own certificate, each with its reason.

They stand by themselves because the main process, which starts workers, loads nothing of theirs.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

# ---------------------------------------------------------------- whose connections, and how many

STRANGERS_MAX: Final = 512
"""Sockets of strangers in a worker. A sign-in or an enrolment needs one for a moment."""
KNOWN_EACH_MAX: Final = 128
"""Sockets of one device or person in a worker: a gate has two, a relaying one a few more."""
OPENED_AT_ONCE: Final = 2_000
"""Connections that one network may open with a worker at once, before its pace counts: a thousand
gates behind one address that come back together open two each."""
OPENED_EACH_S: Final = 100
"""And each second after that. A connection costs a worker a millisecond or two before anybody can
tell whose it is; a host that opens them without end kept all that came new waiting for a quarter
of a minute. Programs keep theirs."""
HELD_MAX: Final = 256_000_000
"""Bytes that a worker keeps for all its connections together: of bodies that are not all there or
not answered yet, and of answers that are not taken. A thousand gates that come back at once bring
less; one person could bring two gigabytes, and never send the last byte."""

# ---------------------------------------------------------------- one connection

HEAD_S: Final = 10.0
"""Seconds from the first byte, or from the connection's beginning, to the end of the head."""
IDLE_STRANGER_S: Final = 5.0
IDLE_KNOWN_S: Final = 120.0
"""Seconds between two requests. A gate that scans once a minute keeps its connection."""
BODY_GRACE_S: Final = 10.0
BODY_RATE: Final = 1_000
"""Bytes a second that a body must bring after the grace; a venue's worst uplink brings more."""
ANSWER_S: Final = 60.0
"""Seconds that a stranger may take from a request's head to the last byte of its answer."""
CLOSE_S: Final = 5.0
"""Seconds until a connection that was told to end is cut off."""
HEAD_SIZE_MAX: Final = 64 * 1024
"""Bytes of a request's line and headers; browsers and proxies send less than 16 kB."""
HEADERS_MAX: Final = 128
"""Headers of one request; browsers send about twenty-five, and a proxy adds a few."""
CHUNKS_MAX: Final = 4_096
"""Pieces of one chunked body, which is at most 4 MB: who streams sends kilobytes in each."""
PIPELINED_MAX: Final = 4
"""Requests that wait for the answer to one before them. No device, browser or proxy sends any."""
SAID_AT_ONCE: Final = 1_024
"""Bytes that who listens on a WebSocket may say at once, and the most of one message. What is read
at once, up to 256 kB, may be forty thousand empty frames, and their parsing kept every device
waiting for four seconds. A device sends a sign of life of 10 bytes each two seconds."""
SAID_EACH_S: Final = 256
"""And each second after that."""

# ---------------------------------------------------------------- worker processes

SILENT_MAX_S: Final = 60.0
"""Seconds without a beat until a worker is taken to hang. A busy machine keeps a loop waiting for
seconds, and a worker that is ended and starts anew on such a machine costs it more than that.

They are counted by the main process's own looks. One that was halted as well, because the machine
slept or has no time for it either, has not looked, and blames nobody for that.
"""
RESPAWN_S: Final = 1.0
"""Seconds until a worker that died is replaced."""
RESPAWN_MAX_S: Final = 10.0
"""The same where one after the other ends before it has worked; so long a database that is back
may wait for the next."""
GRACE_S: Final = 10
"""Seconds that answers under way have when the worker is told to stop."""
STOP_TIMEOUT_S: Final = 20
"""Seconds that workers have to end before they are killed."""
RENEW_S: Final = 3_600.0
"""Seconds between two looks at the certificate's end, which is weeks off."""

# ---------------------------------------------------------------- the server's own certificate

CERTIFICATE_TIME: Final = dt.timedelta(days=90)
RENEWAL_TIME: Final = dt.timedelta(days=30)
"""How long before its end the certificate is renewed."""
