"""Where the boxes and lines of a small drawing go: what feeds a data set, and what it feeds. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

# In the units of the drawing, which is shown at about one pixel each and fits a phone.
WIDTH, BOX_HEIGHT, GAP, MARGIN, LANE = 340, 44, 12, 2, 26
LONGEST = 38
MOST = 6


@dataclass(frozen=True, slots=True)
class Step:
    """A transform next to the data set: the data set at its other end (`g-cloud/sales`), its type's name, and
    the address of that data set's page, if it has one."""

    data_set: str
    transform: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A box with up to two lines of text; `kind` is `input`, `own`, `output`."""

    kind: str
    y: int
    name: str
    note: str
    url: str | None = None

    @property
    def name_y(self) -> int:
        """The base line of the first line of text."""
        return self.y + (18 if self.note else 27)

    @property
    def note_y(self) -> int:
        """The base line of the second."""
        return self.y + 35


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes from top to bottom, lines beside them as SVG paths that end in an arrow, and it all in words."""

    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    words: str
    width: int = WIDTH
    box_height: int = BOX_HEIGHT
    box_width: int = WIDTH - LANE - 2 * MARGIN


def draw(own: str, inputs: Sequence[Step], outputs: Sequence[Step]) -> Drawing:
    """What feeds the data set above it, what it feeds below, at most `MOST` of each and a note of the rest."""
    rows = [
        *(("input", each.data_set, each.transform, each.url) for each in _first(inputs)),
        ("own", own, "", None),
        *(
            ("output", each.data_set, f"by {each.transform}" if each.transform else "", each.url)
            for each in _first(outputs)
        ),
    ]
    boxes = tuple(
        Box(kind, MARGIN + place * (BOX_HEIGHT + GAP), _short(name), _short(_note(kind, note)), url)
        for place, (kind, name, note, url) in enumerate(rows)
    )
    middle = next(box for box in boxes if box.kind == "own")
    return Drawing(
        height=boxes[-1].y + BOX_HEIGHT + MARGIN,
        boxes=boxes,
        arrows=tuple(_arrow(box, middle) for box in boxes if box is not middle),
        words=_words(own, inputs, outputs),
    )


def _note(kind: str, note: str) -> str:
    return f"feeds it by {note}" if kind == "input" and note else note


def _first(steps: Sequence[Step]) -> list[Step]:
    more = len(steps) - MOST
    return [*steps[:MOST], *([Step(f"and {more} more", "")] if more > 0 else [])]


def _arrow(box: Box, middle: Box) -> str:
    """From box to box along a lane at their right."""
    right, lane = WIDTH - LANE - MARGIN, WIDTH - MARGIN - 6
    above = box.kind == "input"
    start, end = (box, middle) if above else (middle, box)
    begin_y = start.y + BOX_HEIGHT // 2 + (0 if above else 8)
    end_y = end.y + BOX_HEIGHT // 2 - (8 if above else 0)
    return f"M {right} {begin_y} H {lane} V {end_y} H {right + 3}"


def _words(own: str, inputs: Sequence[Step], outputs: Sequence[Step]) -> str:
    fed = ", ".join(f"{each.data_set} by {each.transform}" for each in inputs) or "no transform"
    feeds = ", ".join(f"{each.data_set} by {each.transform}" for each in outputs) or "nothing"
    return f"{own} is made from {fed}, and feeds {feeds}."


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
