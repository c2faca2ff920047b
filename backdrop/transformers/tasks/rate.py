"""A share per period: for example completed applications over those that were begun."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from backdrop.transformers.definition import Record, Row
from backdrop.transformers.options import expression_option, options_of, text_option
from backdrop.transformers.per_period import PerPeriod, identity
from backdrop.transformers.rows import Number, by_period, number, text, total


def compute(
    rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any]
) -> list[Record]:
    """One record per period: `rate` is the sum of `valueAttribute` over the rows whose `matchingAttribute` the
    `numeratorMatcher` finds, over that for the `denominatorMatcher`; null where there is no such share."""
    options = options_of(transform)
    attribute, value = text_option(options, "matchingAttribute"), text_option(options, "valueAttribute")
    above = expression_option(options, "numeratorMatcher")
    below = expression_option(options, "denominatorMatcher")
    return [
        {
            **identity(start, end),
            "rate": _share(_sum(within, attribute, above, value), _sum(within, attribute, below, value)),
        }
        for (start, end), within in by_period(rows).items()
    ]


def per_period(_transform: Mapping[str, Any]) -> PerPeriod:
    """One record."""
    return PerPeriod(frozenset({"rate"}))


def _sum(rows: Sequence[Row], attribute: str, matcher: re.Pattern[str], value: str) -> Number | None:
    matching = (row for row in rows if (name := text(row, attribute)) is not None and matcher.search(name))
    return total(found for row in matching if (found := number(row, value)) is not None)


def _share(above: Number | None, below: Number | None) -> float | None:
    if above is None or not below:
        return None
    share = above / below
    # no JSON number says what 1e300 over 1e-300 is
    return share if math.isfinite(share) else None
