#!/usr/bin/env bash
# Prints which Python .venv/ is made with; exit status 1 if there is none of 3.11 or newer.
#
# PYTHON names one. Otherwise the system's own, where it can make environments: its distribution
# mends it, and built it with profiles of real programs (docs/decisions/0099).
set -euo pipefail

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

if [ -n "${PYTHON:-}" ]; then
  echo "$PYTHON"
  exit 0
fi
for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
  if is_new_enough "$candidate" && makes_environments "$candidate"; then
    echo "$candidate"
    exit 0
  fi
done
# None makes environments; the set-up names or installs what is missing for this one.
for candidate in python3 python3.13 python3.12 python3.11; do
  if is_new_enough "$candidate"; then
    echo "$candidate"
    exit 0
  fi
done
exit 1
