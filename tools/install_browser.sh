#!/usr/bin/env bash
# Installs Chromium, by which the tests look at the admin site, from Debian, where it is missing and we may.
#
# Always ends well, with a line on standard error when it stays missing: those tests are skipped then, and the
# summary of ./run_tests.sh says so.
set -euo pipefail
unset CDPATH

log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "Backdrop: chromium can't be installed: $*. The tests that need it will be skipped."
  exit 0
}

has_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  return 1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }

# With seconds after which it is ended.
apt() {
  local seconds=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive timeout --kill-after=10 "$seconds" apt-get --quiet --assume-yes \
    --option DPkg::Lock::Timeout=120 --option Acquire::Retries=1 --option Acquire::http::Timeout=20 \
    --option Acquire::https::Timeout=20 "$@" </dev/null >>"$log" 2>&1
}

why_not() {
  if grep -qE 'Temporary failure|Could not connect|Could not resolve|Connection (failed|refused|timed out)|Unable to connect' "$log"; then
    echo 'no connection to the package mirror'
  else
    grep -E '^E: ' "$log" | tail -n 1 | cut -c4-200 || echo 'apt-get took too long'
  fi
}

main() {
  if has_chromium; then return; fi
  command -v apt-get >/dev/null || give_up 'there is no apt-get here'
  as_root true 2>/dev/null || give_up 'that takes root, or sudo without a password (apt-get install chromium)'
  say "Installing chromium for the tests (about a minute) ..."
  # Its lists may be good enough even where they can't be brought up to date.
  apt 120 update || true
  # Letters too: without any, a page is all boxes.
  apt 600 install --no-install-recommends --download-only chromium fonts-dejavu-core || give_up "$(why_not)"
  apt 600 install --no-install-recommends --no-download chromium fonts-dejavu-core || give_up "$(why_not)"
  say "Installed in $SECONDS s."
}

main
