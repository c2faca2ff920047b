"""Names of data sets, data groups and data types."""

import re

LEGAL = "^[a-z][a-z0-9_-]*$"
PATTERN = LEGAL.replace("^", r"\A").replace("$", r"\Z")
RULE = "must begin with a small letter and go on with small letters, digits, '_' and '-'"
LONGEST_PART = 100
LONGEST = 2 * LONGEST_PART + 1

_LEGAL = re.compile(PATTERN)


def is_legal(name: str) -> bool:
    """Whether something may be called that."""
    return len(name) <= LONGEST and _LEGAL.match(name) is not None


def default_name(data_group: str, data_type: str) -> str:
    """What a data set is called unless somebody says otherwise: `g-cloud`, `sales`: `g_cloud_sales`."""
    return f"{data_group}_{data_type}".replace("-", "_")
