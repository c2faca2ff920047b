"""The kinds of things on the site, and what people call them: the same words on every page."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of thing on the site: what people call many of them and one, and what it is."""

    name: str
    one: str
    about: str

    @property
    def many(self) -> str:
        """Within a sentence: `data sets`, `entries`."""
        return f"{self.one.removesuffix('y')}ies" if self.one.endswith("y") else f"{self.one}s"


# What people come for first comes first.
PLACES: Mapping[tuple[str, str], Place] = {
    ("datasets", "DataSet"): Place("Data sets", "data set", "Where records go, with their token and rules"),
    ("datasets", "DataGroup"): Place(
        "Data groups", "data group", "What data is about: a service, an organisation"
    ),
    ("datasets", "DataType"): Place(
        "Data types", "data type", "What kind of data it is, and what its records look like"
    ),
    ("transforms", "Transform"): Place(
        "Transforms", "transform", "What is computed from which data set, and where it goes"
    ),
    ("transforms", "TransformType"): Place(
        "Transform types", "transform type", "The functions that transforms can use"
    ),
    ("api_users", "ApiUser"): Place(
        "API users", "API user", "Programs that ask Stagecraft, and their tokens"
    ),
    ("auth", "User"): Place("Accounts", "account", "The people who may log in here"),
    ("history", "Entry"): Place("History", "entry", "Who changed what, and when: people and programs"),
}
# The same by what the history calls them: `datasets.dataset`.
PLACES_BY_KIND: Mapping[str, Place] = {
    f"{label}.{model.lower()}": place for (label, model), place in PLACES.items()
}
