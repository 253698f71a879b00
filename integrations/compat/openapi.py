"""The OpenAPI document of a drop-in surface, written by hand beside its code."""

from typing import Any

from django.http import JsonResponse
from rest_framework.request import Request

from common.http.openapi import Public


class DocumentView(Public):
    """`GET …/schema` of one surface."""

    schema = None
    document: dict[str, Any] = {}

    def get(self, request: Request) -> JsonResponse:
        return JsonResponse(self.document)
