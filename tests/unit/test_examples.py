from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import agrees, examples, on_ports

PAGE = """# A page

```console
$ echo one
one
$ curl -s http://localhost:3038/data/g/t \\
    -H 'X: y'
{"data": []}
```

```sh
$ not an example
```
"""


def test_a_page_holds_commands_with_what_they_print(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    one, two = examples(tmp_path / "page.md", "page.md")
    assert (str(one), one.command, one.printed) == ("page.md:4", "echo one", "one")
    assert two.command == "curl -s http://localhost:3038/data/g/t \\\n    -H 'X: y'"
    assert (two.line, two.printed) == (6, '{"data": []}')


def test_ports_are_those_of_the_test() -> None:
    assert on_ports("curl http://localhost:3038/x", {3038: 5000}) == "curl http://localhost:5000/x"


@pytest.mark.parametrize(
    ("printed", "output", "agreed"),
    [
        ('{"a":\n 1}', '{"a": 1}', True),
        ('{"a": 1}', '{"a": true}', False),
        ('{"a": 1}', '{"a": 1, "b": 2}', False),
        ('{"id": "..."}', '{"id": [1, 2]}', True),
        ('[1, "..."]', "[1, 2, 3]", True),
        ('[2, "..."]', "[1, 2, 3]", False),
        ("Deleted ...", "Deleted it all\n", True),
        ("a\nb", "a\r\nb\r\n", True),
        ("a.b", "axb", False),
    ],
)
def test_an_example_agrees_with_what_is_printed(printed: str, output: str, agreed: bool) -> None:
    assert agrees(printed, output) is agreed
