#!/usr/bin/env bash
# Starts one of Backdrop's processes in the foreground with the environment given; SIGTERM stops it cleanly.
# Settings: docs/operations.md.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "$0")"

fail() {
  printf 'start-app.sh: %s\n' "$*" >&2
  exit "${code:-1}"
}

usage() { code=2 fail "$1. Usage: ./start-app.sh read|write|stagecraft PORT, or ./start-app.sh worker"; }

check_arguments() {
  case ${1:-} in
  read | write | stagecraft)
    if [ $# -ne 2 ]; then usage "$1 takes a port"; fi
    if ! [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || (($2 > 65535)); then usage "'$2' is no port"; fi
    ;;
  worker)
    if [ $# -ne 1 ]; then usage "worker takes no port"; fi
    ;;
  '') usage "an app is missing" ;;
  *) usage "there is no app '$1'" ;;
  esac
}

# Without this gunicorn tries for five seconds and says so in ten lines.
check_port() {
  if (exec 3<>"/dev/tcp/$host/$2") 2>/dev/null; then
    fail "port $2, which $1 was to listen on, is in use. Stop what listens there, or give $1 another port."
  fi
}

serve() {
  exec "$venv/bin/python" -m gunicorn --config gunicorn.conf.py --name "$1" --bind "$host:$2" "$3"
}

work() {
  local processes=${WORKER_PROCESSES:-2}
  [[ $processes =~ ^[1-9][0-9]{0,3}$ ]] ||
    fail "WORKER_PROCESSES must be a whole number of at least 1 (it is '$processes')"
  # Workers need not know of each other: the broker hands out the tasks. Each has a name of its own.
  exec "$venv/bin/python" -m celery --quiet --app backdrop.transformers.worker worker \
    --hostname "transforms-$$@%h" --concurrency "$processes" --without-gossip --without-mingle
}

check_arguments "$@"
host=${WEB_HOST:-127.0.0.1}
venv=$(tools/install_requirements.sh requirements.txt)
case $1 in
worker) work ;;
*) check_port "$@" ;;
esac
case $1 in
read) serve read "$2" 'backdrop.read.wsgi:build()' ;;
write) serve write "$2" 'backdrop.write.wsgi:build()' ;;
stagecraft)
  "$venv/bin/python" -m stagecraft prepare
  serve stagecraft "$2" stagecraft.wsgi:application
  ;;
esac
