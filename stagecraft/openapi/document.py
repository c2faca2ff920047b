"""The OpenAPI document."""

from functools import cache
from typing import Any

from stagecraft.openapi.bodies import schemas
from stagecraft.openapi.operations import paths

DESCRIPTION = """\
Which data sets there are, who may write to them, and what is computed from them. Backdrop asks this API; \
programs and the admin site change what it says.

Every call but `GET /_status` takes `Authorization: Bearer <token>`, the token of an API user. \
The role `admin` may do everything, `collector` and `omniscient` read everything, and `dashboard-editor` \
only has to do with dashboards."""


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
        "security": [{"token": []}],
        "paths": paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    }
