"""How long, how many and how much at gates and tills: each with its unit and its reason.

Limits, lifetimes, waits, sizes and tries that a steward, a supervisor or a cashier would ask for.
Which numbers stand elsewhere says `docs/where-to-change-what.md`.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration

# ---------------------------------------------------------------- sessions of staff

RIGHTS_FOR: Final[Duration] = 60 * SECOND
"""A supervisor's rights end so long after the last touch."""
UNLOCK_FOR: Final[Duration] = 30 * SECOND
"""How long the gate waits for the rest of a PIN."""
PIN_TRIES_MAX: Final = 5
"""Wrong tries before a pause."""
PIN_PAUSE: Final[Duration] = MINUTE
"""After the first too many wrong tries; doubled each time."""
PIN_PAUSE_MAX: Final[Duration] = HOUR
"""No pause is longer: a forgotten PIN must not close the gate for the evening."""
DUTY_MAX: Final[Duration] = 12 * HOUR
"""How long a steward on duty sees names: nobody works longer at a gate, and who forgets to end it
has gone home."""
UNDO_WITHIN: Final[Duration] = 30 * SECOND
"""So long after an admission anybody at the gate may take it back."""

# ---------------------------------------------------------------- how long a screen stays

ADMITTED_STAYS_MS: Final = 2_000
"""A green screen, unless the next scan comes before."""
LEFT_STAYS_MS: Final = 1_500
"""A way out that was recorded: nobody has to read it."""
DENIED_STAYS_MS: Final = 6_000
"""A red screen: its reason is read, and told to the holder."""
REFERRED_STAYS_MS: Final = 60_000
"""A question to staff, who come from elsewhere; then it is asked for anew."""
QUESTION_REPEATED_MS: Final = 20_000
"""While a question holds the gate its calm tone comes again after each of these."""
QUESTION_EXPIRES_MS: Final = 60_000
"""A question that holds the gate and is not answered by then has admitted nobody."""
ADVICE_STAYS_MS: Final = 4_000
"""How to show a ticket that could not be read as it was held."""
ALONE_AGE_SAID_FROM: Final[Duration] = 5 * SECOND
"""A gate that is cut off says of what age its knowledge is, once it is so old."""
DIM_AFTER_MS: Final = 60_000
"""So long nothing happens before a gate that waits darkens its panel."""

CLOCK_SAID_FROM: Final[Duration] = MINUTE
"""A gate's own clock that is off by so much is said in the bar at the foot of its screen."""
STRANGE_BADGE_STAYS_MS: Final = 8_000
"""That a badge opens nothing here."""
DUTY_HINT_STAYS_MS: Final = 8_000
"""That somebody is on duty now, or no more."""
NOT_READ_STAYS_MS: Final = 8_000
"""That no code was found in a picture."""
READING_STAYS_MS: Final = 30_000
"""That a picture is being read: longer than any is looked at."""
NOT_KEPT_STAYS_MS: Final = 8_000
"""That a device's settings hold, and are not kept."""
HINT_STAYS_MS: Final = 3_000
"""Something small in a gate's banner, where nothing else is said here of how long it stays."""
START_NOTE_STAYS_MS: Final = 6_000
"""What came of an act on the pages before a gate is open."""
REFUSAL_STAYS: Final[Duration] = 5 * SECOND
"""Why a supervisor's deed was refused."""
DEBT_STAYS_MS: Final = 20_000
"""A ticket that is to be paid first: money takes time."""
UNDO_STAYS_MS: Final = 10_000
"""The question whether an admission is taken back."""
NOT_ADMITTED_STAYS_MS: Final = 4_000
"""That somebody is not let in after all, or was taken back."""
UNATTENDED_STAYS_MS: Final = 6_000
"""Where to go, at a gate without staff."""
LAST_STAYS_MS: Final = 10_000
"""The last holder's line under an idle screen."""
CHECKING_AFTER_MS: Final = 150
"""A scan that is not answered by then is said to be checked."""
UNDO_AMONG: Final = 40
"""The newest scans, among which a supervisor is offered what can be undone."""
LAST_SHOWN_WITHIN: Final[Duration] = 60 * SECOND
"""So long after a scan its result can be brought back to the screen."""
PREVIOUS_WITHIN: Final[Duration] = 4 * SECOND
"""So long after a scan the next result says beside it, small, what it was."""
NEXT_SCAN_AFTER_MS: Final = 500
"""A scan that waits for the one before it is asked about so long after that one's verdict."""
SCANS_LISTED_MAX: Final = 30
"""The newest scans that the list beside a gate's screen keeps."""
FORMER_SCANS: Final = 20
"""Scans of earlier runs that are listed again when the gate is opened."""
SECONDS_SAID_UP_TO: Final = 90 * SECOND
"""What is longer ago is said in minutes,"""
MINUTES_SAID_UP_TO: Final = 90 * MINUTE
"""what is longer ago in hours,"""
HOURS_SAID_UP_TO: Final = 36 * HOUR
"""and what is longer ago in days."""

# ---------------------------------------------------------------- what a person shows

LETTERS_MIN: Final = 2
"""Letters of a name before guests, or orders, are looked for."""
NAME_ASKED_AFTER_MS: Final = 120
"""After the last letter of a name: while somebody types on, nobody is looked for."""
DIGITS_WITHIN_MS: Final = 2_000
"""Digits of a count that follow each other within this are one number."""
IMAGER_HOLD: Final[Duration] = SECOND
"""For how long after a scan any reader's reading of the same text is that scan."""
CAMERA_ABSENCE: Final[Duration] = 800 * MILLISECOND
"""How long a code may be out of a camera's sight, blurred or covered, and still be the same."""
CAMERA_FRAME_MAX: Final[Duration] = 100 * MILLISECOND
"""Between two pictures of a camera that sees; for what is longer than that it saw nothing,"""
CAMERA_BLIND_MAX: Final[Duration] = 5 * SECOND
"""and up to this, what it had in view is the same. Behind a longer gap it may be the next holder,
who is not to wait in vain."""
CAMERA_SILENT: Final[Duration] = 3 * SECOND
"""A camera that has given no picture for so long is gone; one that starts takes a second."""
CAMERA_BLACK: Final[Duration] = 3 * SECOND
"""A hand before the lens is away by then."""
CAMERA_LIGHT_EVERY: Final[Duration] = SECOND
"""Between two looks at whether a camera's picture is dark, or stands still."""
CAMERA_GREY_BLACK_MAX: Final = 24
"""Grey level, of 255; a lid lets through less, however hard the camera tries."""
CAMERA_BRIGHT_SHARE_MIN: Final = 0.01
"""Of a picture that is not black; some cameras have dots that are always bright."""
CAMERA_STILL: Final[Duration] = 30 * SECOND
"""Frames that are the same to the last dot: a stream may repeat one for as long as nothing moves,
until it draws the picture anew."""
TAG_ABSENCE: Final[Duration] = 300 * MILLISECOND
"""How long a wristband or a card may be off the tag reader, and still be the same scan."""
SERIAL_SILENCE_MAX: Final[Duration] = 50 * MILLISECOND
"""A reader on a cable that ends its codes by no sign has ended one after so long a pause."""
SERIAL_PAUSE_MAX: Final[Duration] = 300 * MILLISECOND
"""Within a code of one that ends its codes by a sign: by radio, bytes stop and go on."""
SERIAL_RETRY: Final[Duration] = SECOND
"""Between two tries to open a reader on a cable that is not there."""
KEY_GAP_MAX: Final = 50 * MILLISECOND
"""Between two characters of a code that a reader types."""
KEY_IDLE_MAX: Final = 120 * MILLISECOND
"""What is typed has ended after so long a pause, code or not."""
KEY_PAUSE_MAX: Final = 300 * MILLISECOND
"""Within a long code of a reader that ends its codes by a sign: by radio, keys stop and go on."""
KEY_HELD_MIN: Final[Duration] = 40 * MILLISECOND
"""A reader that types lets go of a key sooner than that; a finger does not."""
CODES_TOGETHER_MAX: Final = 2
"""Codes in one view that are each taken as a scan."""
CAMERA_LOOK_MAX: Final[Duration] = 50 * MILLISECOND
"""How long a code is looked for in one picture of a camera's; longer on a slower machine."""
PICTURE_LOOK_MAX: Final[Duration] = 2_000 * MILLISECOND
"""How long a code is looked for in a picture that was handed over as a file."""
CAMERA_RETRY_SECONDS: Final = 1.0
"""Between two tries to open a camera that is not there."""
CAMERA_STREAM_MS: Final = 5_000
"""For a camera of the network to answer, and for its next picture."""
CROWD_TOLD_EVERY: Final[Duration] = 3 * SECOND
"""At most so often it is said that codes are to be shown one by one."""
UNREAD_PAUSE_MAX: Final = 500 * MILLISECOND
"""Between two keys of one scanner; slower ones are not sold."""
UNREAD_TOLD_FOR: Final = 10 * MINUTE
"""So long the board hears of keys of which nothing was read, unless a code is read before."""

# ---------------------------------------------------------------- how long a lane waits for others

LAN_BUDGET_MS: Final = 50
"""For the other gates' answers, while the server is away."""
SLOW_DISK_MAX: Final[Duration] = SECOND // 2
"""A gate whose own disk is slow waits for its peers' as much longer, and no longer than that."""
LAN_BUDGET_MS_MAX: Final = 60_000
"""The most that may be set."""
EVACUATIONS_OF_PEER_MAX: Final = 16
"""Of one other device in one zone, those over included: a thief's alarms come to an end."""
DISCOVERY_REQUEST_MS: Final = 3_000
"""For the address behind a name that a gate has announced on the venue's network."""
DISCOVERY_NAMES_MAX: Final = 20_000
"""Anybody can announce names without end, and the library notes when to ask for each again: after
so many that is forgotten, and nobody is looked for until the rest is over."""
DISCOVERY_REST_SECONDS: Final = 60.0
"""How long nobody is looked for then."""
DISCOVERY_LOOK_SECONDS: Final = 5.0
"""How often a gate looks whether it is on a network, and at which addresses."""
HOME_BUDGET_MS: Final = 300
"""How long a ticket's home is waited for on the venue's network."""
HOME_REMINDED_AFTER_MS: Final = 100
"""A ticket's home of which the ledger has brought no word by then is asked there as well."""
HOME_BUDGET: Final[Duration] = SECOND
"""How long a ticket's home is waited for: the way there and back, and its disk."""
HOME_TRIES: Final = 3
"""How often a home is asked within the budget; it answers the same question once."""
UNHEARD_AFTER: Final[Duration] = 5 * MINUTE
"""A gate of the zone from which nothing came for so long may have let somebody in unheard."""
ADDRESSES_TRIED_AT_ONCE: Final = 8
"""Of the addresses that somebody typed for gates, at each try; the others in turn."""
PEER_FETCH_SECONDS: Final = 5.0
"""For another gate's next bytes, while entries are fetched of it."""

# ---------------------------------------------------------------- exchanges with the server

SYNC_EVERY: Final[Duration] = 5 * SECOND
"""While nothing happens and no push says that there is news."""
SYNC_SPACING: Final[Duration] = SECOND // 2
"""At least so long between two exchanges."""
TELLING_APART: Final[Duration] = 8 * MILLISECOND
"""Between two gates, on average, that tell that they have heard an order: all hear it at once, and
an exchange takes the server 2 to 5 ms. Among 20 gates the last one tells within a sixth of a
second, among 1,000 within eight seconds, and claims come through meanwhile."""
RETRY_MIN: Final[Duration] = SECOND
"""After the first exchange that failed; doubled each time."""
RETRY_MAX: Final[Duration] = 30 * SECOND
"""No wait between tries is longer."""
UNREACHED_MAX: Final[Duration] = 4 * SECOND
"""Nor is one longer than this where nobody answers, or who answers has failed: with its jitter at
most five seconds, as often as a gate polls that is connected. Holders stand before this gate, and
all gates together ask no more than on any day."""
CONNECT_SECONDS: Final = 5.0
"""For a connection to the server, its push or live channel, or its word of the time."""
PING_EVERY_SECONDS: Final = 2.0
"""Between two signs of life on the push channel: a gate without traffic says within about five
seconds that its cable was pulled. A sign takes the server 0.06 ms: 100 gates 0.3 % of a core."""
PING_SECONDS: Final = 2.0
"""For the answer to a sign of life."""
PROBE_SECONDS: Final = 1.0
"""For the server's answer once the push channel has broken; after that the gate is alone."""
READ_SECONDS: Final = 30.0
"""For the next bytes of an answer."""
BYTES_A_SECOND_MIN: Final = 2_000
"""A request and its answer take as long as at this rate, and `READ_SECONDS`, at most: a slow phone
network has ten times as much. By a byte now and then a gate could be held up for days."""
ANSWER_SIZE_MAX: Final = 40 * 1024 * 1024
"""Bytes of one answer of the server's: a whole manifest chunk with room to spare."""
PIECES_AT_ONCE: Final = 200
"""Lines of an answer's head, and pieces of its body, that a device takes; see the next."""
PIECE_SIZE_MIN: Final = 64
"""Bytes of an answer for each further piece. What is read at once, 64 kB, may be eleven thousand
pieces of one byte; while whoever stands in between sent such, each verdict took seconds. Servers
and proxies send kilobytes in each."""
FRAMES_AT_ONCE: Final = 1_000
"""Frames of the push or live channel at once: what a server says in half a minute, for a machine
that slept. They take 50 ms; pings without end made a verdict wait for 27 seconds."""
FRAMES_EACH_SECOND: Final = 100
"""And each second after that; a server says something new 33 times a second at most."""
FIRST_SYNC_SECONDS: Final = 20.0
"""How long a lane or a till that is opened waits for the server before it begins without."""
SYNC_SECONDS: Final = 5.0
"""A till that knows its event sells on after so long; it goes on trying beside."""
FORMER_ADDRESS_EVERY: Final[Duration] = 20 * SECOND
"""While the server is away: how often it is asked at its former address whether it has moved."""
ROSTER_RENEW_EVERY: Final[Duration] = 3 * SECOND
"""At most so often the roster is fetched that the server has told of."""
ADDRESS_TOLD_EVERY: Final[Duration] = 60 * SECOND
"""So often the server hears where this gate is all the same: its address may have changed."""
MOVED_SERVER_EVERY: Final[Duration] = 5 * SECOND
"""While the server is away: how often it is looked for where it has moved to."""

# ---------------------------------------------------------------- rehearsals

REHEARSAL_SCANS: Final = 400
"""Of a practice queue: each reason comes several times, and it takes some minutes."""

REHEARSAL_COPY_EVERY: Final = 10
REHEARSAL_FORGED_EVERY: Final = 25
REHEARSAL_JUNK_EVERY: Final = 40
"""One in so many of a practice queue is a ticket used twice, a forgery, no ticket at all."""
CUT_EXTRA_MS: Final = 250.0
"""What a scan may take above the claim's budget when the server hangs."""
LATE_MAX: Final[Duration] = SECOND
"""How long somebody of a recorded queue may wait for those before them."""
KNOWLEDGE_AGE_MAX: Final[Duration] = 15 * MINUTE
"""What a gate knows of the event must not be older when doors open."""
FREE_BYTES_MIN: Final = 500_000_000
"""Of the disk: an evening's journal and a new manifest, many times over."""
DISK_LOW_BYTES: Final = 100_000_000
"""Left of the disk: some hours of scans. From then on a gate's screen asks for more, before it has
to stop with holders before it."""
CLOCK_ERROR_MAX: Final[Duration] = 2 * SECOND
"""Between a gate's clock and the server's."""
BATTERY_MIN: Final = 20
"""Percent, of a machine without a cable: about an hour of a tablet's."""
LAST_CALL: Final[Duration] = 5 * MINUTE
"""Nobody rehearses so shortly before doors."""
REHEARSAL_P99_MAX_MS: Final = 50.0
"""Of a hundred scans of a rehearsal all but one take no longer."""
RECORDED_SCANS_MIN: Final = 20
"""Of an evening that is played again; fewer are no queue."""
RECORDED_WINDOW: Final[Duration] = 15 * MINUTE
"""The busiest part of an evening, which is played,"""
REPLAY_SPEEDS: Final = (60, 10)
"""so many times as fast: in 15 or 90 seconds."""
RECORDED_PAUSE: Final[Duration] = 3 * HOUR
"""After so long without a scan another queue begins."""

# ---------------------------------------------------------------- tills

REFUND_BUDGET: Final[Duration] = 2 * SECOND
"""How long a refund, or whatever else takes a ticket back, waits for the ledger: a ticket's home
may have to be asked."""
TAP_BUDGET: Final[Duration] = 2 * SECOND
"""How long a sale waits for more stock; then the till says what it has left."""

REPORT_EVERY: Final[Duration] = 60 * SECOND
"""How often a device tells how it stands where nothing lasting has changed."""
CLOCK_MOVED: Final[Duration] = 5 * SECOND
"""A device's clock that was set by more is told at once."""

LEAVE_WAIT: Final[Duration] = 1_500 * MILLISECOND
"""How long a device that is closed waits for its last word to be taken."""
BUYERS_PACE: Final[Duration] = 20 * SECOND
"""Buyers are asked for no more often than this."""
GUESTS_MAX: Final = 2_000
"""Guests whose names wait at a till until the server has heard them; the oldest are forgotten
first."""
GUEST_PACE: Final[Duration] = 2 * SECOND
"""Who was added to lists is told no more often."""
GUEST_REFUSED_PACE: Final[Duration] = 60 * SECOND
"""Nor so often, while the server refuses one of them."""
GROUP_STEP: Final = 10
"""Of a group's tickets so many more are chosen by one tap."""
TILL_LOOK_MS: Final = 1_000
"""Between two looks of a till's window at how its till stands, and at seats that others take."""
DISCOUNT_PERCENTS: Final = (1_000, 2_000, 5_000)
"""Discounts that are one tap, in basis points."""
TAG_WAIT_SECONDS: Final = 60.0
"""For a tag that takes a ticket of the command line."""

# ---------------------------------------------------------------- printing

PRINTER_CONNECT_SECONDS: Final = 2.0
"""For a printer to take the connection, or for its next bytes; it stands in the same room."""
PRINTER_STATUS: Final[Duration] = SECOND
"""How long a printer may take to say how it is."""
PRINTED_WITHIN: Final[Duration] = 15 * SECOND
"""How long a printer may take to say that a paper is done: a metre of it, and some."""
PRINT_AGAIN_AFTER: Final[Duration] = 3 * SECOND
"""So long after a printer took nothing, it is tried again."""
SPOOLED_WITHIN: Final[Duration] = 30 * SECOND
"""How long the system's printer may take to say that a page is done."""
PRINT_JOBS_KEPT: Final = 5_000
"""Printed papers that can be had again: some days of a busy till."""
PAPER_WATCH: Final[Duration] = MINUTE
"""How far the time that somebody wrote on a list may be off: a watch, and whole minutes."""
PAPER_STEP: Final[Duration] = 15 * MINUTE
PAPER_BACK: Final[Duration] = 12 * HOUR
"""Times of a passage by a list on paper are offered in such steps, and so far back."""
PAPER_SPAN_MAX: Final[Duration] = DAY
"""A passage by a list on paper is not keyed in as having been between moments further apart."""

# ---------------------------------------------------------------- fiscal signing

FISCAL_BUDGET_SECONDS: Final = 2.0
"""How long a receipt waits for its signature; after it, it says that the signer is unavailable."""

# ---------------------------------------------------------------- card terminals

TERMINAL_CONNECT_SECONDS: Final = 3.0
"""For a card terminal to take the connection; it stands in the same room."""
TERMINAL_ACK_SECONDS: Final = 5.0
"""For a card terminal to say that it has heard a command: the protocol's own time."""
TERMINAL_ANSWER_SECONDS: Final = 20.0
"""For what needs no card and no bank: registration, the last booking again."""
TERMINAL_RESULT_SECONDS: Final = 120.0
"""For a card to be shown and its bank to answer, from the terminal's last word on."""
TERMINAL_LONGEST_SECONDS: Final = 600.0
"""For one payment, whatever the terminal says meanwhile."""
TERMINAL_IDLE_SECONDS: Final = 20.0
"""How long a terminal may stay busy when it is asked what became of a payment."""
TERMINAL_QUIET_SECONDS: Final = 4.0
"""So long an idle terminal must have booked nothing new before a payment counts as not made."""
TERMINAL_ASK_SECONDS: Final = 1.0
"""Between two questions to a terminal that is busy."""

# ---------------------------------------------------------------- the customer's display

CUSTOMER_LINES_MAX: Final = 4
"""Kinds of tickets that a display names; more are counted."""
CUSTOMER_CODE_SHOWN: Final[Duration] = 90 * SECOND
"""How long a ticket's code stands on a display that others see, for its guest to take along."""

# ---------------------------------------------------------------- what a search shows

FOUND_SHOWN_MAX: Final = 20
"""Guests at a gate, or orders at a till, that a search shows; more letters leave fewer."""
PAST_SALES_SHOWN: Final = 24
"""Sales of this till that can be looked at again, the latest."""
INSIDE_SHOWN_MAX: Final = 100
"""Tickets of a zone that is emptied, whose holders are thought to be inside."""
PICTURES_LISTED_MAX: Final = 200
"""Pictures of codes that a folder's list has, the newest: more help nobody who is waited for."""
SIDES_SHOWN: Final = 4
"""Places of a double entry that a supervisor sees; more are counted."""

# ---------------------------------------------------------------- practice

PRACTICE_TICKETS: Final = 1_000
"""Tickets of each type that a till may sell in one practice."""

# ---------------------------------------------------------------- a gate's own settings

SET_BY_HAND_WITHIN: Final[Duration] = 2 * MINUTE
"""Who sets a clock by hand sets hours and minutes, by another clock: so much may stay wrong."""
TEXT_PERCENTS: Final = (80, 90, 100, 110, 125, 150, 175, 200)
VOLUME_PERCENTS: Final = (0, 20, 40, 60, 80, 100)
"""From which a supervisor chooses; a volume of 0 is silent."""

# ---------------------------------------------------------------- what is held to be meant

HELD_KEY: Final[Duration] = 300 * MILLISECOND
"""A key at the gate that decides something: whoever leans on the keyboard decides nothing."""

SECOND_PRESS_MS: Final = 800
"""The way back from the PIN stands where the way to it stood: a second press within this was
meant for that one."""

# ---------------------------------------------------------------- turnstiles

PASSAGE_WITHIN: Final[Duration] = 12 * SECOND
"""An arm locks within ten seconds, and who pushes it at the last moment is through in two more."""
EXIT_OPENED_EVERY_MS: Final = 2_000
"""How often an arm is opened for those who leave a zone that is emptied: it lets one through."""
RELAY_TIMEOUT: Final[Duration] = 2 * SECOND
"""For a relay at an address of the network to answer."""
SENSOR_TIMEOUT: Final[Duration] = 500 * MILLISECOND
"""For one with a sensor to answer: nobody walks through faster, and is not seen meanwhile."""
RELAY_PULSE: Final[Duration] = 500 * MILLISECOND
"""How long a relay at a serial line is on, to open the arm once."""

# ---------------------------------------------------------------- what begins again by itself

LOOP_RESTART_SECONDS: Final = 5.0
"""After a fault of work that is to go on for as long as the window."""

# ---------------------------------------------------------------- what forms propose and take

TYPED_YEARS: Final = range(1990, 2101)
"""Of days that are typed at the desk: another year is a slip."""
TYPED_YEAR_ALONE_AHEAD: Final = 10
"""How far ahead four digits alone may be a year: `1930` and `2330` are times of the day."""
