"""JSON for people who may look at it and not change it."""

import json
from typing import Any

from django.contrib.admin import display
from django.http import HttpRequest
from django.utils.html import format_html

from stagecraft.admin_site.pages.base import Pages


class SchemaPages(Pages):
    """Pages of what has a name that never changes and a `schema`."""

    @display(description="Schema")
    def schema_shown(self, thing: Any) -> str:
        """Laid out to be read."""
        text = json.dumps(thing.schema, indent=2, ensure_ascii=False) if thing.schema else "none"
        return format_html('<pre class="code" tabindex="0" aria-label="Schema">{}</pre>', text)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The schema as a box to type in, or as text."""
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return list(fields)
        return ["schema_shown" if field == "schema" else field for field in fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The name, once it is there."""
        return ("name", "schema_shown") if obj else ("schema_shown",)
