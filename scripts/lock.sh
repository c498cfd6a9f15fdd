#!/usr/bin/env bash
# Writes requirements/*.lock anew from pyproject.toml: exact versions and hashes, for Linux and
# Python 3.11 to 3.13, without the address of any index. Needs uv, on the PATH or in .venv/.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:$PWD/.venv/bin

lock() { # name, extras…
  local name=$1 extras=()
  shift
  for extra in "$@"; do extras+=(--extra "$extra"); done
  {
    echo "# Made by make lock from pyproject.toml; extras: $*"
    uv pip compile pyproject.toml "${extras[@]}" --universal --python-version 3.11 \
      --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
  } >"requirements/$name.lock.part"
  mv "requirements/$name.lock.part" "requirements/$name.lock"
  echo "requirements/$name.lock: $(grep -c == "requirements/$name.lock") libraries" >&2
}

lock all kiosk server postgres build dev
lock server server postgres build
lock kiosk kiosk build
