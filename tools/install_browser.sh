#!/usr/bin/env bash
# Installs Chromium, by which the tests look at the admin site, from Debian, where it is missing and we may.
set -euo pipefail
# shellcheck source=tools/from_debian.sh
. "$(dirname -- "$0")/from_debian.sh"

has_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  return 1
}

main() {
  if has_chromium; then return; fi
  missing=chromium
  # Letters too: without any, a page is all boxes.
  local packages=(chromium fonts-dejavu-core)
  download "${packages[@]}"
  unpack "${packages[@]}"
  say "Installed in $SECONDS s."
}

main
