"""What an operator asks of an installation of Backdrop."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from backdrop import settings
from backdrop.broker import parked_tasks
from backdrop.core.errors import BackdropError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status is 0, or 2 when it can't be done."""
    parser = argparse.ArgumentParser(prog="python -m backdrop", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    show = commands.add_parser("settings", help="print each setting, its value and where that comes from")
    show.set_defaults(run=_show_settings)
    transforms = commands.add_parser("transforms", help="see to transforms that were given up")
    wanted = transforms.add_subparsers(required=True, metavar="what")
    parked = wanted.add_parser("parked", help="list them, with the reasons")
    parked.set_defaults(run=_show_parked)
    requeue = wanted.add_parser("requeue", help="put them back to be tried again")
    requeue.add_argument("id", help="the id of one, as listed, or all")
    requeue.set_defaults(run=_requeue)
    chosen = parser.parse_args(arguments)
    try:
        chosen.run(chosen)
    except BackdropError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _show_settings(_: argparse.Namespace) -> None:
    origins = settings.origins(settings.load(), os.environ, settings.dotenv())
    rows = [("setting", "value", "from", "what"), *((o.name, o.value, o.source, o.what) for o in origins)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        aligned = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        print("  ".join([*aligned, row[-1]]))


def _show_parked(_: argparse.Namespace) -> None:
    for text in parked_tasks.describe(settings.load().broker_url):
        print(text)


def _requeue(chosen: argparse.Namespace) -> None:
    number = parked_tasks.put_back(settings.load().broker_url, chosen.id)
    print(f"{number} put back")


if __name__ == "__main__":
    sys.exit(main())
