"""Endpoints of the statistics and of operators: parse, one call, render."""

from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from adminstats import credits, listing, openapi, platform, presenters, service_status
from adminstats.periods import Period
from adminstats.serializers import (
    AnyJobsQuerySerializer,
    CreditsSerializer,
    OwnStatsQuerySerializer,
    StatsQuerySerializer,
)
from billing import ledger
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import timestamp
from common.http.idempotency.views import IdempotentMixin
from common.http.listing import wanted_by
from common.http.permissions import require_operator, require_scope
from common.http.views import ApiView
from common.ids import new_id
from common.users import UserRef
from removal import stats


class StatsView(ApiView):
    """`GET /background-remover/admin/stats`"""

    permission_classes = [require_operator(Scope.BILLING_READ, "adminstats.view_statistics")]

    @openapi.platform_stats
    def get(self, request: Request) -> Response:
        period = Period(self.query(StatsQuerySerializer)["period"])
        return ok(presenters.platform(platform.figures(period=period, now=timezone.now())))


class OwnStatsView(ApiView):
    """`GET /background-remover/stats`"""

    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.own_stats
    def get(self, request: Request) -> Response:
        period = self.query(OwnStatsQuerySerializer)["period"]
        user_id = cast("Any", request.user).pk
        rows = stats.own(user_id=user_id, since=_since(period, timezone.now()))
        return ok(
            presenters.own(
                rows,
                period=period,
                used=sum(row.credits for row in rows),
                available=ledger.balance(user_id=user_id).available,
            )
        )


class StatusView(ApiView):
    """`GET /status`"""

    # It is the same for everybody, so a credential that has ended must not cause a refusal.
    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    @openapi.service_status
    def get(self, request: Request) -> Response:
        found = service_status.status(now=timezone.now())
        age = f"public, max-age={service_status.KEPT_S}"
        return ok(presenters.service(found), headers={"Cache-Control": age})


class AnyJobsView(ApiView):
    """`GET /admin/jobs`"""

    permission_classes = [require_operator(Scope.REMOVAL_READ, "removal.view_job")]

    @openapi.list_jobs
    def get(self, request: Request) -> Response:
        query = self.query(AnyJobsQuerySerializer)
        which = listing.narrowed(
            wanted=wanted_by(query),
            user=query.get("user"),
            batch=query.get("batch"),
            before=query.get("before"),
        )
        found = listing.page_of(
            which=which, page=query["page"], limit=query["limit"], now=timezone.now()
        )
        jobs = [presenters.job(job, batch_ids=found.batch_ids) for job in found.jobs]
        return ok({"jobs": jobs, "pagination": found.pagination})


class CreditsView(IdempotentMixin, ApiView):
    """`POST /admin/users/{id}/credits`"""

    permission_classes = [require_operator(Scope.ACCOUNT_WRITE, "billing.adjust_account")]

    @openapi.change_credits
    def post(self, request: Request, user_id: str) -> Response:
        wanted = self.body(CreditsSerializer)
        done = credits.change(
            operator=cast(UserRef, request.user),
            user_id=user_id,
            credits=wanted["credits"],
            reason=wanted["reason"],
            key=self.idempotency_key or new_id("req"),
            now=timezone.now(),
        )
        return ok(
            {
                "userId": done.user_id,
                "entryId": done.entry_id,
                "credits": done.credits,
                "reason": done.reason,
                "balance": {"available": done.balance.available, "held": done.balance.held},
                "createdAt": timestamp(done.at),
            },
            status=201,
        )


def _since(period: str, now: datetime) -> datetime | None:
    if period == "month":
        return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(period).since(now)
