#!/usr/bin/env bash
# Installs what the tests' private servers need from Debian or Ubuntu, where it is missing and we may: RabbitMQ, and
# a library of the mongod that comes with requirements_for_tests.txt.
#
# Always ends well, with a line on standard error when something stays missing: the tests in question are
# skipped then, and the summary of ./run_tests.sh says so. It starts no service and leaves none enabled that it
# has brought; a RabbitMQ that was there before is left as it is. BACKDROP_TEST_RABBITMQ names the folder of
# RabbitMQ's scripts where that is another one than Debian's.
set -euo pipefail
unset CDPATH

policy=/usr/sbin/policy-rc.d
log=$(mktemp)
had_erlang=$(command -v erl || true)
trap 'rm -f -- "$log"' EXIT

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "Backdrop: $missing can't be installed: $*. The tests that need it will be skipped."
  exit 0
}

find_missing() {
  local packages=()
  if [ ! -x "${BACKDROP_TEST_RABBITMQ:-/usr/lib/rabbitmq/bin}/rabbitmq-server" ]; then packages+=(rabbitmq-server); fi
  if [ "$(uname -sm)" = 'Linux x86_64' ] && ! has_libcurl; then packages+=(libcurl4); fi
  echo "${packages[*]}"
}

# grep reads on to the end: with -q it may end first, and ldconfig's death of the closed pipe would be the pipe's result.
has_libcurl() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -F libcurl.so.4 >/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }

# With seconds after which it is ended, before it can have begun to unpack anything.
apt() {
  local seconds=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive timeout --kill-after=10 "$seconds" apt-get --quiet --assume-yes \
    --option DPkg::Lock::Timeout=120 --option Acquire::Retries=1 --option Acquire::http::Timeout=20 \
    --option Acquire::https::Timeout=20 "$@" </dev/null >>"$log" 2>&1
}

# Debian's way to say that packages must not start their services; a machine that has a policy keeps its own.
forbid_starts() {
  if [ -e "$policy" ]; then return; fi
  as_root install -m 755 /dev/stdin "$policy" <<<$'#!/bin/sh\nexit 101'
  trap 'rm -f -- "$log"; as_root rm -f -- "$policy"' EXIT
}

# Else they would listen to all the world from the next start of the machine on.
disable_new_services() {
  if [[ $missing != *rabbitmq-server* ]]; then return; fi
  as_root update-rc.d rabbitmq-server disable >>"$log" 2>&1 || true
  if [ -n "$had_erlang" ] || ! command -v systemctl >/dev/null; then return; fi
  as_root systemctl disable epmd.service epmd.socket >>"$log" 2>&1 || true
}

main() {
  missing=$(find_missing)
  if [ -z "$missing" ]; then return; fi
  command -v apt-get >/dev/null || give_up 'there is no apt-get here'
  as_root true 2>/dev/null || give_up "that takes root, or sudo without a password (apt-get install $missing)"
  say "Installing $missing for the tests (about a minute) ..."
  local packages
  read -ra packages <<<"$missing"
  # Its lists may be good enough even where they can't be brought up to date.
  apt 120 update || true
  apt 300 install --no-install-recommends --download-only "${packages[@]}" || give_up "$(why_not)"
  forbid_starts
  apt 900 install --no-install-recommends --no-download "${packages[@]}" || give_up "$(why_not)"
  disable_new_services
  say "Installed in $SECONDS s."
}

why_not() {
  if grep -qE 'Temporary failure|Could not connect|Could not resolve|Connection (failed|refused|timed out)|Unable to connect' "$log"; then
    echo 'no connection to the package mirror'
  else
    grep -E '^E: ' "$log" | tail -n 1 | cut -c4-200 || echo 'apt-get took too long'
  fi
}

main
