#!/usr/bin/env bash
# Prints which Python .venv/ is made with; exit status 1 if there is none of 3.11 or newer.
#
# PYTHON names one. Otherwise the system's own, where it can make environments: its distribution
# mends it, and built it with profiles of real programs (docs/decisions/0099). If none can, it is
# the first one, for which the set-up names or installs what is missing.
set -euo pipefail

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

chosen=${PYTHON:-}
if [ -z "$chosen" ]; then
  for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
    is_new_enough "$candidate" || continue
    chosen=${chosen:-$candidate}
    makes_environments "$candidate" && chosen=$candidate && break
  done
fi
[ -n "$chosen" ] && echo "$chosen"
