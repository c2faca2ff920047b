#!/usr/bin/env bash
# Starts all of Backdrop in this terminal, with demo data, on a machine with nothing but Python. Ctrl-C stops it.
# Ports: READ_PORT, WRITE_PORT, STAGECRAFT_PORT. More settings: docs/operations.md.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "$0")"
if [ $# -ne 0 ]; then
  echo "run_development.sh takes no arguments; its ports are set by READ_PORT, WRITE_PORT and STAGECRAFT_PORT." >&2
  exit 2
fi
venv=$(tools/install_requirements.sh requirements.txt)
# python -m tools.development, but a Ctrl-C before it has begun to listen for one ends it without a stack trace.
exec "$venv/bin/python" -c '
import runpy, signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
runpy.run_module("tools.development", run_name="__main__", alter_sys=True)
'
