"""`GET /health/`: components and inference engines, for key holders."""

from dataclasses import asdict

from django.conf import settings
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.views import ApiView
from common.observability import health
from removal import worker_registry


class DetailedHealthView(ApiView):
    """200 when every component answers, else 503; a component's reason is in the log."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        components = health.checks()
        healthy = all(state == "ok" for state in components.values())
        present = worker_registry.present() if components["valkey"] == "ok" else []
        return Response(
            {
                "status": "healthy" if healthy else "unhealthy",
                "version": settings.VERSION,
                "components": components,
                "inference": [asdict(process) for process in present],
            },
            status=200 if healthy else 503,
        )
