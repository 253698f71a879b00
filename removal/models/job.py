"""The job: one image, its options, its files and its state."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import PublicIdField
from common.workqueue import QueueRow
from removal.keys import new_token
from removal.lifecycle import JobStatus


class Job(QueueRow):
    """A removal. The row is the queue: `queued` rows are work, whatever the broker holds.

    Every credit figure is a whole number; sizes are in bytes, pictures in pixels. `lease_token`
    is the fence: only the worker that holds the current one may finish the job.

    `settled_at` is when the money of a completed job was settled: for a single with its completion,
    for an image of a batch when the batch ends. Until then nobody outside may read the result.
    """

    public_id = PublicIdField(prefix="job")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    source = models.CharField(max_length=30, default="api")
    # The batch that this image is part of, and its place in it; both NULL for a single.
    batch_id = models.BigIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(null=True, blank=True)
    status = models.CharField(
        max_length=12,
        choices=[(status.value, status.value) for status in JobStatus],
        default=JobStatus.QUEUED.value,
    )
    tier = models.CharField(max_length=20)
    options = models.JSONField(default=dict, blank=True)
    # What an app above adds before or after the cut-out (`removal.steps`).
    steps = models.JSONField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    fingerprint = models.CharField(max_length=64, blank=True)
    # Where the end of a single is announced; those of a batch's images never are.
    webhook_url = models.CharField(max_length=2000, blank=True, default="", db_default="")

    filename = models.CharField(max_length=200, blank=True)
    original_key = models.CharField(max_length=200, blank=True)
    background_key = models.CharField(max_length=200, blank=True)
    original_size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    format = models.CharField(max_length=8)

    # Part of every result key, so that a result cannot be fetched by guessing where it lies.
    result_token = models.CharField(
        max_length=32, blank=True, default=new_token, db_default="", editable=False
    )
    result_key = models.CharField(max_length=200, blank=True)
    result_size = models.PositiveIntegerField(null=True, blank=True)
    result_width = models.PositiveIntegerField(null=True, blank=True)
    result_height = models.PositiveIntegerField(null=True, blank=True)
    result_format = models.CharField(max_length=8, blank=True)
    # Whether the mask, and the previews, lie beside the result: `removal.keys.beside`.
    has_mask = models.BooleanField(default=False, db_default=False)
    has_previews = models.BooleanField(default=False, db_default=False)
    # The number of the version that the columns of the result show (`removal.versions`).
    version = models.PositiveSmallIntegerField(default=1, db_default=1)
    # [left, top, width, height] of the subject in the result.
    foreground = models.JSONField(null=True, blank=True)

    pricing_type = models.CharField(max_length=12)
    # A result that its owner called bad (`removal.bad_results`): when, and the public identifiers
    # of its free retry and, at the retry, of the job that it repeats.
    reported_at = models.DateTimeField(null=True, blank=True)
    retried_as = models.CharField(max_length=40, blank=True, default="", db_default="")
    retry_of = models.CharField(max_length=40, blank=True, default="", db_default="")
    price = models.PositiveIntegerField(default=0)
    credits_used = models.PositiveIntegerField(default=0)
    hold_id = models.BigIntegerField(null=True, blank=True)

    # The column keeps its former name, so that the previous release goes on working during an
    # upgrade.
    available_at = models.DateTimeField(db_column="rung_at")

    ai_provider = models.CharField(max_length=30, blank=True)
    # The model that its batch began with; the tier's others stand in when it cannot be used.
    usual_model = models.CharField(max_length=60, blank=True, default="", db_default="")
    model_name = models.CharField(max_length=60, blank=True)
    model_version = models.CharField(max_length=20, blank=True, default="", db_default="")
    engine = models.CharField(max_length=60, blank=True, default="", db_default="")
    processing_time_ms = models.PositiveIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    error_details = models.JSONField(null=True, blank=True)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "removal_job"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="job_by_user"),
            # Nearly all jobs are completed: those need no index of their own.
            models.Index(
                fields=["user", "status", "-created_at"],
                name="job_by_user_status",
                condition=~Q(status="completed"),
            ),
            models.Index(fields=["available_at"], name="job_queued", condition=Q(status="queued")),
            models.Index(
                fields=["available_at", "id"],
                name="job_next_single",
                condition=Q(status="queued", batch_id__isnull=True),
            ),
            models.Index(
                fields=["batch_id", "attempts", "position"],
                name="job_next_in_batch",
                condition=Q(status="queued", batch_id__isnull=False),
            ),
            # Very few: those that were tried before and wait again.
            models.Index(
                fields=["attempts"],
                name="job_tried_before",
                condition=Q(status="queued", attempts__gt=0),
            ),
            models.Index(
                fields=["batch_id", "status"],
                name="job_by_batch_status",
                condition=Q(batch_id__isnull=False),
            ),
            models.Index(
                fields=["lease_expires_at"], name="job_leased", condition=Q(status="processing")
            ),
            models.Index(
                fields=["created_at"], name="job_with_original", condition=~Q(original_key="")
            ),
            models.Index(
                fields=["completed_at"], name="job_with_result", condition=~Q(result_key="")
            ),
            # For statistics and operators, over everybody's jobs. The first answers from itself.
            models.Index(
                fields=["completed_at"],
                include=["tier", "status", "processing_time_ms"],
                name="job_by_end",
                condition=Q(completed_at__isnull=False),
            ),
            models.Index(
                fields=["reported_at"], name="job_reported", condition=Q(reported_at__isnull=False)
            ),
            models.Index(fields=["created_at"], name="job_by_creation"),
            models.Index(
                # The last two only sift: a rare combination is found without a look at each row.
                fields=["status", "-created_at", "tier", "error_code"],
                name="job_by_status",
                condition=~Q(status="completed"),
            ),
            models.Index(fields=["request_id"], name="job_by_request", condition=~Q(request_id="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="job_one_per_idempotency_key",
            ),
            models.UniqueConstraint(fields=["batch_id", "position"], name="job_one_per_position"),
            models.CheckConstraint(
                condition=Q(batch_id__isnull=True, position__isnull=True)
                | Q(batch_id__isnull=False, position__isnull=False, hold_id__isnull=True),
                name="job_in_batch_has_position",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in JobStatus]),
                name="job_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="processing", lease_token__isnull=False, lease_expires_at__isnull=False
                )
                | (
                    ~Q(status="processing")
                    & Q(lease_token__isnull=True, lease_expires_at__isnull=True)
                ),
                name="job_leased_only_while_processing",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "processing"], completed_at__isnull=True)
                | Q(status__in=["completed", "failed", "cancelled"], completed_at__isnull=False),
                name="job_ended_when_terminal",
            ),
            models.CheckConstraint(
                condition=Q(status="completed") | Q(credits_used=0, result_key=""),
                name="job_only_completed_costs",
            ),
            models.CheckConstraint(
                condition=Q(status="completed") | Q(settled_at__isnull=True),
                name="job_only_completed_settles",
            ),
            models.CheckConstraint(
                condition=Q(credits_used__lte=models.F("price")), name="job_costs_at_most_price"
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error_code=""), name="job_failure_has_code"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def published_key(self) -> str:
        """The key of the result once it may be read; "" before that and without a result."""
        return self.result_key if self.settled_at else ""

    @property
    def is_editable(self) -> bool:
        """True while another version can be rendered: original, mask and a settled result."""
        return bool(self.published_key and self.original_key and self.has_mask)
