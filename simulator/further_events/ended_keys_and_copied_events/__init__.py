"""An event whose first ticket key ends, and one that is copied while its doors are open.

When the key ends the organizer says, moves and takes back while gates are cut off by turns. What
each gate knew, and by when, is known here.
"""
