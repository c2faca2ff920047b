"""Which addresses are the admin site's, where people are, and which are the API's."""

from django.http import HttpRequest

ROOT = "/admin/"
LEADS_THERE = ("/", "/admin")


def is_for_people(request: HttpRequest) -> bool:
    """Whether what is asked for is the admin site's, or leads there."""
    # As Django's redirect to HTTPS sees it, which asks for the host's name under the same addresses.
    path = f"/{request.path.lstrip('/')}"
    return path.startswith(ROOT) or path in LEADS_THERE
