#!/usr/bin/env bash
# Makes the virtual environment that the scripts run in, and installs what is missing from it.
#
#   tools/install_requirements.sh requirements.txt|requirements_for_tests.txt
#
# Prints the environment's folder on standard output, anything for people on standard error. It is `.venv` in
# the checkout, or BACKDROP_VENV. BACKDROP_PYTHON names the Python to make it with. Quick when nothing is
# missing; two at once wait for each other; what an interrupted run left half done is made anew.
set -euo pipefail
unset CDPATH PYTHONHOME PYTHONPATH
# What would send packages elsewhere than into the virtual environment; the rest of pip's configuration holds.
unset PIP_TARGET PIP_PREFIX PIP_ROOT
export PIP_USER=0

cd -- "$(dirname -- "$0")/.."
root=$PWD
requirements=${1:?which requirements file?}
venv=${BACKDROP_VENV:-$root/.venv}
case $venv in
/*) ;;
*) venv=$root/$venv ;;
esac
# Is there while somebody installs, so that it tells of an installation that was interrupted.
marker=$venv/.installing
log=$venv/install.log

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "Backdrop: $*"
  exit 1
}

stamp() { printf '%s/installed-%s' "$venv" "$1"; }

# Everything that decides what is installed for a requirements file: what its stamp holds once it is.
wanted() {
  "$venv/bin/python" --version
  cat constraints.txt requirements.txt
  if [ "$1" != requirements.txt ]; then cat "$1"; fi
}

is_current() {
  [ -x "$venv/bin/python" ] && [ ! -e "$marker" ] && [ -e "$(stamp "$requirements")" ] &&
    wanted "$requirements" 2>/dev/null | cmp -s - "$(stamp "$requirements")"
}

is_usable() {
  [ ! -e "$marker" ] &&
    "$venv/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Sets `python` to a Python that can make the virtual environment, or ends with a line that says what is wrong.
find_python() {
  local candidate version found='' without_venv=''
  for candidate in "${BACKDROP_PYTHON:-python3}" python3 python3.13 python3.12 python3.11 python; do
    version=$("$candidate" --version 2>&1) || continue
    [[ $version =~ ^Python\ (([0-9]+)\.([0-9]+)[^ ]*)$ ]] || continue
    version=${BASH_REMATCH[1]}
    if ((BASH_REMATCH[2] < 3 || (BASH_REMATCH[2] == 3 && BASH_REMATCH[3] < 11))); then
      case ", $found, " in *", $candidate $version, "*) ;; *) found="${found:+$found, }$candidate $version" ;; esac
    elif "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
      python=$candidate
      return
    else
      without_venv=${without_venv:-python${BASH_REMATCH[2]}.${BASH_REMATCH[3]}}
    fi
  done
  if [ -n "$without_venv" ]; then
    fail "$without_venv is here without its venv module. Install it (Debian, Ubuntu: apt-get install $without_venv-venv) and start again."
  fi
  fail "Python 3.11 or newer is needed, found ${found:-none}. Install one, or name it: BACKDROP_PYTHON=/path/to/python3.12"
}

# Holds a lock on the folder that the virtual environment is in until this script ends. The lock belongs to
# descriptor 9, which outlives the process that takes it: flock(1) is not on every machine, Python is.
take_lock() {
  mkdir -p -- "$(dirname -- "$venv")"
  exec 9<"$(dirname -- "$venv")"
  "$1" - <<'PYTHON'
import fcntl, sys

try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Waiting for another installation of Backdrop's requirements ...", file=sys.stderr, flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
PYTHON
}

make_venv() {
  if [ -e "$marker" ]; then
    say "Making $(shown "$venv") anew: an earlier installation was interrupted."
  else
    say "Making a virtual environment in $(shown "$venv") with $("$python" --version) ..."
  fi
  mkdir -p -- "$venv"
  : >"$marker"
  # --clear would remove the marker as well, and the next run would take half an environment for a whole one.
  find "$venv" -mindepth 1 -maxdepth 1 ! -name .installing -exec rm -rf -- {} +
  local said
  said=$("$python" -m venv "$venv" 2>&1) || fail "can't make $(shown "$venv"): ${said##*$'\n'}"
}

install() {
  say "Installing what is missing (the first time takes about a minute) ..."
  : >"$marker"
  local code=0
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --requirement "$requirements" </dev/null >"$log" 2>&1 || code=$?
  if ((code != 0)); then
    # pip ended by itself, so what was there before still is.
    rm -f -- "$marker"
    fail "$(why_not)"
  fi
}

why_not() {
  if grep -qE 'connection broken by|NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|timed out|from versions: none' "$log"; then
    echo "no connection to the package index, so what $requirements lists can't be installed. Check the network (pip's words: $(shown "$log")) and start again."
  else
    echo "pip can't install what $requirements lists: $(grep -E '^(ERROR|error)' "$log" | tail -n 1 | cut -c1-300) (all of it: $(shown "$log"))"
  fi
}

shown() { printf '%s' "${1#"$root"/}"; }

main() {
  [ -f "$requirements" ] || fail "there is no $requirements"
  if is_current; then return; fi
  if is_usable; then python=$venv/bin/python; else find_python; fi
  take_lock "$python"
  if is_current; then return; fi
  # pip ends a Ctrl-C like any failure of its own, but it leaves packages half installed: the marker must stay.
  trap 'say "Interrupted; the next start begins the installation anew."; exit 130' INT TERM HUP
  if ! is_usable; then
    find_python
    make_venv
  fi
  install
  wanted requirements.txt >"$(stamp requirements.txt)"
  if [ "$requirements" != requirements.txt ]; then wanted "$requirements" >"$(stamp "$requirements")"; fi
  rm -f -- "$marker"
  say "Installed in $SECONDS s."
}

main
printf '%s\n' "$venv"
