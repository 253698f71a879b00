"""Input and documented answers of the statistics endpoints."""

from typing import Any

from rest_framework import serializers

from adminstats.periods import Period
from billing.ledger import MAX_ADJUSTMENT
from billing.pricing import Tier
from common.http.fields import choice
from common.http.listing import NarrowingQuerySerializer
from common.http.pagination import PaginationSerializer
from common.http.serializers import StrictSerializer
from removal.lifecycle import JobStatus
from removal.serializers.answers import STATUSES

Shape = serializers.Serializer[Any]


class StatsQuerySerializer(StrictSerializer):
    period = choice(Period, default=Period.MONTH.value, help_text="Which days are counted.")


class OwnStatsQuerySerializer(StrictSerializer):
    period = choice(
        [*Period, "month"],
        default=Period.MONTH.value,
        help_text="`month` is the calendar month so far, UTC.",
    )


class AnyJobsQuerySerializer(NarrowingQuerySerializer):
    status = choice(JobStatus, required=False, help_text="Only those in this state.")
    tier = choice(Tier, required=False, help_text="Only those of this tier.")
    user = serializers.CharField(
        required=False, max_length=254, help_text="`user_…` or an e-mail address."
    )
    batch = serializers.CharField(required=False, max_length=64, help_text="`batch_…`")
    before = serializers.CharField(
        required=False, max_length=64, help_text="Go on after this job, instead of by page."
    )


class CreditsSerializer(StrictSerializer):
    credits = serializers.IntegerField(
        min_value=-MAX_ADJUSTMENT,
        max_value=MAX_ADJUSTMENT,
        help_text="Positive to give, negative to take.",
    )
    reason = serializers.CharField(max_length=500, help_text="Kept in the ledger for good.")

    def validate_credits(self, value: int) -> int:
        if value == 0:
            raise serializers.ValidationError("0 credits change nothing")
        return value


class JobCountsSerializer(Shape):
    total = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    unfinished = serializers.IntegerField(help_text="Queued or being worked on, as of now.")
    successRate = serializers.FloatField(help_text="Percent of those that completed or failed.")


class UsageSerializer(Shape):
    totalCreditsUsed = serializers.IntegerField()
    totalRevenue = serializers.IntegerField(
        help_text="Rupiah: credits used × 100. What was paid is under `payments`."
    )
    avgCreditsPerJob = serializers.FloatField()


class TierShareSerializer(Shape):
    count = serializers.IntegerField()
    percentage = serializers.FloatField()


class TierSharesSerializer(Shape):
    basic = TierShareSerializer()
    standard = TierShareSerializer()
    professional = TierShareSerializer()
    industry = TierShareSerializer()


class PlansSerializer(Shape):
    active = serializers.IntegerField()
    starter = serializers.IntegerField()
    pro = serializers.IntegerField()
    mrr = serializers.IntegerField(help_text="Rupiah a month: the sum of the live prices.")


class PaymentsSerializer(Shape):
    credits = serializers.IntegerField(help_text="Rupiah paid for credit packs.")
    subscriptions = serializers.IntegerField(help_text="Rupiah paid for subscriptions.")
    returned = serializers.IntegerField(
        help_text="Rupiah of these payments that refunds and disputes took back."
    )
    net = serializers.IntegerField(help_text="credits + subscriptions − returned.")


class UserCountsSerializer(Shape):
    registered = serializers.IntegerField(help_text="Accounts made in the period.")


class FailureSerializer(Shape):
    code = serializers.CharField(help_text="The error code of the jobs.")
    count = serializers.IntegerField()
    percentage = serializers.FloatField(help_text="Percent of all failed jobs.")


class BadResultsSerializer(Shape):
    """Results that their owners called bad in the period, by tier."""

    total = serializers.IntegerField()
    basic = serializers.IntegerField()
    standard = serializers.IntegerField()
    professional = serializers.IntegerField()
    industry = serializers.IntegerField()


class StatsSerializer(Shape):
    period = serializers.CharField()
    jobs = JobCountsSerializer()
    usage = UsageSerializer()
    payments = PaymentsSerializer()
    users = UserCountsSerializer()
    failures = FailureSerializer(many=True, help_text="By cause, the most frequent first.")
    badResults = BadResultsSerializer()
    tierBreakdown = TierSharesSerializer()
    subscriptions = PlansSerializer()


class OwnTierShareSerializer(TierShareSerializer):
    creditsUsed = serializers.IntegerField()


class OwnTierSharesSerializer(Shape):
    basic = OwnTierShareSerializer()
    standard = OwnTierShareSerializer()
    professional = OwnTierShareSerializer()
    industry = OwnTierShareSerializer()


class OwnCreditsSerializer(Shape):
    used = serializers.IntegerField(help_text="Charged by now for the jobs of the period.")
    available = serializers.IntegerField()
    costInIDR = serializers.IntegerField()


class QueueWaitSerializer(Shape):
    singleSeconds = serializers.FloatField(help_text="How long the oldest single image has waited.")
    batchSeconds = serializers.FloatField(
        help_text="How long the batch that was left alone longest waits for its turn."
    )


class SlowSerializer(Shape):
    basic = serializers.IntegerField(required=False)
    standard = serializers.IntegerField(required=False)
    professional = serializers.IntegerField(required=False)
    industry = serializers.IntegerField(required=False)


class StatusHourSerializer(Shape):
    hour = serializers.DateTimeField(help_text="Its beginning, UTC.")
    successRate = serializers.FloatField(allow_null=True, help_text="null without any image.")


class StatusSerializer(Shape):
    state = serializers.ChoiceField(["up", "busy", "maintenance"])
    message = serializers.CharField(help_text="What the operators say about a maintenance.")
    queue = QueueWaitSerializer()
    successRate = serializers.FloatField(
        allow_null=True,
        help_text="Percent in the last 24 hours; null without any image. Pictures in which there "
        "is nothing to find, or that do not decode, are left out.",
    )
    hours = StatusHourSerializer(many=True, help_text="The last 24, oldest first.")
    slowMs = SlowSerializer(help_text="95 of 100 images were done within this, last 24 hours.")
    checkedAt = serializers.DateTimeField()


class OwnStatsSerializer(Shape):
    period = serializers.CharField()
    jobs = JobCountsSerializer()
    credits = OwnCreditsSerializer()
    tierBreakdown = OwnTierSharesSerializer()


class OwnerSerializer(Shape):
    id = serializers.CharField()
    email = serializers.CharField()


class ReasonSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()


class AnyJobSerializer(Shape):
    id = serializers.CharField()
    user = OwnerSerializer(allow_null=True, help_text="null once the account is erased.")
    batchId = serializers.CharField(allow_null=True)
    tier = serializers.ChoiceField([*Tier])
    status = serializers.ChoiceField(STATUSES)
    source = serializers.CharField()  # type: ignore[assignment]
    pricingType = serializers.ChoiceField(["credits", "subscription"])
    creditsUsed = serializers.IntegerField()
    processingTimeMs = serializers.IntegerField(allow_null=True)
    modelName = serializers.CharField(allow_null=True)
    error = ReasonSerializer(allow_null=True)
    requestId = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()
    completedAt = serializers.DateTimeField(allow_null=True)
    erasedAt = serializers.DateTimeField(allow_null=True)


class AnyPaginationSerializer(PaginationSerializer):
    totalIsExact = serializers.BooleanField(help_text="false: there are more than `total`.")


class AnyJobsSerializer(Shape):
    jobs = AnyJobSerializer(many=True)
    pagination = AnyPaginationSerializer()


class BalanceSerializer(Shape):
    available = serializers.IntegerField()
    held = serializers.IntegerField()


class CreditsChangedSerializer(Shape):
    userId = serializers.CharField()
    entryId = serializers.CharField(help_text="The line in the ledger.")
    credits = serializers.IntegerField()
    reason = serializers.CharField()
    balance = BalanceSerializer()
    createdAt = serializers.DateTimeField()
