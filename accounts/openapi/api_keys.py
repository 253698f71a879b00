"""OpenAPI descriptions of API keys."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from accounts import serializers
from accounts.openapi.examples import API_KEY, ISSUED_API_KEY, TAG, request_example
from common.http.errors import (
    Conflict,
    Forbidden,
    InsufficientPermissions,
    InvalidInput,
    NotFound,
    Unauthorized,
)
from common.http.openapi import errors, success

KEY_ID = OpenApiParameter("key_id", str, OpenApiParameter.PATH, description="`key_…`")

list_keys = extend_schema(
    tags=[TAG],
    summary="List the API keys that work",
    description=("Newest first; revoked and expired keys are left out, and no secret is shown."),
    responses={
        200: success(
            "ApiKeyList",
            serializers.ApiKeyListSerializer,
            description="The keys that work, newest first",
            example={"apiKeys": [API_KEY]},
        ),
        **errors(Unauthorized, Forbidden),
    },
)

issue_key = extend_schema(
    tags=[TAG],
    summary="Make an API key",
    description=(
        "The secret `apiKey` is shown this once. Two keys may work at a time, so that a new "
        "one can replace the old one without a gap; a third is refused with 409. A `model` "
        "that no tier uses is a 400 that names those that some tier does."
    ),
    request=serializers.NewApiKeySerializer,
    responses={
        201: success(
            "ApiKeyIssued",
            serializers.IssuedApiKeySerializer,
            description="The key and its secret",
            example=ISSUED_API_KEY,
        ),
        **errors(InsufficientPermissions, Conflict),
    },
    examples=[
        request_example({"name": "Nightly import", "scopes": ["removal:read", "removal:write"]})
    ],
)

change_key = extend_schema(
    tags=[TAG],
    summary="Change an API key",
    description=(
        "Gives it another `name`, another pinned `model` or another `spendingCap`; the secret "
        "and its scopes stay. The model holds for pictures that are sent from now on: what was "
        "accepted before keeps the one that it was accepted with. An unknown model is a 400 "
        "that names the known ones. A cap counts what the key has spent in the period before, "
        "and what would exceed it is refused with 402 `SPENDING_CAP_REACHED`. An API key that "
        "has a cap itself can change no key (403)."
    ),
    parameters=[KEY_ID],
    request=serializers.ChangeApiKeySerializer,
    responses={
        200: success(
            "ApiKeyChanged",
            serializers.ApiKeySerializer,
            description="The key as it is now",
            example=API_KEY,
        ),
        **errors(InvalidInput, Unauthorized, Forbidden, NotFound),
    },
    examples=[request_example({"name": "Nightly export", "model": "u2net"})],
)

revoke_key = extend_schema(
    tags=[TAG],
    summary="Revoke an API key",
    description="The key stops working at once.",
    parameters=[KEY_ID],
    request=None,
    responses={
        200: success(
            "ApiKeyRevoked",
            serializers.RevokedApiKeySerializer,
            description="The key no longer works",
            example={"id": API_KEY["id"], "revoked": True},
        ),
        **errors(Unauthorized, Forbidden, NotFound),
    },
)
