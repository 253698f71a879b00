"""The ASGI application: a body cap in front of Django, and the progress socket."""

import os
import re
from dataclasses import replace

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

django_application = get_asgi_application()

from batches.api.views import StartView  # noqa: E402
from batches.websocket.routing import websocket_urlpatterns  # noqa: E402 - needs the loaded settings
from billing.errors import BatchTooLarge  # noqa: E402
from common.http.asgi import BodyLimit, LargeForms  # noqa: E402
from common.http.early_auth import EarlyAuth  # noqa: E402
from integrations.compat.microservice import views as microservice  # noqa: E402
from integrations.compat.photoroom.views import SegmentView  # noqa: E402
from integrations.compat.removebg import views as removebg_views  # noqa: E402

batch_start = LargeForms(
    path=re.compile(r"/(v1|api)/background-remover/batch/?"),
    max_bytes=settings.BATCH_MAX_BYTES + settings.MAX_REQUEST_BYTES,
    early_auth=EarlyAuth(StartView),
    too_large=BatchTooLarge,
)

# A picture and its background, or one picture as base64.
removebg = LargeForms(
    path=re.compile(r"/v1\.0/removebg/?"),
    max_bytes=2 * settings.SURFACE_LIMITS["removebg"][0] + 1024 * 1024,
    early_auth=EarlyAuth(removebg_views.RemoveView),
    any_type=True,
)
removebg_improve = replace(
    removebg,
    path=re.compile(r"/v1\.0/improve/?"),
    early_auth=EarlyAuth(removebg_views.ImproveView),
)

_FORM = 1024 * 1024
microservice_single = LargeForms(
    path=re.compile(r"/remove-bg/?"),
    max_bytes=settings.SURFACE_LIMITS["microservice"][0] + _FORM,
    early_auth=EarlyAuth(microservice.RemoveView),
)
microservice_batch = LargeForms(
    path=re.compile(r"/remove-bg/batch/?"),
    max_bytes=settings.BATCH_MAX_BYTES + _FORM,
    early_auth=EarlyAuth(microservice.BatchView),
    too_large=BatchTooLarge,
)

photoroom = LargeForms(
    path=re.compile(r"/v1/segment/?"),
    max_bytes=settings.SURFACE_LIMITS["photoroom"][0] + _FORM,
    early_auth=EarlyAuth(SegmentView),
)

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(
            django_application,
            max_bytes=settings.MAX_REQUEST_BYTES,
            idle_s=settings.BODY_IDLE_S,
            large=[
                *(batch_start, removebg, removebg_improve, photoroom),
                *(microservice_single, microservice_batch),
            ],
        ),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
