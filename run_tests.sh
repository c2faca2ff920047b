#!/usr/bin/env bash
# Installs what the tests need and runs every check, also after one has failed; non-zero if any did.
#   ./run_tests.sh            everything
#   ./run_tests.sh pytest     only this one; tools/checks lists them
set -euo pipefail
unset CDPATH PYTHONHOME PYTHONPATH
cd -- "$(dirname -- "$0")"
venv=$(tools/install_requirements.sh requirements_for_tests.txt)
tools/install_browser.sh
exec "$venv/bin/python" -m tools.checks "$@"
