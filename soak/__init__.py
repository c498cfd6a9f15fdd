"""`make soak`: real processes on real sockets, whose server, links and lanes fail all along.

One server and many `gatekeeper lane`, tickets shown at several lanes, everything killed and cut at
seeded times. After it has healed, nothing may be lost, and no double use may go unfound.
"""
