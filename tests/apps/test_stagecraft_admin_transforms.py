"""The admin site's pages of transforms, as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import prepare, serve
from tests.apps.test_stagecraft_admin_data_sets import created
from tests.processes import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    make_people(folder, "ann")
    started = serve(folder)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ann(server: Server) -> Person:
    person = Person(server.url)
    person.log_in("ann")
    return person


@pytest.fixture(scope="module")
def api(server: Server) -> Caller:
    return Caller(server)


ADD_TRANSFORM = "/admin/transforms/transform/add/"
RATE_OPTIONS = {
    "matchingAttribute": "kind",
    "valueAttribute": "volume:sum",
    "numeratorMatcher": "a",
    "denominatorMatcher": "b",
}


def rate_fields(api: Caller, data_type: str) -> dict[str, str]:
    """The form of a rate over a data set of the group `form`, filled in."""
    rate = next(each["id"] for each in api.shown("/transform-type") if each["name"] == "rate")
    return {
        "input_group": "form",
        "input_type": data_type,
        "period": "week",
        "group_by": "kind",
        "collect": "volume:sum\nvolume:mean",
        "filter_by": "",
        "more": "",
        "type": rate,
        "options": json.dumps(RATE_OPTIONS),
        "output_group": "",
        "output_type": "form-share",
    }


def test_a_transforms_form_says_what_is_wrong_with_it(ann: Person, api: Caller) -> None:
    created(ann, "form", "visits")
    fields = rate_fields(api, "visits")
    for changes, wrong in (
        ({"input_group": "nobody-has-it"}, "There is no data group of this name."),
        ({"input_type": "nobody-has-it"}, "There is no data type of this name."),
        ({"collect": "volume:average"}, "'average' is not a method"),
        ({"group_by": "_id"}, "'_id' is internal"),
        ({"more": '{"colour": "red"}'}, "colour is not a parameter"),
        ({"more": '{"period": "week"}'}, "use the field above"),
        ({"options": "{}"}, "'matchingAttribute' is a required property"),
        ({"type": "nonsense"}, "nonsense"),
        ({"output_type": "visits"}, "closes a circle of transforms: form/visits -> form/visits"),
    ):
        page = ann.post(ADD_TRANSFORM, {**fields, **changes})
        assert page.status == 200
        assert any(wrong in each for each in page.errors()), (changes, page.errors())
    assert api.get("/data-types/form-share").status == 404


def test_transforms_by_form(ann: Person, api: Caller) -> None:
    created(ann, "form", "sales")
    fields = rate_fields(api, "sales")
    page = ann.post(ADD_TRANSFORM, {**fields, "more": '{"sort_by": "_count:descending"}'})
    assert page.errors() == []
    (made,) = api.shown("/data-sets/form_sales/transform")
    assert made["query-parameters"] == {
        "period": "week",
        "group_by": ["kind"],
        "collect": ["volume:sum", "volume:mean"],
        "sort_by": "_count:descending",
    }
    assert made["options"] == RATE_OPTIONS
    assert made["output"] == {"data-type": "form-share"}
    change = f"/admin/transforms/transform/{made['id']}/change/"
    ann.change(change, period="month")
    (changed,) = api.shown("/data-sets/form_sales/transform")
    assert changed["query-parameters"] == {**made["query-parameters"], "period": "month"}


def test_the_same_twice_is_refused_and_alike_ones_can_be_told_apart_in_the_list(
    ann: Person, api: Caller
) -> None:
    created(ann, "form", "twins")
    fields = rate_fields(api, "twins")
    assert ann.post(ADD_TRANSFORM, fields).errors() == []
    (first,) = api.shown("/data-sets/form_twins/transform")
    page = ann.post(ADD_TRANSFORM, fields)
    assert any(f"the same as the transform {first['id']}" in each for each in page.errors()), page.errors()
    other = json.dumps({**RATE_OPTIONS, "numeratorMatcher": "^paper$"})
    assert ann.post(ADD_TRANSFORM, {**fields, "options": other, "filter_by": "lot:a"}).errors() == []
    change = f"/admin/transforms/transform/{first['id']}/change/"
    page = ann.change(change, options=other, filter_by="lot:a")
    assert any("the same as the transform" in each for each in page.errors()), page.errors()
    listed = ann.get("/admin/transforms/transform/?q=twins").text
    assert "per week, by kind, volume:sum + volume:mean<" in listed
    assert "per week, by kind, volume:sum + volume:mean, only lot:a<" in listed
    assert "numeratorMatcher ^paper$" in listed
