"""Answers as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse

from stagecraft.api.errors import Fault


def answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Data as JSON, to be kept by nobody but its asker, and asked anew each time (by ETag)."""
    return JsonResponse(
        data,
        status=status,
        safe=False,
        headers={"Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})},
    )


def nothing() -> HttpResponse:
    """204: done, and there is nothing left to show."""
    return HttpResponse(status=204, headers={"Cache-Control": "private, no-cache", "Vary": "Authorization"})


def error(
    status: int, message: str, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """`{"status": "error", "message": ..., "errors": [{"key", "message"}, ...]}`."""
    errors = [{"key": fault.key, "message": fault.message} for fault in faults]
    return answer({"status": "error", "message": message, "errors": errors}, status, headers)
