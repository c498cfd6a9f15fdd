#!/usr/bin/env bash
# Sees to the system libraries that Python wheels do not bring along, on Debian and Ubuntu.
#
#   scripts/system_packages.sh GROUP...     groups: python, window, readers, test
#
# Installs what is missing as root or by a sudo that asks nothing; otherwise names the exact
# command. Exit status: 0 all there, 3 something is missing.
set -euo pipefail

say() { echo "setup: $*" >&2; }

# What a package must have put on the machine. Names of packages differ between releases
# (libglib2.0-0, libglib2.0-0t64); the files that programs load do not.
has_library() { "$ldconfig" -p | grep -qF "$1 "; }
has_program() { command -v "$1" >/dev/null; }
has_module() { "$python" -c "import $1" 2>/dev/null; }
has_file() { compgen -G "$1" >/dev/null; }
has_python_header() { has_file "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/$1"; }
python=$("$(dirname "$0")/python.sh") || python=python3
ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig || echo false)

packages() { # group → lines of: package, check
  case $1 in
    python)
      echo "python3 has_program python3"
      echo "python3-venv has_module ensurepip"
      ;;
    window)
      cat <<-LIST
	libegl1 has_library libEGL.so.1
	libgl1 has_library libGL.so.1
	libxkbcommon0 has_library libxkbcommon.so.0
	libxkbcommon-x11-0 has_library libxkbcommon-x11.so.0
	libdbus-1-3 has_library libdbus-1.so.3
	libfontconfig1 has_library libfontconfig.so.1
	libglib2.0-0 has_library libglib-2.0.so.0
	libgssapi-krb5-2 has_library libgssapi_krb5.so.2
	libx11-xcb1 has_library libX11-xcb.so.1
	libxcb-cursor0 has_library libxcb-cursor.so.0
	libxcb-icccm4 has_library libxcb-icccm.so.4
	libxcb-image0 has_library libxcb-image.so.0
	libxcb-keysyms1 has_library libxcb-keysyms.so.1
	libxcb-randr0 has_library libxcb-randr.so.0
	libxcb-render-util0 has_library libxcb-render-util.so.0
	libxcb-shape0 has_library libxcb-shape.so.0
	libxcb-xkb1 has_library libxcb-xkb.so.1
	fonts-dejavu-core has_file /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
	LIST
      ;;
    readers)
      echo "libzbar0 has_library libzbar.so.0"
      echo "libusb-1.0-0 has_library libusb-1.0.so.0" # NFC readers on USB, by nfcpy
      echo "libpcsclite1 has_library libpcsclite.so.1" # NFC readers by PC/SC
      ;;
    test)
      echo "postgresql has_file /usr/lib/postgresql/*/bin/initdb"
      echo "xvfb has_program Xvfb"
      echo "xdotool has_program xdotool"
      echo "x11-xkb-utils has_program setxkbmap"
      # tests/integration/nfc/test_pcsc.py: a smart card service of its own with a virtual reader,
      # and what compiles pyscard.
      echo "pcscd has_file /usr/sbin/pcscd"
      echo "vsmartcard-vpcd has_file /usr/lib/pcsc/drivers/serial/libifdvpcd.so"
      echo "gcc has_program cc"
      echo "libc6-dev has_file /usr/include/stdlib.h"
      echo "swig has_program swig"
      echo "libpcsclite-dev has_file /usr/include/PCSC/winscard.h"
      echo "python3-dev has_python_header Python.h"
      # Names of the Far East on paper.
      echo "fonts-droid-fallback has_file /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"
      # Reports are opened by what a bookkeeper opens them with.
      echo "libreoffice-calc-nogui has_program soffice"
      # tests/e2e/test_browser.py: the server's pages. Ubuntu has it as a snap only, which sees no
      # folders of tests; there these tests name what they miss, and all others run.
      grep -qs '^ID=debian' /etc/os-release && echo "chromium has_program chromium"
      true
      ;;
    *)
      say "no such group: $1"
      exit 2
      ;;
  esac
}

find_missing() {
  local group package check
  for group in "$@"; do
    while read -r package check; do
      # The check is one of the functions above with one word; a pattern in it must reach it whole.
      ${check%% *} "${check#* }" || echo "$package"
    done < <(packages "$group")
  done
}

for group in "$@"; do packages "$group" >/dev/null; done
missing=()
for group in "$@"; do
  while read -r package; do missing+=("$package"); done < <(find_missing "$group")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command="apt-get install -y ${missing[*]}"
name_command() {
  say "$1 Root must run:"
  echo "    sudo $command" >&2
  exit 3
}

has_program apt-get || name_command "this is neither Debian nor Ubuntu; install what these packages hold."
if [ "$(id -u)" = 0 ]; then
  as_root=(env)
elif has_program sudo && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  name_command "system libraries are missing, and only root may install them."
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_missing() {
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1
}
say "installing system libraries: ${missing[*]}"
for attempt in 1 2 3; do
  install_missing update && install_missing install -y --no-install-recommends "${missing[@]}" && exit 0
  say "that failed (attempt $attempt of 3):"
  tail -n 5 "$log" >&2
  sleep $((attempt * 5))
done
name_command "the system libraries cannot be installed from here."
