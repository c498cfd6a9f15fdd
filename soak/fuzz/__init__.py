"""Hostile inputs without end for everything that reads what strangers send.

`python -m soak.fuzz`: texts, tags, bodies of requests, documents, journal entries, datagrams
and frames of the venue's network, serial bytes, wedge bursts, and pictures. Nothing but what is
genuine is admitted, nothing but a clear error is raised, and nothing takes longer than its budget.
"""
