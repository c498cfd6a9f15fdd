"""What goes on by itself at the server: how often, how long, how many at once.

Jobs and their mails, webhooks, alarms, lists that are brought, names that go, refunds, files of
tickets, reports. What people, gates and tills meet while they wait for an answer, and how much
anybody may have of all but mails, stands in `server/limits_and_times.py`.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration

SPREAD_S: Final = 0.5
"""Works of one rhythm begin up to so many seconds after each other: each holds up a worker's
claims for as long as it reckons, and all at once do so for all of it."""

# ---------------------------------------------------------------- jobs and mail

JOB_LEASE: Final[Duration] = 2 * MINUTE
"""How long one worker has a job to itself: well beyond every time limit of a handler."""
JOB_DEATHS_AT_ONCE: Final = 3
"""So many ends of a worker within one job are taken for chance (a restart, a power cut), and the
job is done again as soon as its lease has ended; what ends more of them has pauses."""
JOB_DELAYS: Final[tuple[Duration, ...]] = (
    5 * SECOND,
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""Pauses after failed attempts, three days in all; then a job is dead until a person looks."""
JOB_DELAY_MAX: Final[Duration] = 30 * HOUR
"""Beyond every delay with its jitter."""
UNREACHABLE_DELAY: Final[Duration] = 30 * SECOND
"""Between tries while the other side cannot be reached at all; they count for nothing, so that a
week without a network ends no job."""
JOBS_KEPT: Final[Duration] = 30 * DAY
"""How long a job that is done can be looked at."""
DEAD_JOBS_KEPT: Final[Duration] = 366 * DAY
"""How long one that failed can be tried again: what it is about may stand still without it."""
FORGOTTEN_EVERY: Final[Duration] = HOUR
"""Between two rounds in which old jobs, webhooks' messages, sign-ins and left-behind seats go."""
JOBS_SEEN_S: Final = 0.9
"""For so many seconds all that look for jobs of a worker share one look at the table."""
JOB_POLL_S: Final = 5
"""Seconds between two looks at what is due."""
MAIL_TIMEOUT_S: Final = 15
"""For each word of the mail server: five of them stay within a job's lease."""
MAIL_TICKETS_MAX: Final = 50
"""In one mail; its pictures are then about 100 kB. More tickets go in several."""
ORDER_MAILS_MAX: Final = 100
"""Of one order's mails the latest that are told of: a thousand tickets come in twenty."""
MAILS_A_DAY_MAX: Final = 5_000
"""Of an organization: the operator's mail server is no way to write to strangers."""
DUE_AT_ONCE_MAX: Final = 200
"""Holds, and unpaid orders, that end in one round; the next round ends the others."""
BOOKED_AT_ONCE_MAX: Final = 200
"""Entries of tills that could not be booked when they came, caught up on in one go."""
REVIEWED_AT_ONCE: Final = 100
"""Tickets sold by tills of which gates' passages are looked at again together, once they are
booked: that takes as many statements for one as for all, and claims of the event wait for it."""
UNBOOKED_SALES_SEARCHED: Final = 1_000
"""Newest sales of tills that a ledger waits for, among which that of a ticket paid back is."""
JOB_JITTER: Final = 0.2
"""Delays differ by so much either way, so that what failed together is not tried together."""

# ---------------------------------------------------------------- webhooks

WEBHOOK_POLL_S: Final = 2
"""Seconds between two looks at what is to be sent."""
WEBHOOK_RELEASE_S: Final = 10
"""After so long what was held while a webhook was paused goes on."""
CHECKINS_POLL_S: Final = 2
"""Seconds between two looks at what is new in the feeds that other programs hear of."""
WEBHOOK_CONNECT_S: Final = 5
"""For connecting to a receiver."""
WEBHOOK_TOTAL_S: Final = 15
"""For one attempt in all, once the receiver's address is known."""
WEBHOOK_ANSWER_MAX: Final = 64 * 1024
"""Bytes of an answer that are read at most; what comes after its head is only shown."""
WEBHOOK_SHOWN_MAX: Final = 1_024
"""Bytes of an answer that are kept with the attempt."""
WEBHOOK_LANES: Final = 8
"""Attempts that one worker makes at the same time."""
WEBHOOK_LANES_OF_RECEIVER: Final = 2
"""Of them to one receiver: a slow one leaves its organization's others theirs."""
WEBHOOK_LANES_OF_ORGANIZATION: Final = 4
"""Of them for one organization, whose receivers may all be slow."""
WEBHOOK_FAILURES_MAX: Final = 5
"""After so many in a row a worker asks a receiver once a minute only."""
WEBHOOK_REST: Final[Duration] = MINUTE
WEBHOOK_FAILING_MAX: Final[Duration] = 3 * DAY
"""After so long with nothing but failures a webhook is paused; its messages are held."""
WEBHOOK_RETRY_AFTER_MAX: Final[Duration] = DAY
"""As far as a receiver's `Retry-After` is followed."""
WEBHOOK_OVERLAP: Final[Duration] = DAY
"""How long a secret still signs after another one was drawn."""
WEBHOOK_KEPT: Final[Duration] = 30 * DAY
"""How long messages, deliveries and attempts can be looked at."""
WEBHOOK_ATTEMPTS_SHOWN: Final = 100
"""Attempts of one delivery that are listed, the latest ones."""

# ---------------------------------------------------------------- alarms

ALARM_DENIALS_PERCENT: Final = 25
"""Denied of all scans at a gate from which on it alarms, where an event says nothing else."""
ALARM_DENIALS_MIN: Final = 20
"""And so many of them."""
ALARM_FORGED_CODES: Final = 5
ALARM_SILENT_MINUTES: Final = 5
ALARM_ZONE_PERCENT: Final = 90
"""Persons inside, of those who may be."""
ALARM_OVERRIDES_PERCENT: Final = 5
"""Entries against the rules, of all at a gate."""
ALARM_OVERRIDES_MIN: Final = 5
ALARM_POLL_S: Final = 5
"""Seconds between two looks of one worker; of several each looks as much more rarely."""
ALARM_DENIALS_SPAN: Final[Duration] = 10 * MINUTE
"""Over which denied scans, and codes that nobody signed, are counted."""
ALARM_OVERRIDES_SPAN: Final[Duration] = 30 * MINUTE
ALARM_BEFORE: Final[Duration] = 2 * HOUR
"""So long before doors an event's alarms begin to be judged."""
ALARM_AFTER: Final[Duration] = 2 * HOUR
"""So long after the end they still are, but for silent gates."""
ALARM_LENGTH: Final[Duration] = 8 * HOUR
"""How long a date without an end goes on, as far as alarms are concerned."""
ALARM_LEFT: Final[Duration] = 60 * SECOND
"""A gate that said it closes, and was heard of no later than that, is closed and not silent."""
ALARM_CALM: Final[Duration] = 5 * MINUTE
"""How long what raised an alarm of a rate must be over before the alarm ends."""
ALARM_MAILS_A_DAY_MAX: Final = 50
"""To one person."""
ALARM_NOTED_EVERY: Final[Duration] = 30 * SECOND
"""At most so often it is noted that an alarm stands as before."""
ALARM_ASLEEP: Final[Duration] = Duration(2 * MINUTE)
"""A worker that has not looked for so long was not there to hear gates either."""

# ---------------------------------------------------------------- lists that are brought

IMPORT_LINES_MAX: Final = 200_000
"""Of one list."""
IMPORT_BATCH: Final = 200
"""Lines in one transaction: on SQLite gates wait for it, for some 20 ms."""
IMPORT_SLICE: Final[Duration] = 30 * SECOND
"""How long one worker goes on before it gives the import back: well within a job's lease."""
IMPORT_POLL_S: Final = 1
"""Seconds between two looks for an import: somebody sits before it."""

# ---------------------------------------------------------------- names that go by rule

ERASURE_LEAP: Final[Duration] = 32 * DAY
"""A clock that is further ahead of the last look at due names than this is not believed for a
while."""
ERASURE_RESTS: Final[Duration] = DAY
"""For how long: what is erased comes back by nothing, and a laptop that took over may be years
ahead, in the evening on which its guests are found by name."""
ERASURE_DUE_EVERY: Final[Duration] = HOUR
"""Between two looks for events whose names are due to go by rule."""
ERASURE_POLL_S: Final = 1.0
"""Between two looks for erasures that are to be ended, in seconds."""

# ---------------------------------------------------------------- cancelled events

REFUND_SLICE: Final[Duration] = 30 * SECOND
"""How long one worker goes on before it gives the run back: well within a job's lease."""
REFUND_POLL_S: Final = 1
"""Seconds between two looks for a run: somebody sits before it."""

COPIED_SEATS_LATER: Final[Duration] = 1 * MINUTE
"""After it a job looks whether a copied event has its seats: whoever wrote them may have died."""
COPY_POLL_S: Final = 10
"""Seconds between two looks for such a job."""

NOTICE_BATCH: Final = 100
"""Orders whose buyers are written to in one transaction: on SQLite gates wait for it."""
NOTICES_SHOWN: Final = 100
"""Of an event, the newest."""
NOTICES_MAX: Final = 100
"""Of moves of an event that buyers are told; that it is called off is told besides, once."""
NOTICES_A_DAY_MAX: Final = 10
"""Of them in a day."""
NOTICE_MAILS_A_DAY_MAX: Final = 20_000
"""Of an organization, to all buyers; the rest waits: it is no way to write to strangers."""
NOTICE_REST: Final[Duration] = HOUR
"""Between two looks whether there is room again."""
REFUND_TRIES: Final = 2
"""Tries that fail for an order's sake before it is left to a person."""
SEATS_LEFT_BEHIND: Final[Duration] = HOUR
"""Rows that are nobody's for longer were left behind by a process that ended."""

# ---------------------------------------------------------------- tickets in bulk

TICKET_FILES_OPEN_MAX: Final = 5
"""Of an event, that are written or wait to be fetched: each may hold all of its tickets."""
TICKET_FILE_PART: Final = 1_000
TICKET_FILE_PART_MAX: Final = 2_000
"""Tickets in one file: 10 MB of pages, in one transaction and in a worker's memory."""
TICKET_FILE_SLICE: Final[Duration] = 20 * SECOND
"""How long one worker goes on before it gives the files back: well within a job's lease."""
TICKET_FILE_PIECE: Final = 262_144
"""Bytes of a file that are sealed and stored as one."""
TICKET_FILE_LIFETIME: Final[Duration] = DAY
"""How long finished files can be fetched: whoever has them has the tickets."""
TICKET_FILE_POLL_S: Final = 2
"""Seconds between two looks for files that are wanted: somebody sits before it."""

# ---------------------------------------------------------------- reports by mail

REPORT_SCHEDULES_MAX: Final = 20
"""Of an organization: what comes each morning to each of its people."""
REPORT_RUNS_A_DAY_MAX: Final = 10
"""Times a day that an organization's people ask for a report at once."""
REPORT_MAILS_A_DAY_MAX: Final = 1_000
"""Of an organization, each with its files: all its schedules to all their addresses, and those
that are asked for. Reports that are removed and made anew, or moved to the next minute, are no way
around it: a member's address was never confirmed by whoever it belongs to."""
REPORT_EVENTS_A_MAIL_MAX: Final = 20
"""Events whose own reports are in one mail; the others are named."""
REPORT_FILES_MAX: Final = 7_000_000
"""Bytes of all files of one mail: a third more on the way, and many servers take 10 MB."""
REPORT_RUNS_KEPT: Final = 30
"""Of each schedule, the latest, with what became of each mail."""
REPORT_POLL_S: Final = 10
"""Seconds between two looks for what is due: minutes are what people say."""
REPORT_ADDRESSES_MAX: Final = 50
"""Of an organization, that belong to no member."""
REPORT_CODES_A_DAY_MAX: Final = 20
"""Mailed by an organization to addresses of strangers."""
REPORT_CODE_TRIES_MAX: Final = 5
"""Wrong codes, of eight digits each; then another one has to be mailed."""
