"""What an API user may do."""

ADMIN, COLLECTOR, OMNISCIENT, DASHBOARD_EDITOR = "admin", "collector", "omniscient", "dashboard-editor"
ROLES = (ADMIN, COLLECTOR, OMNISCIENT, DASHBOARD_EDITOR)

DATA_SETS, DASHBOARDS = "data sets", "dashboards"


def may(role: str, kind: str, *, changes: bool) -> bool:
    """Whether a role may read, or change, things of a kind.

    Data sets (their groups, types and transforms with them) hold tokens, so an editor of
    dashboards doesn't even read them.
    """
    if role == ADMIN:
        return True
    if role in (COLLECTOR, OMNISCIENT):
        return not changes
    return role == DASHBOARD_EDITOR and kind == DASHBOARDS
