"""OpenAPI description of the trial."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from common.http.errors import (
    FileTooLarge,
    InvalidFileType,
    InvalidInput,
    MissingRequiredField,
    RateLimited,
    ServiceUnavailable,
)
from common.http.openapi import errors
from integrations.trial.serializers import TrialSerializer
from removal.errors import NoSubjectFound

try_out = extend_schema(
    tags=["Background removal"],
    summary="Try it without an account",
    description=(
        "The background of one photo is removed at the tier standard, free of charge and "
        "without a watermark. The answer is a PNG of at most 0.25 megapixels. A few times an "
        "hour from one network; the photo may have `TRIAL_MAX_BYTES`, 5 MiB by default. Photo "
        "and result are deleted as those of customers are."
    ),
    request={"multipart/form-data": TrialSerializer},
    responses={
        (200, "image/png"): OpenApiResponse(OpenApiTypes.BINARY, description="The result"),
        **errors(
            InvalidInput,
            MissingRequiredField,
            FileTooLarge,
            InvalidFileType,
            NoSubjectFound,
            RateLimited,
            ServiceUnavailable,
        ),
    },
)
