"""How long, how many and how much at the server: each number with its unit and its reason.

Limits, lifetimes, waits, sizes and tries that an organizer, an operator or an attacker would ask
for. What goes on by itself (jobs, mails, webhooks, alarms, reports) has its numbers in
`server/background_limits_and_times.py`. Which numbers stand elsewhere says
`docs/where-to-change-what.md`.
"""

from __future__ import annotations

from typing import Final

from server.db.rate_limit import CLOCKS_APART, Limit
from server.problem_answers import Problem
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from shared.wire.work_reasons import WorkReason

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
LAST_USED_STEP: Final[Duration] = MINUTE
"""How exact an API key's "last used" is; spares a write per request."""

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
"""Tries of one address, but for those that made a device; a code has 80 random bits besides."""
ENROLMENTS_OF_SITE: Final = Limit("enrol-wide", 100, 10 * MINUTE)
"""Such tries of one IPv6 site."""

ADDRESS_FACTOR: Final = 20
"""How many clients' worth of requests one address may make: an office has one for all."""

SERVERS_APART: Final[Duration] = CLOCKS_APART
"""So far the clocks of two servers may differ; what was written further ahead than this was
written by a clock that was wrong: a job is due now, and a one-time code has ended."""

# ---------------------------------------------------------------- enrolment codes and badges

CODE_LIFETIME: Final[Duration] = 10 * MINUTE
"""Of a device's code, unless whoever makes it says otherwise: from the desk to the gate."""
CODE_LIFETIME_MAX: Final[Duration] = 30 * DAY
CODE_KEPT: Final[Duration] = 90 * DAY
"""How long after its end a code's row is kept, used or not; the next one's issue sweeps them."""
CODES_EVERY_S: Final = 60.0
"""Seconds between two looks at which codes and invitations have come to their end."""
FORMER_BADGES_MAX: Final = 16
"""Badges of one supervisor, the newest: who draws more within an evening has another trouble."""

# ---------------------------------------------------------------- devices' tokens

DEVICE_REMEMBERED: Final[Duration] = 2 * SECOND
"""How long a worker remembers whose a device's token is, where no notice says that the device was
changed: no hole, since what it would change is checked again inside the transaction that changes
it."""
HEARD_WITHIN: Final[Duration] = 30 * SECOND
"""How exact a device's last contact is noted."""
IN_TOUCH_WITHIN: Final[Duration] = HEARD_WITHIN + 15 * SECOND
"""Who was heard, or enrolled, so lately is asked: a gate exchanges every few seconds, and its last
contact is noted to within half a minute."""

REFUSALS_KEPT: Final = Limit("refusals", 20_000, DAY)
"""Of one device at one worker, so that a retry is told the same for a day; more than a lane has in
a month. A stolen token that was refused without end filled the disk of all with them."""

# ---------------------------------------------------------------- bodies and pages

BODY_SIZE_MAX: Final = 1_000_000
"""Bytes of a request's body; what takes more is named here."""
CLAIMS_SIZE_MAX: Final = 2_000_000
"""Bytes; an absurd code is answered, up to a point, like any other that is no ticket."""
DEVICE_BODY_SIZE_MAX: Final = 4_000_000
"""Bytes of an exchange or of relayed requests: entries of 2 MB, and as much again."""
STRANGER_BODY_SIZE_MAX: Final = 64 * 1024
"""Bytes, of somebody who is nobody yet: who enrols, signs in or registers."""
DOUBTED_FOR: Final[Duration] = MINUTE
"""So long no more than that is read of whoever sent a device's token with a false proof: eight
connections that each sent 4 MB over and over kept claims waiting for half a second."""
ROLE_HELD_S: Final = 1.0
"""Seconds that a body may take until who sends it is looked up once more: it may be on its way for
a quarter of an hour, and somebody who was removed meanwhile sold and gave away by it."""
SEAT_MAP_SIZE_MAX: Final = 20_000_000
"""Bytes of a request with a seat map: a hundred thousand seats, as a drawing."""
SEATS_AT_ONCE_MAX: Final = 1_000
"""Named in one request; a longer list goes in several."""
PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 500
"""Rows of a list in one answer."""
SORT_SIZE_MAX: Final = 200
"""Letters of the fields by which a list is to be ordered."""
IMPORT_MAX: Final = 5_000
"""Codes in one request; a longer list goes in several."""
PERSONS_SHOWN_MAX: Final = 100
"""Persons whom one search shows."""
MEMBERS_MAX: Final = 5_000
"""Of an organization, read in one list."""
CODES_LISTED_MAX: Final = 1_000
"""Codes that may still enrol a device, the newest first."""
SESSIONS_LISTED_MAX: Final = 200
"""Sign-ins that somebody is shown of their own, the latest used first."""
ORGANIZATIONS_LISTED_MAX: Final = 500
"""Organizations that one person's list has: others may take them in beyond their own."""
ANSWER_LINES_MAX: Final = 100_000
"""Answers at the door that a file lists one by one; more are counted on its last line."""

# ---------------------------------------------------------------- orders and tills

TICKETS_PER_ORDER_MAX: Final = 1_000
PAYMENTS_PER_ORDER_MAX: Final = 100
"""And as many payouts."""
TILL_BUYERS_MAX: Final = 100_000
"""Orders of an event that its tills hold to be found by their buyers, the newest ones."""
UNPAID_ORDER_KEPT: Final[Duration] = 30 * MINUTE
"""How long an unpaid order keeps its tickets from others, unless whoever places it says so."""
UNPAID_ORDER_KEPT_MIN: Final[Duration] = 30 * SECOND
UNPAID_ORDER_KEPT_MAX: Final[Duration] = DAY
"""What may be said."""
CLOCK_LEAP: Final[Duration] = 2 * MINUTE
"""What passes at most between two looks at unpaid orders, while a server looks: beyond that the
clock has leapt, or nobody looked."""
DUE_EVERY_S: Final = 15.0
"""Seconds between two looks at what has come to its end: unpaid orders, holds."""
ALLOTMENT: Final = 200
"""Unsold tickets of each type that a till is given, as long as there are so many."""
ALLOTMENT_SHARE: Final = 4
"""Of a type with a limit a till holds at most one in so many of those that nobody else has: the
server and the next till have theirs, and the last ones are sold where people stand."""
LOW_MARK_PART: Final = 2
"""Where nobody said otherwise, a till is given more once it has one in so many of them left."""
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
every reprint. More than anybody needs of one ticket, and few of the 255 generations that it has:
who stole a till's key cannot sign the last one, behind which no other code can be given out, and
240 are left by which the server supersedes what a thief has signed."""
BUY_GET_MAX: Final = 100
"""Tickets that a discount's buyer pays, and gets for nothing beside them."""

MOVES_KEPT: Final = 8
"""Of a date, the times before it was moved for which tickets were signed: more are forgotten."""
MOVED_WINDOWS_MAX: Final = 20_000
"""Tickets with a window of their own that one move takes along: gates are told of each."""
DATE_MINUTES_MAX: Final = 7 * 24 * 60
"""From a date's beginning to its end: a week."""
SERIES_YEARS_MAX: Final = 10
"""A rule is followed for so long, so that one which never comes true has an end."""
TILL_ID_PREFIX_BITS: Final = 20
"""A till's share of the ticket ids: one of a million prefixes, drawn at random. How many ids of
it count is bounded by what the till was granted."""
TILL_MANUAL_PREFIX_BITS: Final = 13
"""A till's share of the manual codes. The first of them is 1: the server's own codes begin with 0.
2^27 codes are left a till."""
TILL_KEYS_MAX: Final = 32
"""Keys that one till may have had for one event; more are no accident."""

# ---------------------------------------------------------------- live board

LIVE_EACH_MAX: Final = 8
"""Live boards that one person or key watches at a worker; a desk has one, a wall perhaps four."""
LIVE_ORGANIZATION_MAX: Final = 100
"""Live boards that an organization watches at a worker."""
NIGHT_LINGERS: Final[Duration] = 6 * HOUR
"""A date stands among those to come so long after its end, or its start where that is unknown."""
LIVE_MINUTES_DEFAULT: Final = 60
"""Of the last while, minute by minute, unless somebody asks for more."""
LIVE_MINUTES_MAX: Final = 240
"""The most that may be asked for."""
WAITING_MINUTES: Final = 3
"""Whole minutes by which it is judged how busy a gate is."""
LIVE_TICK_S: Final = 0.4
"""Between two readings of an event that is watched."""
LIVE_SHARE_MAX: Final = 0.3
"""Of its time that a worker spends at most on reading one event."""
LIVE_RIGHTS_S: Final = 2.0
"""Between two times that each watcher's right is asked about."""
LIVE_TAKES_S: Final = 10.0
"""Seconds that a reader may take for one board."""

# ---------------------------------------------------------------- shares of organizations

OWN_REQUESTS_WAIT_S: Final = 30.0
"""That a request waits for others of its organization: as long as whoever meets no free connection
at all waits for one."""
LONG_WORK_WAIT_S: Final = 120.0
"""That long work waits for its organization's other: a few of the longest reports, one after the
other."""

# ---------------------------------------------------------------- reports

REPORT_SLOT: Final = 15 * MINUTE
"""In which reports count who came."""
REPORT_UNKNOWN_ANSWERS_MAX: Final = 1_000
"""Lines of answers to what the plan does not ask: a device may say what it likes. What is beyond
them is counted on the last line."""
REPORT_FALSE_DEVICES_MAX: Final = 1_000
"""Lines of devices that behaved as no gate does, one for each device that noticed it."""
REPORT_SHIFTS_MAX: Final = 5_000
"""Shifts of tills that a report lists, the earliest."""

# ---------------------------------------------------------------- pictures

PICTURE_BODY_MAX: Final = 11_000_000
"""Of the request that brings it, in base64."""
PICTURE_DOTS_MAX: Final = 25_000_000
"""Of a picture as it is sent; unpacked it takes four bytes each, several times at worst."""
PICTURE_SIDE_MIN: Final = 16
"""Dots of the shorter side as it is sent."""
PICTURE_STRETCH_MAX: Final = 20
"""So many times its shorter side is the longer one at most."""
PICTURE_SIDE_MAX: Final = 1_600
"""Dots of the longer side as it is kept: 180 mm at 225 dpi."""
PICTURE_KEPT_MAX: Final = 400_000
"""Bytes as it is kept: two of them reach each till."""
PICTURES_AT_ONCE: Final = 1
"""That one worker unpacks: some 330 MB at worst, for a second; the others wait."""
PICTURES_BYTES: Final = 60_000_000
"""Of an organization, together."""

BOOKED_WITHIN: Final[Duration] = SECOND
"""A till's upload waits so long for its sales to be booked, and those that are left go on without
it. The till waits for two seconds; with hundreds, of an evening cut off, it stood for a minute."""

# ---------------------------------------------------------------- tickets' homes

HOME_ASK_KEPT: Final[Duration] = 2 * MINUTE
"""How long what a home has given is kept for a gate that never fetched the answer; then it goes
back."""
HOME_ANSWER_WITHIN: Final[Duration] = 10 * SECOND
"""What a home gives later than this goes back at once: whoever asked has gone."""
HOME_MOVE_TICKETS_MAX: Final = 300
"""Tickets that one order names: its surrender must fit into one journal entry."""
SPREAD_MAX: Final = 60_000
"""Tickets that one spreading asks homes for; all gates read every order."""
HOMES_ONE_BY_ONE_MAX: Final = 2_000
"""So many tickets of an event are given their homes one by one; more in blocks, slot by slot."""
HOMES_AT_ONCE: Final = 10_000
"""Tickets that are given homes in one transaction: on SQLite gates wait for it, for some 40 ms."""

# ---------------------------------------------------------------- conflicts and clocks

SERVERS_APART_MAX: Final[Duration] = 5 * SECOND
"""By so much the clocks of hosts that serve one database differ without being named."""
CLOCK_EVIDENCE_MAX: Final = 40
"""Entries that are kept as evidence of one device's clock; who jumps all day proves no more."""
FALSE_DEVICE_NOTES_MAX: Final = 40
"""Notes of one device about others that conflicts show; who accuses all day proves no more."""
CONFLICT_AGAIN: Final[Duration] = 10 * MINUTE
"""How long an alarm stands for whatever else its device tries of the kind."""
SIDES_MAX: Final = 50
"""Sides that one conflict keeps; a full hall needs no thousand proofs."""
CONFLICTS_OF_A_DEVICE_MAX: Final = 200
"""Open ones of a kind that one device's own word alone opens: nobody rules on more one by one."""
CAME_EARLY: Final = HOUR
"""So long before its beginning somebody may come for a date that names no doors."""
CAME_LATE: Final = DAY
"""So long after its beginning, for one that names no end."""
PASSAGES_OF_A_TICKET: Final = 64
"""So many that a device tells of on one ticket count as they come; more count at its pace."""
PASSAGES_OF_A_TICKET_MAX: Final = 256
"""More wait for a person: each is held against all others of its ticket, which takes long."""
UPLOAD_GOES_ON: Final[Duration] = 10 * MINUTE
"""So long after a part of a journal the next one counts as brought with it."""
SIDES_NAMED_MAX: Final = 8
"""Entries of one upload that a conflict about its device shows."""
FLAWED_NAMED_MAX: Final = 8
"""Entries of one upload that an alarm shows at most, besides the first."""

# ---------------------------------------------------------------- claims

DENIED_CLAIMS_KEPT: Final[Duration] = 24 * HOUR
"""How long a refused claim's answer is kept for retries; decided anew, it is the same but for
what has changed since."""
EVACUATIONS_NAMED_MAX: Final = 4
"""Evacuations under way in one zone that an answer names; a datagram has to hold them."""
PLACES_KEPT_FOR: Final[Duration] = 15 * SECOND
"""So long nothing of the zone's room is granted to devices: the holders are still there, choose
their number once more and pass; then the shares are filled again."""
PLACES_ASKED_AGAIN_AFTER: Final[Duration] = 2 * SECOND
"""Within so long after a zone's devices were asked they are not asked again: in a full hall each
scan would else fill the feed of all."""
PLACES_KEPT_MAX: Final[Duration] = MINUTE
"""No room is kept together for longer, whatever a clock said that has been set back since."""
EVACUATION_STOPS_MAX: Final = 4
"""Stops of one device that hold in one zone: more close nothing, and each has to be ended."""
EVACUATION_WORDS_KEPT_MAX: Final = 32
"""Words without effect of one device that an organizer may still confirm; each is a conflict."""
EVACUATION_LOOKED_BACK: Final[Duration] = DAY
"""Words of before were followed up by an earlier start, or by who said them."""

# ---------------------------------------------------------------- searches and lists

PHONE_DIGITS_MIN: Final = 4
"""Of a telephone's number, before a guest is looked for by it."""
PERSON_RECORDS_MAX: Final = 5_000
"""Records of one person; more are those of many, and are not given out or erased as one."""
CUT_LETTERS_MIN: Final = 3
"""Shorter words are cut nowhere: they would be parts of others' sentences."""
HOLDER_LETTERS_MIN: Final = 2
"""Letters of a name before holders are listed."""
HOLDERS_LOOKED_AT_MAX: Final = 100_000
"""Names that one request looks at: about a fifth of a second, in slices between other requests."""
IMPORT_SAMPLE: Final = 6
"""So many lines of a list are shown before it is taken."""
IMPORT_TITLES_MAX: Final = 10
"""Lines of a title that may stand above the names of the columns."""

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
ZONE_LETTERS_MAX: Final = 500_000
"""Of the rules of an event's zones, and of the types that they name: a thousand for each of them.
Each worker reads all of it when anything of the plan has changed, and others' claims wait that
long; and each plan that gates are told is kept."""
GATES_MAX: Final = 2_000
TYPES_MAX: Final = 1_000
"""Of an event, each."""
HOLDS_MAX: Final = 2_000
"""Open ones, of an event."""
IMPORTS_MAX: Final = 20
"""That wait for an answer, of an event."""
IMPORTS_MEGABYTES_MAX: Final = 1_000
"""Of an organization's lists that wait, as they are kept: thirty of the longest, hundreds of
others. An event costs its maker one request, so that a number of each bounds nothing."""
PROMOTIONS_MAX: Final = 200
"""Of an event."""
PROMOTIONS_FOR_ALL_MAX: Final = 20
"""Those without a code, which every basket is looked at for."""
VOUCHERS_UNSOLD_MAX: Final = 1_000
"""Of one till: payments by voucher for which no sale has come: never made, given back, or still
open; each is a sale that was given up, or a cut in the middle of one."""
DEVICES_MAX: Final = 20_000
"""Of an organization: those that are not revoked, and codes that still enrol one."""
API_KEYS_MAX: Final = 100
WEBHOOKS_MAX: Final = 20
"""Of an organization."""
INVITATIONS_MAX: Final = 1_000
"""Open ones, of an organization."""
SUPERVISORS_MAX: Final = 200
"""Of an organization; each manifest carries them all."""
KEYS_ROTATED_MAX: Final = 200
"""Of one purpose, of an event or of the organization itself: each gate holds them all, and each
plan that gates are told carries them. To declare one compromised is refused to nobody."""
JOURNAL_BYTES_A_DAY_MAX: Final = 256_000_000
"""Of one device at one worker: half a million entries, fifty times a busy lane's evening. What is
held already costs nothing."""


def check(count: int, most: int, what: str) -> None:
    """Refuse one more of what an organization or event may have only so many of.

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
    """Make the answer for whoever wants more of something than there may be."""
    because = WorkReason("quota.most", {"count": most})
    return Problem("quota-exceeded", f"At most {most} {what}.", because=because)


JOURNAL_RETRY_S: Final = 600
"""A device that is beyond it keeps its entries; so much of them is taken again after this time."""
