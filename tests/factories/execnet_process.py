"""A process of a run that several share, as execnet begins it: a line says what it is to do."""

import sys

exec(eval(sys.stdin.readline()))  # execnet's own words
