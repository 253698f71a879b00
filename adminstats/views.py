"""Endpoints of the statistics and of operators: parse, one call, render."""

from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from adminstats import credits, listing, openapi, platform, presenters, service_status
from adminstats.periods import Period
from adminstats.serializers import (
    AnyJobsQuerySerializer,
    AnyJobsSerializer,
    CreditsChangedSerializer,
    CreditsSerializer,
    OwnStatsQuerySerializer,
    OwnStatsSerializer,
    StatsQuerySerializer,
    StatsSerializer,
    StatusSerializer,
)
from billing import ledger
from billing.errors import InsufficientCredits
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    NotFound,
    RateLimited,
    TokenExpired,
    Unauthorized,
    timestamp,
)
from common.http.idempotency.views import IdempotencyKeyReused, IdempotentMixin, RequestInProgress
from common.http.listing import wanted_by
from common.http.openapi import IDEMPOTENCY_KEY, errors, success
from common.http.permissions import require_operator, require_scope
from common.http.views import ApiView
from common.ids import new_id
from common.users import UserRef
from removal import stats

_LOGIN_ERRORS = (Unauthorized, TokenExpired, InvalidToken, Forbidden, RateLimited)


class StatsView(ApiView):
    """`GET /background-remover/admin/stats`"""

    permission_classes = [require_operator(Scope.BILLING_READ, "adminstats.view_statistics")]

    @extend_schema(
        tags=["Administration"],
        summary="The platform's statistics",
        description=(
            "Needs the permission `adminstats.view_statistics`. Exact at this moment. A job "
            "counts in the period in which it ended; one that has not "
            "ended counts in every period. Credits count when they are charged, and money when it "
            "is paid; what was returned of it counts with the payment."
        ),
        parameters=[StatsQuerySerializer],
        responses={
            200: success("PlatformStats", StatsSerializer, example=openapi.STATS),
            **errors(InvalidInput, *_LOGIN_ERRORS),
        },
    )
    def get(self, request: Request) -> Response:
        period = Period(self.query(StatsQuerySerializer)["period"])
        return ok(presenters.platform(platform.figures(period=period, now=timezone.now())))


class OwnStatsView(ApiView):
    """`GET /background-remover/stats`"""

    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        tags=["Background removal"],
        summary="Your own statistics",
        description="Over the jobs that you made in the period.",
        parameters=[OwnStatsQuerySerializer],
        responses={
            200: success("OwnStats", OwnStatsSerializer, example=openapi.OWN),
            **errors(InvalidInput, *_LOGIN_ERRORS),
        },
    )
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

    @extend_schema(
        tags=["Status"],
        summary="Whether the service is up, how long work waits, and the last 24 hours",
        description=(
            "Needs no login, and is computed anew every ten seconds at most. `busy` means that a "
            "single image waits longer than a caller does for the result."
        ),
        responses={
            200: success("ServiceStatus", StatusSerializer, example=openapi.SERVICE),
            **errors(RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        found = service_status.status(now=timezone.now())
        age = f"public, max-age={service_status.KEPT_S}"
        return ok(presenters.service(found), headers={"Cache-Control": age})


class AnyJobsView(ApiView):
    """`GET /admin/jobs`"""

    permission_classes = [require_operator(Scope.REMOVAL_READ, "removal.view_job")]

    @extend_schema(
        tags=["Administration"],
        summary="Everybody's jobs",
        description=(
            "Newest first. `total` is counted exactly when nothing but `status` and `tier` narrows "
            "the listing down, and otherwise up to 10,000 (`totalIsExact`). Pages reach 10,000 "
            "jobs deep; `before` goes on from any job, however deep."
        ),
        parameters=[AnyJobsQuerySerializer],
        responses={
            200: success("AnyJobs", AnyJobsSerializer, example=openapi.JOBS),
            **errors(InvalidInput, NotFound, *_LOGIN_ERRORS),
        },
    )
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

    @extend_schema(
        tags=["Administration"],
        summary="Give credits to a user, or take some",
        description="Written to the ledger and to the operators' log, with the reason.",
        parameters=[
            IDEMPOTENCY_KEY,
            OpenApiParameter("user_id", str, OpenApiParameter.PATH, description="`user_…`"),
        ],
        request=CreditsSerializer,
        examples=[
            OpenApiExample(
                "Goodwill", value={"credits": 100, "reason": "Goodwill"}, request_only=True
            )
        ],
        responses={
            201: success("CreditsChanged", CreditsChangedSerializer, example=openapi.CREDITS),
            **errors(
                InvalidInput,
                MissingRequiredField,
                InsufficientCredits,
                NotFound,
                IdempotencyKeyReused,
                RequestInProgress,
                *_LOGIN_ERRORS,
            ),
        },
    )
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
