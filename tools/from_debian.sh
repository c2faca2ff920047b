# shellcheck shell=bash
# What the scripts that install packages of Debian or Ubuntu for the tests share. They set `missing`, what
# they speak of. They always end well: what stays missing is said in a line on standard error, and the tests that need it are
# skipped, which the summary of ./run_tests.sh says again.
unset CDPATH

missing=''
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "Backdrop: $missing can't be installed: $*. The tests that need it will be skipped."
  exit 0
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

# Up to where nothing on the machine has changed yet.
download() {
  command -v apt-get >/dev/null || give_up 'there is no apt-get here'
  as_root true 2>/dev/null || give_up "that takes root, or sudo without a password (apt-get install $missing)"
  say "Installing $missing for the tests (about a minute) ..."
  # Its lists may be good enough even where they can't be brought up to date.
  apt 120 update || true
  apt 600 install --no-install-recommends --download-only "$@" || give_up "$(why_not)"
}

unpack() {
  apt 900 install --no-install-recommends --no-download "$@" || give_up "$(why_not)"
}

why_not() {
  if grep -qE 'Temporary failure|Could not connect|Could not resolve|Connection (failed|refused|timed out)|Unable to connect' "$log"; then
    echo 'no connection to the package mirror'
  else
    grep -E '^E: ' "$log" | tail -n 1 | cut -c4-200 || echo 'apt-get took too long'
  fi
}
