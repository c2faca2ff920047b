#!/usr/bin/env bash
# Installs what the tests' private servers need from Debian or Ubuntu, where it is missing and we may: RabbitMQ, and
# a library of the mongod that comes with requirements_for_tests.txt.
#
# It starts no service and leaves none enabled that it has brought; a RabbitMQ that was there before is left as it is.
# BACKDROP_TEST_RABBITMQ names the folder of RabbitMQ's scripts where that is another one than Debian's.
set -euo pipefail
# shellcheck source=tools/from_debian.sh
. "$(dirname -- "$0")/from_debian.sh"

policy=/usr/sbin/policy-rc.d
had_erlang=$(command -v erl || true)

find_missing() {
  local packages=()
  if [ ! -x "${BACKDROP_TEST_RABBITMQ:-/usr/lib/rabbitmq/bin}/rabbitmq-server" ]; then packages+=(rabbitmq-server); fi
  if [ "$(uname -sm)" = 'Linux x86_64' ] && ! has_libcurl; then packages+=(libcurl4); fi
  echo "${packages[*]}"
}

# grep reads on to the end: with -q it may end first, and then ldconfig's death of the closed pipe is the pipe's result.
has_libcurl() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -F libcurl.so.4 >/dev/null; }

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
  local packages
  read -ra packages <<<"$missing"
  download "${packages[@]}"
  forbid_starts
  unpack "${packages[@]}"
  disable_new_services
  say "Installed in $SECONDS s."
}

main
