"""Imagers that send what they read over a serial line or USB-CDC.

`framing` cuts the bytes into codes and is pure; `source` runs one line on a thread of its own;
`ports` finds the line again by what is plugged in, not by its number.
"""
