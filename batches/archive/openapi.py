"""OpenAPI document of the archive: the query and the endpoint's description."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from batches.archive.errors import ArchiveGone, ArchiveNotReady, NoArchive
from common.http.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    RangeNotSatisfiable,
    RateLimited,
    Unauthorized,
)
from common.http.fields import switch
from common.http.openapi import errors
from common.http.serializers import StrictSerializer


class DownloadQuerySerializer(StrictSerializer):
    redirect = switch(
        default=False, help_text="Answer 302 with a short-lived address that needs no login"
    )


download_batch = extend_schema(
    operation_id="downloadBatch",
    tags=["Batches"],
    summary="Download the ZIP of a batch",
    description=(
        "Holds `removed-<name>` for every image that finished, and `manifest.csv` with the "
        "outcome of each. One `Range` is honoured, with `If-Range`, so that a download can be "
        "resumed; `HEAD` tells size and `ETag`. 409 while the batch runs, and while the "
        "archive is written anew after one of its images was erased; 404 when the batch ended "
        "without a finished image, 410 when the archive is no longer kept."
    ),
    parameters=[
        OpenApiParameter("batch_id", str, OpenApiParameter.PATH, description="`batch_…`"),
        OpenApiParameter(
            "Range", str, OpenApiParameter.HEADER, description="For example `bytes=1000-`."
        ),
        OpenApiParameter(
            "If-Range",
            str,
            OpenApiParameter.HEADER,
            description="An `ETag`: the range only of this very file, or else all of it.",
        ),
        DownloadQuerySerializer,
    ],
    responses={
        (200, "application/zip"): OpenApiTypes.BINARY,
        (206, "application/zip"): OpenApiTypes.BINARY,
        302: OpenApiResponse(description="With `redirect`: see `Location`"),
        **errors(
            InvalidInput,
            Unauthorized,
            Forbidden,
            NotFound,
            NoArchive,
            ArchiveNotReady,
            ArchiveGone,
            RangeNotSatisfiable,
            RateLimited,
        ),
    },
)
