"""What a newcomer reads once everything runs: what is where, and three things to try."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from tools.development.ports import Ports

# The demo as Stagecraft seeds it in development (stagecraft/setup/demo.json); these tokens are no secrets.
SALES, SHARE, LICENCES = "g-cloud/sales", "g-cloud/sme-share", "example/licences"
SALES_TOKEN, LICENCES_TOKEN = "g-cloud-sales-bearer-token", "example-licences-bearer-token"
FIRST_MONTH, AFTER_LAST_MONTH, MONTHS = "2012-04-01T00:00:00Z", "2014-04-01T00:00:00Z", 24
_LAST_QUARTER, _LAST_DAY = "2014-01-01T00:00:00Z", "2014-03-31T00:00:00Z"


def share_by_month(ports: Ports, start_at: str = FIRST_MONTH) -> str:
    """The URL that answers the transform's output, one row for each month from `start_at` to the last."""
    return _query(
        ports, SHARE, f"period=month&start_at={start_at}&end_at={AFTER_LAST_MONTH}&collect=rate:mean"
    )


def introduction(ports: Ports, data_folder: Path, trouble: str = "") -> Text:
    """The block, with commands that each stand on a line of their own to be copied; `trouble` comes last."""
    text = Text()
    text.append("\nBackdrop is running.\n\n", style="bold green")
    places = _places(ports, data_folder)
    width = max(len(where) for _, where, _ in places)
    for what, where, about in places:
        text.append(f"  {what:<12}")
        text.append(f"{where:<{width}}", style="bold")
        text.append(f"  {about}\n", style="dim")
    for heading, command in _commands(ports):
        text.append(f"\n{heading}\n\n", style="bold")
        text.append(f"{command}\n", style="cyan")
    if trouble:
        text.append(f"\n{trouble}\n", style="bold yellow")
    return text.append("\nCtrl-C stops everything; the data stays.\n", style="bold")


def _places(ports: Ports, data_folder: Path) -> list[tuple[str, str, str]]:
    return [
        ("read API", f"http://localhost:{ports.read}", "answers queries"),
        ("write API", f"http://localhost:{ports.write}", "takes records"),
        (
            "Stagecraft",
            f"http://localhost:{ports.stagecraft}",
            "knows the data sets, their tokens and transforms",
        ),
        (
            "admin site",
            f"http://localhost:{ports.stagecraft}/admin/",
            "for people; who may log in, the first start has said above",
        ),
        ("data", str(data_folder), "remove this folder to begin anew"),
        ("demo", SALES, "9,227 sales through G-Cloud, April 2012 to March 2014"),
        ("", SHARE, "made of it by a transform: the part of the spend that small firms got"),
    ]


def _commands(ports: Ports) -> list[tuple[str, str]]:
    sales_by_size = (
        f"period=month&start_at={_LAST_QUARTER}&end_at={AFTER_LAST_MONTH}"
        "&group_by=sme_or_large&collect=evidenced_spend:sum"
    )
    return [
        (
            "1. Write a record:",
            _post(
                ports,
                LICENCES,
                LICENCES_TOKEN,
                '{"_timestamp": "2014-03-01T12:00:00Z", "licence": "busking", "applications": 3}',
            ),
        ),
        (
            "2. Ask what small and large firms sold in each month:",
            f"curl '{_query(ports, SALES, sales_by_size)}'",
        ),
        (
            "3. Run the transform over a quarter, and ask for what it made:",
            _post(
                ports,
                f"{SALES}/transform",
                SALES_TOKEN,
                f'{{"_start_at": "{_LAST_QUARTER}", "_end_at": "{_LAST_DAY}"}}',
            )
            + f"\ncurl '{share_by_month(ports, _LAST_QUARTER)}'",
        ),
    ]


def _query(ports: Ports, data_set: str, query: str) -> str:
    return f"http://localhost:{ports.read}/data/{data_set}?{query}"


def _post(ports: Ports, path: str, token: str, body: str) -> str:
    return (
        f"curl http://localhost:{ports.write}/data/{path} -H 'Authorization: Bearer {token}' "
        f"-H 'Content-Type: application/json' -d '{body}'"
    )
