"""Settings of the REST API and of its OpenAPI document."""

from typing import Any

from config import swagger

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "common.http.schema.ApiSchema",
    "EXCEPTION_HANDLER": "common.http.errors.handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}


def openapi(*, version: str) -> dict[str, Any]:
    """The settings of drf-spectacular."""
    return {
        "TITLE": "Lumiku Background Remover Pro",
        "DESCRIPTION": (
            "Removes the background of images and charges exactly for every one that worked.\n\n"
            "Send `Authorization: Bearer <token>` (from `POST /auth/login`, or an API key) or "
            "`X-API-Key: <key>`. The same paths answer under `/v1` and `/api`.\n\n"
            "Drop-in surfaces have documents of their own: [remove.bg v1.0](/v1.0/schema), "
            "[rembg](/api/remove/schema), [PhotoRoom](/v1/segment/schema), "
            "[rembg microservice](/remove-bg/schema), [asynchronous service](/process/schema), "
            "[JWT service](/api/remove-background/schema)."
        ),
        "VERSION": version,
        # In the order of the page.
        "TAGS": [
            {"name": "Background removal", "description": "One image at a time."},
            {"name": "Batches", "description": "2 to 500 images, live progress, one ZIP."},
            {"name": "Pricing", "description": "What a batch will cost."},
            {"name": "Subscription", "description": "Plans with a number of images a day."},
            {"name": "Billing", "description": "Credits, cards and invoices."},
            {"name": "Accounts", "description": "Logging in, and API keys."},
            {"name": "Webhooks", "description": "What we send when a batch or a job has ended."},
            {"name": "Status", "description": "Whether the service is up."},
            {"name": "Administration", "description": "For operators only."},
        ],
        "SCHEMA_PATH_PREFIX": "/v1",
        "SCHEMA_PATH_PREFIX_INSERT": "",
        "GET_LIB_DOC_EXCLUDES": "common.http.schema.library_docstrings",
        "PREPROCESSING_HOOKS": ["common.http.openapi.only_v1"],
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "integrations.webhooks.openapi.add_webhooks",
        ],
        "SERVE_INCLUDE_SCHEMA": False,
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "SWAGGER_UI_SETTINGS": swagger.UI,
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
        "ENUM_NAME_OVERRIDES": {
            "BatchStatusEnum": "batches.api.serializers.STATUSES",
            "DeliveryStatusEnum": "integrations.webhooks.serializers.STATUSES",
            "JobStatusEnum": "removal.serializers.answers.STATUSES",
            "UploadStatusEnum": "batches.uploads.serializers.STATUSES",
        },
    }
