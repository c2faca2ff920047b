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
exec "$venv/bin/python" -m tools.development
