"""The drawing of what feeds a data set and what it feeds."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stagecraft.admin_site.drawing import BOX_HEIGHT, LONGEST, MOST, WIDTH, Step, draw

STEPS = st.lists(
    st.builds(Step, st.text(min_size=1, max_size=210), st.text(min_size=1, max_size=100)), max_size=12
)


def test_inputs_stand_above_and_outputs_below() -> None:
    drawing = draw("g/own", [Step("g/raw", "mapping")], [Step("g/share", "rate")])
    assert [(box.kind, box.name, box.note) for box in drawing.boxes] == [
        ("input", "g/raw", "feeds it by mapping"),
        ("own", "g/own", ""),
        ("output", "g/share", "by rate"),
    ]
    assert len(drawing.arrows) == 2
    assert drawing.words == "g/own is made from g/raw by mapping, and feeds g/share by rate."


def test_alone() -> None:
    drawing = draw("g/own", [], [])
    assert len(drawing.boxes) == 1
    assert drawing.arrows == ()
    assert drawing.words == "g/own is made from no transform, and feeds nothing."


@given(STEPS, STEPS)
def test_everything_is_within_and_nothing_overlaps(inputs: list[Step], outputs: list[Step]) -> None:
    drawing = draw("g/own", inputs, outputs)
    tops = [box.y for box in drawing.boxes]
    assert all(later - earlier >= BOX_HEIGHT for earlier, later in pairwise(tops))
    assert tops[-1] + BOX_HEIGHT <= drawing.height
    assert len(drawing.boxes) <= 2 * (MOST + 1) + 1
    assert all(len(box.name) <= LONGEST and len(box.note) <= LONGEST for box in drawing.boxes)
    for arrow in drawing.arrows:
        x, y, lane, end_y, end_x = map(int, re.findall(r"-?\d+", arrow))
        assert 0 <= min(x, lane, end_x) <= max(x, lane, end_x) <= WIDTH
        assert 0 <= min(y, end_y) <= max(y, end_y) <= drawing.height


def test_many_are_counted_and_all_are_in_the_words() -> None:
    drawing = draw("g/own", [], [Step(f"g/out-{n}", "rate") for n in range(9)])
    assert [box.name for box in drawing.boxes][-1] == "and 3 more"
    assert "g/out-8 by rate" in drawing.words
