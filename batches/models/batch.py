"""A batch of images: one price, one hold, one archive."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batches.lifecycle import TERMINAL, WORKING, BatchStatus
from common.ids import PublicIdField
from common.workqueue import QueueRow

_WORKING = sorted(str(status) for status in WORKING)
_ENDED = sorted(str(status) for status in TERMINAL)


class Batch(QueueRow):
    """2–500 images that are priced, worked on and delivered together.

    The images are jobs of `removal` that carry this row's primary key; how far they got is
    counted there, and written here once, when the batch ends. Credits are whole numbers, sizes
    bytes. `final_total` is held: the price of the images that passed the look at their header, of
    which `base_total` is the price before `discount_*`, the volume discount, and
    `partner_percentage`, which comes off what that leaves. `credits_used` is what the finished
    images cost in the end (docs/pricing.md).

    The row waits in two work queues, one after the other: for its archive while it is `zipping`
    (`batches.archive.queue`), and once it has ended for the notice of that (`batches.notices`).
    While its images are worked on, `last_served_at` is when workers last took some of them. Two
    columns keep their former names, so that the previous release goes on working during an upgrade.
    """

    public_id = PublicIdField(prefix="batch")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    source = models.CharField(max_length=30, default="api")
    name = models.CharField(max_length=120, blank=True)
    status = models.CharField(
        max_length=12,
        choices=[(status.value, status.value) for status in BatchStatus],
        default=BatchStatus.PENDING.value,
    )
    tier = models.CharField(max_length=20)
    options = models.JSONField(default=dict, blank=True)
    # The one picture that goes behind every image of the batch.
    background_key = models.CharField(max_length=200, blank=True)
    webhook_url = models.CharField(max_length=2000, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    fingerprint = models.CharField(max_length=64, blank=True)
    retry_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="retry"
    )

    total_images = models.PositiveSmallIntegerField()
    base_credits_per_image = models.PositiveIntegerField()
    base_total = models.PositiveIntegerField()
    discount_percentage = models.PositiveSmallIntegerField()
    discount_amount = models.PositiveIntegerField()
    partner_percentage = models.PositiveSmallIntegerField(default=0)
    final_total = models.PositiveIntegerField()
    # NULL when there is nothing to pay.
    hold_id = models.BigIntegerField(null=True, blank=True)

    completed_images = models.PositiveSmallIntegerField(null=True, blank=True)
    failed_images = models.PositiveSmallIntegerField(null=True, blank=True)
    cancelled_images = models.PositiveSmallIntegerField(null=True, blank=True)
    # Of the failed images, those that failed for a reason of ours; NULL before the end, and for
    # batches that ended before this counted.
    our_failures = models.PositiveSmallIntegerField(null=True, blank=True)
    credits_used = models.PositiveIntegerField(default=0)

    # Totals of the batches that this one repeats, as in `planning.Past`.
    past_finished = models.PositiveIntegerField(default=0, db_default=0)
    past_failed = models.PositiveIntegerField(default=0, db_default=0)
    past_captured = models.PositiveIntegerField(default=0, db_default=0)

    zip_key = models.CharField(max_length=200, blank=True)
    zip_size = models.BigIntegerField(null=True, blank=True)
    available_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, db_column="zip_attempts")
    last_served_at = models.DateTimeField(db_column="rung_at")
    # See `batches.scheduling.turns`.
    waiting_images = models.PositiveSmallIntegerField(default=0, db_default=0)
    turn_at = models.DateTimeField(db_default=Now())
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Batch"]] = models.Manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["user", "-created_at"], name="batch_by_user"),
            # Nearly all batches have ended: what still moves is found without them.
            models.Index(
                fields=["status", "last_served_at"],
                name="batch_open",
                condition=~Q(status__in=_ENDED),
            ),
            models.Index(
                fields=["turn_at", "id"],
                include=["user", "waiting_images", "last_served_at"],
                name="batch_turn",
                condition=Q(status__in=_WORKING, waiting_images__gt=0),
            ),
            models.Index(
                fields=["user", "turn_at", "id"],
                name="batch_turn_of_user",
                condition=Q(status__in=_WORKING, waiting_images__gt=0),
            ),
            # Few: their last images are with workers, or they are being cancelled.
            models.Index(
                fields=["id"],
                name="batch_emptied",
                condition=Q(status__in=_WORKING)
                & (Q(waiting_images=0) | Q(cancel_requested_at__isnull=False)),
            ),
            models.Index(
                fields=["available_at"], name="batch_archive_due", condition=Q(status="zipping")
            ),
            models.Index(
                fields=["available_at"],
                name="batch_notice_due",
                condition=Q(status__in=_ENDED, notified_at__isnull=True),
            ),
            models.Index(fields=["completed_at"], name="batch_with_zip", condition=~Q(zip_key="")),
            models.Index(
                fields=["created_at"], name="batch_with_background", condition=~Q(background_key="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="batch_one_per_idempotency_key",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in BatchStatus]),
                name="batch_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=_ENDED,
                    completed_at__isnull=False,
                    completed_images__isnull=False,
                    failed_images__isnull=False,
                    cancelled_images__isnull=False,
                    total_images=F("completed_images") + F("failed_images") + F("cancelled_images"),
                )
                | (~Q(status__in=_ENDED) & Q(completed_at__isnull=True, credits_used=0)),
                name="batch_counts_add_up_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(credits_used__lte=F("final_total")),
                name="batch_costs_at_most_price",
            ),
            models.CheckConstraint(
                condition=Q(zip_key="") | Q(status__in=["completed", "cancelled"]),
                name="batch_zip_only_when_ended",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error_code=""), name="batch_failure_has_code"
            ),
            models.CheckConstraint(
                condition=Q(final_total=0, hold_id__isnull=True)
                | Q(final_total__gt=0, hold_id__isnull=False),
                name="batch_held_unless_free",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_expires_at__isnull=True)
                | Q(status="zipping", lease_expires_at__isnull=False)
                | Q(
                    status__in=_ENDED,
                    notified_at__isnull=True,
                    lease_token__isnull=False,
                    lease_expires_at__isnull=False,
                ),
                name="batch_leased_only_in_a_queue",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
