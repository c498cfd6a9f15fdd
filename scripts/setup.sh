#!/usr/bin/env bash
# Makes .venv/ from the lock file and sees to system libraries. Doing it again changes nothing.
#
#   scripts/setup.sh --needs GROUP...   missing libraries of these groups that cannot be
#                                       installed from here stop the set-up
#   scripts/setup.sh --wants GROUP...   the same, but only `python` stops it; the rest is named
#
# Groups: see scripts/system_packages.sh. PYTHON names another Python (3.11 or newer).
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }

mode=${1:-}
[ "$mode" = --needs ] || [ "$mode" = --wants ] || { sed -n '2,9p' "$0" >&2; exit 2; }
shift

# ---------------------------------------------------------------- system libraries
if [ "$mode" = --needs ]; then
  scripts/system_packages.sh "$@" || exit 3
else
  scripts/system_packages.sh python || exit 3
  scripts/system_packages.sh "$@" || say "the parts that need these libraries do not work yet; everything else does"
fi

# ---------------------------------------------------------------- Python
python=$(scripts/python.sh) || python=
[ -n "$python" ] || { say "needs Python 3.11 or newer; run: sudo apt-get install -y python3 python3-venv"; exit 3; }

mkdir -p build
exec 9>build/setup.lock
flock 9 # two set-ups at once would write into the same folder

lock=requirements/all.lock
sources=requirements/sources.lock
pcsc=requirements/pcsc.lock
stamp=.venv/.gatekeeper-setup
wanted=$({ pwd; "$python" -V; cat "$lock" "$sources" "$pcsc" pyproject.toml scripts/setup.sh; } | sha256sum)

pip_install() {
  .venv/bin/python -m pip --disable-pip-version-check --no-input install \
    --quiet --retries 8 --timeout 60 --root-user-action=ignore "$@" 9>&-
}

# Smart card readers (PC/SC) by pyscard, which is compiled here: once its tools are there.
install_pcsc() {
  compgen -G ".venv/lib/python3*/site-packages/smartcard" >/dev/null && return
  local headers
  headers=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))')
  if ! command -v cc >/dev/null || ! command -v swig >/dev/null || [ ! -e "$headers/Python.h" ] ||
    ! compgen -G "/usr/*include/PCSC/winscard.h" >/dev/null; then
    return 0
  fi
  PYTHONWARNINGS=ignore pip_install --require-hashes --no-deps --no-binary :all: \
    --no-build-isolation -r "$pcsc" ||
    say "PC/SC readers for NFC do not work yet: pyscard cannot be compiled; see the reason above"
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x .venv/bin/gatekeeper ]; then
  install_pcsc
  exit 0
fi

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  say "creating .venv/ with $("$python" -V)"
  "$python" -m venv --clear .venv || {
    say "Python cannot create virtual environments; run: sudo apt-get install -y python3-venv"
    exit 3
  }
fi

started=$SECONDS
say "installing $(grep -c '==' "$lock") libraries into .venv/ (about 200 MB, a minute or two)"
for attempt in 1 2 3; do
  pip_install --require-hashes --only-binary :all: --no-deps -r "$lock" && break
  [ "$attempt" -lt 3 ] || { say "the libraries cannot be installed; see the reason above"; exit 3; }
  say "that failed; trying again"
  sleep $((attempt * 5))
done
PYTHONWARNINGS=ignore pip_install --require-hashes --no-deps --no-binary :all: \
  --no-build-isolation -r "$sources" || { say "the libraries cannot be built; see the reason above"; exit 3; }
PYTHONWARNINGS=ignore pip_install --no-deps --no-build-isolation -e . || { say "the project itself cannot be installed"; exit 3; }
install_pcsc
echo "$wanted" >"$stamp"
say "done in $((SECONDS - started)) s"
