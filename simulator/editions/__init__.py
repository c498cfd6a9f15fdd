"""An event whose tickets are printed under two keys, the first of which ends.

When it ends the organizer says, moves and takes back while gates are cut off by turns. What each
gate knew, and by when, is known here.
"""
