"""Client for the Lumiku Background Remover Pro API."""

from lumiku.aio import AsyncBackgroundRemoverClient, AsyncBatch
from lumiku.client import BackgroundRemoverClient, Batch
from lumiku.errors import ApiError, LumikuError
from lumiku.models import OutputOptions, Tier
from lumiku.protocol import Retry, RetryPolicy
from lumiku.version import ServerVersionWarning, __version__
from lumiku.webhooks import WebhookEvent, WebhookVerificationError

__all__ = [
    "ApiError",
    "AsyncBackgroundRemoverClient",
    "AsyncBatch",
    "BackgroundRemoverClient",
    "Batch",
    "LumikuError",
    "OutputOptions",
    "Retry",
    "RetryPolicy",
    "ServerVersionWarning",
    "Tier",
    "WebhookEvent",
    "WebhookVerificationError",
    "__version__",
]
