"""Health endpoints: `/health` (the process is alive) and `/ready` (its dependencies answer)."""

import logging
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from common import maintenance, storage, valkey
from common.http import errors
from common.http.errors import MethodNotAllowed

logger = logging.getLogger(__name__)


def health_view(request: HttpRequest) -> JsonResponse:
    """Public and cheap: touches nothing but this process."""
    if request.method not in ("GET", "HEAD"):
        return errors.json_response(
            MethodNotAllowed(headers={"Allow": "GET, HEAD"}), path=request.path
        )
    return JsonResponse({"status": "healthy"}, headers={"Cache-Control": "no-store"})


@require_safe
def readiness(request: HttpRequest) -> JsonResponse:
    """200 when every component answers, else 503; says which, not why."""
    components = checks()
    ready = all(state == "ok" for state in components.values())
    mode = maintenance.current() if components["database"] == "ok" else None
    return JsonResponse(
        {
            "status": "ready" if ready else "unavailable",
            "components": components,
            # Not a reason to send requests elsewhere: status and downloads are still answered.
            "maintenance": "on" if mode else "off",
        },
        status=200 if ready else 503,
        headers={"Cache-Control": "no-store"},
    )


def checks() -> dict[str, str]:
    """The state of each component: `ok` or `unavailable`. The reason goes to the log."""
    return {name: _state(name, probe) for name, probe in _PROBES.items()}


def _state(name: str, probe: Callable[[], object]) -> str:
    try:
        probe()
    except Exception:  # any failure of a dependency means that it is not available
        logger.warning("%s is not available", name, exc_info=True)
        return "unavailable"
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _valkey() -> None:
    valkey.client().ping()


def _storage() -> None:
    storage.exists("processed/probe")


_PROBES: dict[str, Callable[[], object]] = {
    "database": _database,
    "valkey": _valkey,
    "storage": _storage,
}
