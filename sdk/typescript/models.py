"""Writes `src/models.ts` from the OpenAPI document.

    python manage.py spectacular --format openapi-json | python sdk/typescript/models.py

The tests compare the file with what this writes, so that the package cannot drift from the API.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "src" / "models.ts"
# The schemas that the client answers with; what they refer to comes along.
ROOTS = ("Removal", "Job", "JobSummary", "Batch", "BatchItem", "BatchSummary", "StartedBatch")
ROOTS += ("Price", "Credits", "Entry", "User", "Slot", "Pagination", "JobPagination")
ROOTS += ("Standing", "Subscribed", "Cancelled", "SubscriptionPage", "Order", "Pack")
ROOTS += ("Plan", "Invoice", "ChosenCard", "Portal", "Preferences", "DailyUsage", "OwnStats")
ROOTS += ("StartedAvatars", "StartedSlides", "RemovedPose", "RemovedAndUpscaled", "Endpoint")
ROOTS += ("IssuedEndpoint", "Delivery", "WholeDelivery", "Events", "Secrets", "Preset")
ROOTS += ("Reported", "Version", "Rendered", "Upload", "ListedUpload", "Status")
# Names that say more where there is no document beside them, or that the language has already.
NAMES = {
    "Attempt": "WebhookAttempt",
    "Batch": "BatchStatus",
    "BatchStatusEnum": "BatchState",
    "Cancelled": "CancelledSubscription",
    "CapState": "SpendingCap",
    "ChosenCard": "PaymentMethod",
    "CodeEnum": "BatchErrorCode",
    "Daily": "DailyQuota",
    "Delivery": "WebhookDelivery",
    "Endpoint": "WebhookEndpoint",
    "Entry": "LedgerEntry",
    "Event": "RecordedEvent",
    "Events": "RecordedEvents",
    "IssuedEndpoint": "IssuedWebhookEndpoint",
    "JobStatusEnum": "JobState",
    "OwnCredits": "CreditsUsed",
    "OwnStats": "Stats",
    "OwnTierShare": "TierShare",
    "OwnTierShares": "TierShares",
    "Pack": "CreditPack",
    "Preferences": "BillingSettings",
    "Rendered": "RenderedVersion",
    "Reported": "ReportedResult",
    "Secrets": "WebhookSecrets",
    "Share": "TierQuota",
    "Slot": "UploadSlot",
    "Slow": "SlowMs",
    "Standing": "Subscription",
    "Status": "ServiceStatus",
    "Target": "UploadTarget",
    "Terms": "SubscriptionTerms",
    "TierEnum": "Tier",
    "WholeDelivery": "WholeWebhookDelivery",
}
# Fields of a request that are no output options.
_NOT_OPTIONS = {"image", "image_b64", "image_url", "bg_image", "tier", "webhookUrl", "async"}
_TYPES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
_REFERENCE = re.compile(r"#/components/schemas/(\w+)")


def render(schemas: Mapping[str, Any]) -> str:
    """The whole file."""
    blocks = [_declaration(name, schemas[name]) for name in _reached(schemas)]
    return "\n".join(
        [
            "// Written by models.py from the OpenAPI document; changes are lost.",
            "",
            *blocks,
            _options(schemas["SingleRequest"]),
        ]
    )


def _reached(schemas: Mapping[str, Any]) -> list[str]:
    names, new = set[str](), set(ROOTS) | {"FormatEnum"}
    while new:
        names |= new
        new = {one for name in new for one in _referred(schemas[name])} - names
    return sorted(names - {"NullEnum"}, key=_name)


def _referred(found: Any) -> set[str]:
    return set(_REFERENCE.findall(json.dumps(found)))


def _declaration(name: str, schema: Any) -> str:
    if "enum" in schema:
        return f"export type {_name(name)} = {_literals(schema)}\n"
    required = set(schema.get("required", ()))
    lines = [
        line
        for key, found in schema["properties"].items()
        for line in _property(key, found, optional=key not in required)
    ]
    return "\n".join([f"export interface {_name(name)} {{", *lines, "}", ""])


def _options(schema: Any) -> str:
    lines = [
        line
        for key, found in schema["properties"].items()
        if key not in _NOT_OPTIONS
        for line in _property(key, found, optional=True)
    ]
    head = "/** Output options; what is left out has the server's default. */"
    return "\n".join([head, "export interface OutputOptions {", *lines, "}", ""])


def _property(key: str, found: Any, *, optional: bool) -> list[str]:
    text = " ".join(str(found.get("description", "")).split())
    mark = "?" if optional else ""
    return [*([f"  /** {text} */"] if text else []), f"  {key}{mark}: {_type(found)}"]


def _type(found: Any) -> str:
    null = " | null" if found.get("nullable") else ""
    return f"{_plain(found)}{null}"


def _plain(found: Any) -> str:
    referred = sorted(_referred({k: found.get(k) for k in ("$ref", "allOf", "oneOf")}))
    if referred:
        return " | ".join(_name(name) for name in referred if name != "NullEnum")
    if "enum" in found:
        return _literals(found)
    if found.get("type") == "array":
        return f"{_type(found['items'])}[]"
    if found.get("type") == "object":
        return f"Record<string, {_type(found['additionalProperties'])}>"
    # Values of any kind, such as those of output options, have no type in the document.
    return _TYPES[found["type"]] if "type" in found else "unknown"


def _literals(schema: Any) -> str:
    return " | ".join(f"'{value}'" for value in schema["enum"])


def _name(name: str) -> str:
    return NAMES.get(name, name)


if __name__ == "__main__":
    TARGET.write_text(render(json.load(sys.stdin)["components"]["schemas"]))
