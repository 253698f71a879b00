"""Parser of forms with hundreds of files, which are not held in memory."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from billing.errors import BatchTooLarge
from billing.pricing import BATCH_MAX
from common import database
from common.http.upload_handlers import OneFileUploadHandler
from common.http.views import ApiView

# Beside the images, the picture to put behind them.
MAX_FILES = BATCH_MAX + 1

if TYPE_CHECKING:
    _Base = ApiView
else:
    _Base = object


class ManyFilesMixin(_Base):
    """Mixin of views that take up to `MAX_FILES` files, which are closed when the request ends.

    Mix it in before everything that may look into the form.
    """

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        # Reading the form, which comes next, takes a while and needs no database.
        database.release()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        handler = OneFileUploadHandler(max_files=MAX_FILES, too_many=_too_many())
        request.upload_handlers = [handler]
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            handler.close()


def _too_many() -> BatchTooLarge:
    return BatchTooLarge(f"A batch has at most {BATCH_MAX} images", details={"maximum": BATCH_MAX})
