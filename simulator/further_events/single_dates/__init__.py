"""The organizer's series in a world: one event of several dates, some of which do not stay.

One date is called off while doors are open, one is moved away and one is moved here; the list of
an import comes in and is taken back; what gates were handed is locked. Gates and the server are
cut off and stop meanwhile. Its checks reason from what the organizer had said, who could know it,
and what each order had cost.
"""
