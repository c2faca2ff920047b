"""The OpenAPI document."""

from functools import cache
from typing import Any

from stagecraft.openapi.bodies import schemas
from stagecraft.openapi.operations import paths

DESCRIPTION = """\
Which data sets there are, who may write to them, and what is computed from them. Backdrop asks this API; \
programs and the admin site change what it says.

`GET /_status`, `GET /openapi.json` and `GET /docs` are for everybody. Every other call takes \
`Authorization: Bearer <token>`, the token of an API user, and each says below which roles it is for: \
`admin` reads and changes everything, `collector` and `omniscient` read everything and change nothing, \
`dashboard-editor` has to do with dashboards alone, since the configs of data sets hold tokens. \
Where a GET is possible, so is a HEAD.

People use the admin site at `/admin/`, to which `/` leads. They log in with a name and a password: \
no token opens it, and its cookies don't open this API."""


@cache
def document() -> dict[str, Any]:
    """The same object each time: not to be changed."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stagecraft: the config API of Backdrop",
            "version": "1",
            "description": DESCRIPTION,
        },
        "paths": paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    }
