#!/usr/bin/env bash
# Writes requirements/*.lock anew from pyproject.toml: exact versions and hashes, for Linux and
# Python 3.11 to 3.13, without the address of any index. Needs uv, on the PATH or in .venv/.
# What has no wheel is built here from its source, and stands in a file of its own: sources.lock is
# pure Python, pcsc.lock needs a compiler and the system's PC/SC library.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:$PWD/.venv/bin

compile() {
  uv pip compile pyproject.toml "$@" --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
}

lock() { # name, extras…
  local name=$1 extras=()
  shift
  for extra in "$@"; do extras+=(--extra "$extra"); done
  {
    echo "# Made by make lock from pyproject.toml; extras: $*"
    compile "${extras[@]}" --no-emit-package pydes
  } >"requirements/$name.lock.part"
  mv "requirements/$name.lock.part" "requirements/$name.lock"
  echo "requirements/$name.lock: $(grep -c == "requirements/$name.lock") libraries" >&2
}

lock all kiosk server postgres build dev
lock server server postgres build
lock kiosk kiosk build

lock_source() { # name, extra, library
  {
    echo "# Made by make lock from pyproject.toml; no wheel: $3"
    compile --extra "$2" | awk -v start="$3==" '/^[^ ]/ { inside = index($0, start) == 1 } inside'
  } >"requirements/$1.lock.part"
  grep -q "^$3==" "requirements/$1.lock.part"
  mv "requirements/$1.lock.part" "requirements/$1.lock"
}

lock_source sources kiosk pydes
lock_source pcsc pcsc pyscard
