"""The server's numbers of policy: how long, how many and how much, each with its unit and reason.

What a caching, a batch or a protocol needs stands where it is used; here stands what an organizer,
an operator or an attacker would ask for. What gates and server must agree on is in `shared`
(`shared/admission/pace.py`, `shared/admission/code_guessing.py`, `shared/admission/capacity.py`,
`shared/credential/password_rules.py`, `shared/wire/device_report.py`), and limits of sockets
stand with the sockets (`server/serving/sockets.py`). How often a server copies itself stands in
`server/commands/copy_schedule.py` and what a backup's passphrase needs in
`server/commands/backup_sealing.py`: the process that copies loads no database, as this file does.
"""

from __future__ import annotations

from typing import Final

from server.db.rate_limit import Limit
from server.problems import Problem
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration

# ---------------------------------------------------------------- sessions and passwords

ACCESS_LIFETIME: Final[Duration] = 15 * MINUTE
"""Of an access token: so long a revoked session may still be served."""
SESSION_LIFETIME: Final[Duration] = 30 * DAY
"""From sign-in on, however often it was renewed; then the password is asked for again."""
SESSION_IDLE_MAX: Final[Duration] = 7 * DAY
"""A session that nobody used for so long ends."""
REUSE_GRACE: Final[Duration] = 10 * SECOND
"""Within it the same refresh token may come twice: two tabs woke at once."""
KNOWN_BROWSER_LIFETIME: Final[Duration] = 365 * DAY
"""How long a browser that signed in is known: strangers' failures do not lock it out."""
PASSWORD_MEMORY_KIB: Final = 19_456
PASSWORD_PASSES: Final = 2
"""OWASP's smaller set for argon2id with one lane: about 24 ms of a core for each guess."""

INVITATION_HOURS: Final = 7 * 24
"""How long an invitation's code can be used where whoever invites says nothing else."""
CHANGES_TOLD_FOR: Final[Duration] = 30 * DAY
"""Whoever edits what they read longer ago is told that it changed, but not by whom."""

# ---------------------------------------------------------------- second factor

FACTOR_STEP: Final[Duration] = 30 * SECOND
"""How long a phone shows a code; all phones' apps take this for granted."""
FACTOR_DRIFT: Final = 1
"""Steps by which a phone's clock may be off, either way."""
FACTOR_DIGITS: Final = 6
FACTOR_SECRET_SIZE: Final = 20
"""Bytes, as RFC 4226 recommends."""
FACTOR_CODES: Final = 10
"""Recovery codes that are drawn at once."""

# ---------------------------------------------------------------- guesses

FAILURES_OF_BROWSER: Final = Limit("login-browser", 10, 5 * MINUTE)
"""At one account, of a browser that signed in to it before."""
FAILURES_OF_PAIR: Final = Limit("login-pair", 10, 5 * MINUTE)
"""At one account from one address."""
FAILURES_OF_ADDRESS: Final = Limit("login-address", 10, 5 * MINUTE)
FAILURES_OF_SITE: Final = Limit("login-site", 50, 5 * MINUTE)
"""Of one IPv6 site: a provider gives its customer thousands of networks."""
FAILURES_OF_ACCOUNT: Final = Limit("login-account", 100, 5 * MINUTE)
"""At one account of all unknown browsers: what many addresses together may guess."""
FAILURES_OF_FACTOR: Final = Limit("second-factor", 10, HOUR)
"""Codes at one account after its right password, of all unknown browsers, and of each known one:
three of a million codes are good at a time, so a thief of a password needs years."""
REGISTRATIONS: Final = Limit("registration", 20, HOUR)
ENROLMENTS: Final = Limit("enrol", 20, 10 * MINUTE)
"""Tries of one address; a code has 80 random bits besides."""
ENROLMENTS_OF_SITE: Final = Limit("enrol-wide", 100, 10 * MINUTE)
"""Tries of one IPv6 site."""

ADDRESS_FACTOR: Final = 20
"""How many clients' worth of requests one address may make: an office has one for all."""

SERVERS_APART: Final[Duration] = MINUTE
"""So far the clocks of two servers may differ; what was written further ahead than this was
written by a clock that was wrong: a job is due now, and a one-time code has ended."""

# ---------------------------------------------------------------- enrolment codes

CODE_LIFETIME: Final[Duration] = 10 * MINUTE
"""Of a device's code, unless whoever makes it says otherwise: from the desk to the gate."""
CODE_LIFETIME_MAX: Final[Duration] = 30 * DAY
CODE_KEPT: Final[Duration] = 90 * DAY
"""How long after its end a code's row is kept, used or not; the next one's issue sweeps them."""
CODES_EVERY_S: Final = 60.0
"""Seconds between two looks at which codes and invitations have come to their end."""

# ---------------------------------------------------------------- devices' tokens

DEVICE_REMEMBERED: Final[Duration] = 2 * SECOND
"""How long a worker remembers whose a device's token is, and knows one that was revoked still:
no hole, since what it would change is checked again inside the transaction that changes it."""

# ---------------------------------------------------------------- bodies and pages

BODY_SIZE_MAX: Final = 1_000_000
"""Bytes of a request's body; what takes more is named here."""
CLAIMS_SIZE_MAX: Final = 2_000_000
"""Bytes; an absurd code is answered, up to a point, like any other that is no ticket."""
DEVICE_BODY_SIZE_MAX: Final = 4_000_000
"""Bytes of an exchange or of relayed requests: entries of 2 MB, and as much again."""
ENROLMENT_SIZE_MAX: Final = 64 * 1024
"""Bytes, of somebody who is nobody yet."""
SEAT_MAP_SIZE_MAX: Final = 20_000_000
"""Bytes of a request with a seat map: a hundred thousand seats, as a drawing."""
PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 500
"""Rows of a list in one answer."""
IMPORT_MAX: Final = 5_000
"""Codes in one request; a longer list goes in several."""

# ---------------------------------------------------------------- orders and tills

TICKETS_PER_ORDER_MAX: Final = 1_000
PAYMENTS_PER_ORDER_MAX: Final = 100
"""And as many payouts."""
TILL_BUYERS_MAX: Final = 100_000
"""Orders of an event that its tills hold to be found by their buyers, the newest ones."""
HOLD_DEFAULT: Final[Duration] = 30 * MINUTE
"""How long an unpaid order keeps its tickets from others."""
CLOCK_LEAP: Final[Duration] = 2 * MINUTE
"""What passes at most between two looks at unpaid orders, while a server looks: beyond that the
clock has leapt, or nobody looked."""
DUE_EVERY_S: Final = 15.0
"""Seconds between two looks at what has come to its end: unpaid orders, holds."""
ALLOTMENT: Final = 200
"""Unsold tickets of each type that a till is given, as long as there are so many."""
ALLOTMENT_SHARE: Final = 4
"""Of a type with a limit a till holds at most one in so many of those that nobody else has: the
office and the next till have theirs, and the last ones are sold where people stand."""
LOW_MARK_PART: Final = 2
"""Where nobody said otherwise, a till is given more once it has one in so many of them left."""
STOCK_SIZE_MAX: Final = 1_000_000
"""Unsold tickets of a type that an organizer may let a till hold."""
TAP_MAX: Final = 100
"""Tickets above the size of its stock that a connected till may hold for a sale: as many as one
sale has."""
LIMIT_STEP: Final = 32
"""By so much the range of a till's key grows where sales above the size of its stock need it:
each growth is told to all gates. A stolen till has no more than so many ids besides its grant."""

REPORT_SPACING: Final[Duration] = 2 * SECOND
"""Between two reports of one device that are kept; what comes sooner is kept later."""

TILL_REPRINTS_MAX: Final = 15
"""Up to this reprint a ticket that a till's key has signed is believed; an event's own key signs
every reprint."""
BUY_GET_MAX: Final = 100
"""Tickets that a discount's buyer pays, and gets for nothing beside them."""

# ---------------------------------------------------------------- live board

LIVE_EACH_MAX: Final = 8
"""Live boards that one person or key watches at a worker; a desk has one, a wall perhaps four."""
LIVE_ORGANIZATION_MAX: Final = 100
"""Live boards that an organization watches at a worker."""

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
WEBHOOK_LANES_EACH: Final = 2
"""Of them to one receiver, and of one organization: a slow one leaves the others theirs."""
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

# ---------------------------------------------------------------- lists that are brought

IMPORT_FILE_MAX: Final = 32_000_000
"""Bytes of a list: two hundred thousand lines with names and addresses."""
IMPORT_LINES_MAX: Final = 200_000
"""Of one list."""
IMPORT_BATCH: Final = 1_000
"""Lines in one transaction: on SQLite gates wait for it, for some 50 ms."""
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
ERASURE_POLL_S: Final = 1.0
"""Between two looks for erasures that are to be ended, in seconds."""
PERSONS_SHOWN_MAX: Final = 100
"""Persons whom one search shows."""

# ---------------------------------------------------------------- cancelled events

REFUND_SLICE: Final[Duration] = 30 * SECOND
"""How long one worker goes on before it gives the run back: well within a job's lease."""
REFUND_POLL_S: Final = 1
"""Seconds between two looks for a run: somebody sits before it."""

MOVES_KEPT: Final = 8
"""Of a date, the times before it was moved for which tickets were signed: more are forgotten."""
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

# ---------------------------------------------------------------- tickets in bulk

TICKET_FILES_OPEN_MAX: Final = 5
"""Of an event, that are written or wait to be fetched: each may hold all of its tickets."""
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
REPORT_RECIPIENTS_MAX: Final = 20
"""Of one: with the other bounds 400 mails a day, and 200 more that somebody asks for."""
REPORT_RUNS_A_DAY_MAX: Final = 10
"""Times a day that an organization's people ask for a report at once."""
REPORT_EVENTS_A_MAIL_MAX: Final = 20
"""Events whose own reports are in one mail; the others are named."""
REPORT_EVENTS_NAMED_MAX: Final = 200
"""Events that one report over a period is asked for by name; without names it is about all."""
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

MEMBERS_MAX: Final = 5_000
"""Of an organization, read in one list."""
AUDIT_LINES_MAX: Final = 50_000
"""Lines of the audit trail in one file."""
ANSWER_LINES_MAX: Final = 100_000
"""Answers at the door that a file lists one by one; more are counted on its last line."""

# ---------------------------------------------------------------- pictures

PICTURE_SENT_MAX: Final = 8_000_000
"""Bytes of a picture as it is sent: a telephone's photograph."""
PICTURE_BODY_MAX: Final = 11_000_000
"""Of the request that brings it, in base64."""
PICTURE_DOTS_MAX: Final = 25_000_000
"""Of a picture as it is sent; unpacked it takes four bytes each."""
PICTURE_SIDE_MIN: Final = 16
"""Dots of the shorter side as it is sent."""
PICTURE_STRETCH_MAX: Final = 20
"""So many times its shorter side is the longer one at most."""
PICTURE_SIDE_MAX: Final = 1_600
"""Dots of the longer side as it is kept: 180 mm at 225 dpi."""
PICTURE_KEPT_MAX: Final = 400_000
"""Bytes as it is kept: two of them reach each till."""
PICTURES_AT_ONCE: Final = 2
"""That one worker unpacks: 100 MB each at worst; the others wait."""
PICTURES_BYTES: Final = 60_000_000
"""Of an organization, together."""

# ---------------------------------------------------------------- tickets' homes

HOME_ASK_KEPT: Final[Duration] = 2 * MINUTE
"""How long what a home has given is kept for a gate that never fetched the answer; then it goes
back."""
HOME_ANSWER_WITHIN: Final[Duration] = 10 * SECOND
"""What a home gives later than this goes back at once: whoever asked has gone."""
SPREAD_MAX: Final = 60_000
"""Tickets that one spreading asks homes for; all gates read every order."""
HOMES_ONE_BY_ONE_MAX: Final = 2_000
"""So many tickets of an event are given their homes one by one; more in blocks, slot by slot."""

# ---------------------------------------------------------------- conflicts and clocks

SERVERS_APART_MAX: Final[Duration] = 5 * SECOND
"""By so much the clocks of hosts that serve one database differ without being named."""
CLOCK_EVIDENCE_MAX: Final = 40
"""Entries that are kept as evidence of one device's clock; who jumps all day proves no more."""
CONFLICT_AGAIN: Final[Duration] = 10 * MINUTE
"""How long an alarm stands for whatever else its device tries of the kind."""
SIDES_MAX: Final = 50
"""Sides that one conflict keeps; a full hall needs no thousand proofs."""
SIDES_NAMED_MAX: Final = 8
"""Entries of one upload that a conflict about its device shows."""
FLAWED_NAMED_MAX: Final = 8
"""Entries of one upload that an alarm shows at most, besides the first."""

# ---------------------------------------------------------------- claims

DENIED_CLAIMS_KEPT: Final[Duration] = 24 * HOUR
"""How long a refused claim's answer is kept for retries; decided anew, it is the same but for
what has changed since."""
TRIAL_ENTRIES_MAX: Final = 50
"""Earlier entries that an imagined ticket may have where it is tried what a gate would say."""
EVACUATIONS_NAMED_MAX: Final = 4
"""Evacuations under way in one zone that an answer names; a datagram has to hold them."""

# ---------------------------------------------------------------- quotas
# Generous: no honest use comes near. They bound what one of many on the same server can do to the
# others' disk and time.

ORGANIZATIONS_MAX: Final = 100
"""That one person belongs to, and may therefore make."""
EVENTS_MAX: Final = 100_000
"""Of an organization, that are not over: ten days ahead at 10,000 a day."""
VENUES_MAX: Final = 5_000
PICTURES_MAX: Final = 500
"""Of an organization."""
LIFTS_MAX: Final = 200
OCCURRENCES_MAX: Final = 2_000
"""Of an event: a show every day for five years."""
ZONES_MAX: Final = 500
GATES_MAX: Final = 2_000
TYPES_MAX: Final = 1_000
"""Of an event, each."""
HOLDS_MAX: Final = 2_000
"""Open ones, of an event."""
IMPORTS_MAX: Final = 20
"""That wait for an answer, of an event."""
PROMOTIONS_MAX: Final = 200
"""Of an event."""
PROMOTIONS_FOR_ALL_MAX: Final = 20
"""Those without a code, which every basket is looked at for."""
VOUCHERS_AT_ONCE_MAX: Final = 500
"""In one request; a longer list goes in several."""
VOUCHER_DOUBTS_MAX: Final = 1_000
"""Of one till: payments by voucher that it asked about and that were never made; each is a cut in
the middle of a payment."""
DEVICES_MAX: Final = 20_000
"""Of an organization: those that are not revoked, and codes that still enrol one."""
API_KEYS_MAX: Final = 100
WEBHOOKS_MAX: Final = 20
"""Of an organization."""
INVITATIONS_MAX: Final = 1_000
"""Open ones, of an organization."""
SUPERVISORS_MAX: Final = 200
"""Of an organization; each manifest carries them all."""
JOURNAL_BYTES_A_DAY_MAX: Final = 256_000_000
"""Of one device at one worker: half a million entries, fifty times a busy lane's evening. What is
held already costs nothing."""


def check(count: int, most: int, what: str) -> None:
    """See that there is room for one more.

    Args:
        count: How many there are.
        most: How many there may be.
        what: Of what, with what to do, after "At most 100 ".

    Raises:
        Problem: `quota-exceeded`.
    """
    if count >= most:
        raise exceeded(most, what)


def exceeded(most: int, what: str) -> Problem:
    """Make the answer for what there are too many of."""
    return Problem("quota-exceeded", f"At most {most} {what}.")
