"""The organizer's second event in a world: two zones, two dates, gates that turn between events.

It has what one event with one zone never shows: tickets of another event, of another date,
blocked, not paid, sold late, shown as manual codes, minted with stolen keys; an evacuation of a
limited zone; a revoked till, rotated and compromised keys, a plan that changes. Its checks reason
from who really passed, and when.
"""
