"""`GET` and `POST /api/remove`: parse, one removal, always a PNG."""

import io
from collections.abc import Mapping

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from PIL import Image
from rest_framework.request import Request

from common.http.auth import Scope, api_key_of
from common.http.errors import InvalidInput
from common.http.parsers import FormParser, ImageUrlencodedParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from integrations.compat import delivery, removing
from integrations.compat.anonymous import KeyOrLocal, is_anonymous, tier_of
from integrations.compat.fastapi import Unprocessable
from integrations.compat.rembg import SOURCE, parameters
from integrations.compat.views import CompatView, caller, customer, model_fields
from removal import keys, queries
from removal.engine.colours import parse_colour
from removal.errors import NoSubjectFound
from removal.intake import Address, RemovalRequest, Upload
from removal.options import OptionFields


class RemoveView(CompatView):
    rate_policy = "single"
    authentication_classes = [KeyOrLocal]
    parser_classes = [FormParser, ImageUrlencodedParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def get(self, request: Request) -> HttpResponseBase:
        values = _texts(request.query_params)
        url = values.get("url", "")
        if not url:
            raise Unprocessable("missing", "query", "url", "Field required")
        return _removed(request, Address(url), values, where="query")

    def post(self, request: Request) -> HttpResponseBase:
        data = request.data if isinstance(request.data, QueryDict) else QueryDict()
        file = data.get("file")
        if file is None or file == "":
            raise Unprocessable("missing", "body", "file", "Field required")
        if not isinstance(file, UploadedFile):
            raise Unprocessable("value_error", "body", "file", "Expected a file", str(file)[:100])
        image = Upload(file, file.name or "image")  # type: ignore[arg-type]
        return _removed(request, image, _texts(data), where="body")


def _removed(
    request: Request, image: Upload | Address, values: Mapping[str, str], *, where: str
) -> HttpResponseBase:
    tier = tier_of(request)
    fields = parameters.parse(values, _texts(request.query_params), where=where)
    model = parameters.model(values, where=where)
    fields = {**fields, **model_fields(request, tier=tier, wanted=model)}
    removal = RemovalRequest(
        image=image,
        tier=tier,
        fields=fields,
        request_id=current_request_id(),
        source=SOURCE,
        api_key=api_key_of(request),
        free=is_anonymous(request),
    )
    try:
        removed = removing.remove(
            user=customer(request),
            caller=caller(request),
            removal=removal,
            measure=lambda _: None,
            now=timezone.now(),
        )
        answer: HttpResponseBase = delivery.file_answer(
            request,
            removed.job.published_key,
            content_type="image/png",
            name=keys.download_name(removed.job.filename, "png"),
            then=removed.answered,
        )
    except NoSubjectFound as nothing:
        return _empty(request, str((nothing.details or {}).get("jobId", "")), fields)
    except FileNotFoundError:
        raise InvalidInput("The result is no longer kept") from None
    return delivery.described(answer, removed.job)


def _empty(request: Request, job_id: str, fields: OptionFields) -> HttpResponse:
    """A picture without a subject, as rembg would answer: all background, free of charge."""
    job = queries.owned_job(user_id=customer(request).pk, job_id=job_id)
    size = job.width, job.height
    if fields.get("mask_only"):
        picture = Image.new("L", size, 0)
    else:
        colour = fields.get("bg_color", "")
        picture = Image.new("RGBA", size, parse_colour(colour) if colour else (0, 0, 0, 0))
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    headers = {"X-Job-Id": job.public_id, "X-Credits-Charged": "0"}
    return HttpResponse(file.getvalue(), content_type="image/png", headers=headers)


def _texts(data: QueryDict) -> dict[str, str]:
    given = {name: data.get(name) for name in data}
    return {name: value.strip() for name, value in given.items() if isinstance(value, str)}
