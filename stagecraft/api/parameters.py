"""Reading a query string whose parameters have more than one spelling."""

from collections.abc import Mapping

from django.http import QueryDict

from stagecraft.api.errors import Fault, invalid


def read_parameters(query: QueryDict, spellings: Mapping[str, str]) -> dict[str, str]:
    """The parameters by their proper names. `spellings` has every name that is known.

    Raises a 400 for an unknown parameter: a filter that is misspelt and ignored would answer
    with everything. Raises it as well for one that is given two different values.
    """
    faults: list[Fault] = []
    found: dict[str, str] = {}
    for name, values in query.lists():
        if name not in spellings:
            faults.append(Fault(name, f"is not a parameter here; known are {', '.join(spellings)}"))
            continue
        for value in values:
            if found.setdefault(spellings[name], value) != value:
                faults.append(Fault(name, "is given two different values"))
    if faults:
        raise invalid(faults)
    return found
