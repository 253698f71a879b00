"""Recorded events of an account over HTTP: parse, one query, render."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import Forbidden, InvalidInput, RateLimited, Unauthorized
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import openapi, presenters, queries, serializers
from integrations.webhooks.views.caller import hidden_from, user_id_of


class EventsView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        operation_id="listWebhookEvents",
        tags=[openapi.TAG],
        summary="List the events after a sequence number",
        description=(
            "What a receiver that was down has missed, in order. Begin with the last `sequence` "
            "that you have dealt with, and go on with `nextAfter` while `hasMore` is true. If "
            "`oldestSequence` is more than one above yours, older events have been deleted: they "
            "are kept for 30 days. Events are recorded from the account's first endpoint on, "
            "whether it is active and whatever its filter, except that `batch.progress` needs an "
            "active endpoint that has chosen it. Numbers may be missing: those of what was erased, "
            "and, for a key without the scope `billing:read`, those of events about money."
        ),
        parameters=[serializers.EventsQuery],
        responses={
            200: success("WebhookEvents", serializers.EventsSerializer, example=openapi.EVENTS),
            **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        wanted = self.query(serializers.EventsQuery)
        page = queries.events(
            user_id=user_id_of(request),
            after=wanted["after"],
            limit=wanted["limit"],
            event=wanted.get("type"),
            hidden=hidden_from(request),
        )
        return ok(presenters.events(page, after=wanted["after"]))
