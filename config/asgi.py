"""The ASGI application: a body cap in front of Django."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

django_application = get_asgi_application()

from common.asgi import BodyLimit  # noqa: E402 - needs the loaded settings

application = BodyLimit(django_application, max_bytes=settings.MAX_REQUEST_BYTES)
