"""Recorded events of an account over HTTP: parse, one query, render."""

from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView
from integrations.webhooks import openapi, presenters, queries, serializers
from integrations.webhooks.views.caller import hidden_from, user_id_of


class EventsView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.list_events
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
