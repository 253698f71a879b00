"""Logging of every process: one handler, which masks secrets and adds the request's id."""

from typing import Any


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Django's `LOGGING`; `form` is json or text."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "redact": {"()": "common.observability.logs.Redact"},
            "request": {"()": "common.observability.logs.RequestId"},
            "refusals": {"()": "common.observability.logs.Refusals"},
            "client_noise": {"()": "common.observability.logs.ClientNoise"},
            "valkey_away": {"()": "common.observability.logs.ValkeyAway"},
        },
        "formatters": {
            "json": {"()": "common.observability.logs.JsonFormatter"},
            "text": {"()": "common.observability.logs.TextFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["request", "refusals", "redact"],
                "formatter": form,
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},
            "uvicorn.error": {"filters": ["client_noise"]},
            "channels_redis.pubsub": {"filters": ["valkey_away"]},
            # These loggers would otherwise write two lines for every call.
            "stripe": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
