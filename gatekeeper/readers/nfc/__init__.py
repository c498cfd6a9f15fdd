"""Tickets on NFC tags: readers, tags, reading, writing.

A driver (`nfcpy_reader`, `pcsc_reader`) finds tags and passes commands; what the commands are,
and what the bytes mean, is the same for both (`type2`, `type4`, `reading`, `writing`). `source`
runs one reader on a thread of its own; `presenting` says what a tag stands for.
"""
