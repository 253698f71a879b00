"""OpenAPI descriptions of the account's billing settings."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from billing.preferences.serializers import ChangePreferencesSerializer, PreferencesSerializer
from billing.spending.serializers import CAP_EXAMPLE
from common.http.errors import InsufficientPermissions, InvalidInput
from common.http.openapi import LOGIN_ERRORS, errors, success

_EXAMPLE = {"spendingCap": CAP_EXAMPLE, "lowCreditThreshold": 20, "isDefaultThreshold": True}

_CHANGE = {"spendingCap": {"credits": 500, "period": "month"}, "lowCreditThreshold": 50}

preferences = extend_schema(
    operation_id="getBillingSettings",
    tags=["Billing"],
    summary="The account's spending cap and its threshold of few credits",
    description="The caps of single API keys are in `GET /auth/api-keys`.",
    responses={
        200: success("BillingSettings", PreferencesSerializer, example=_EXAMPLE),
        **errors(*LOGIN_ERRORS),
    },
)

change_preferences = extend_schema(
    operation_id="changeBillingSettings",
    tags=["Billing"],
    summary="Set the account's spending cap or its threshold of few credits",
    description=(
        "With a `spendingCap`, a request whose credits would exceed it is refused with 402 "
        "`SPENDING_CAP_REACHED`. What was spent in the period before counts; credits that are "
        "given back do not, and neither do images that a subscription pays for. An API key "
        "that has a cap of its own cannot change this (403)."
    ),
    request=ChangePreferencesSerializer,
    examples=[OpenApiExample("Request", value=_CHANGE, request_only=True)],
    responses={
        200: success("BillingSettingsChanged", PreferencesSerializer, example=_EXAMPLE),
        **errors(InvalidInput, InsufficientPermissions, *LOGIN_ERRORS),
    },
)
