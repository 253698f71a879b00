"""Tables of the shared kernel."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now

from common.ids import PublicIdField
from common.mail.models import MailPreference, OutgoingMail

__all__ = [
    "IdempotencyRecord",
    "MailPreference",
    "MaintenanceMode",
    "OperatorAction",
    "OutgoingMail",
    "RateLimitOverride",
]


class IdempotencyRecord(models.Model):
    """One answered, or still running, request that carried an `Idempotency-Key`.

    `status` is empty while the request runs. `lock` is the token of the process that runs it and
    may be taken over once `locked_until` has passed.
    """

    owner = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    lock = models.UUIDField()
    locked_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, default="")
    body = models.TextField(default="")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "endpoint", "key"], name="idempotency_one_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.endpoint} {self.key}"


class OperatorAction(models.Model):
    """One action of an operator. Only `common.operators.audit_log` writes rows; a database trigger
    refuses changes.

    `operator_id` is a primary key without a foreign key, because the line could not follow a user
    who is removed; `operator` is the user's public identifier.
    """

    public_id = PublicIdField(prefix="op")
    at = models.DateTimeField(db_default=Now())
    operator_id = models.BigIntegerField()
    operator = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=80, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager["OperatorAction"]] = models.Manager()

    class Meta:
        verbose_name = "operator's action"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["object_id"], name="operator_action_by_object"),
            models.Index(fields=["operator_id", "-id"], name="operator_action_by_operator"),
            models.Index(fields=["action", "-id"], name="operator_action_by_kind"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class RateLimitOverride(models.Model):
    """Another limit for one user than `settings.RATE_LIMITS` has; until `expires_at`, if given."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    policy = models.CharField(max_length=40)
    limit = models.PositiveIntegerField(
        help_text="Requests in one window.", validators=[MinValueValidator(1)]
    )
    window_s = models.PositiveIntegerField(
        "window", help_text="Seconds.", validators=[MinValueValidator(1)]
    )
    burst = models.PositiveIntegerField(
        help_text="Requests back to back.", validators=[MinValueValidator(1)]
    )
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[models.Manager["RateLimitOverride"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "policy"], name="rate_limit_one_override"),
            models.CheckConstraint(
                condition=models.Q(limit__gte=1, window_s__gte=1, burst__gte=1),
                name="rate_limit_override_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.limit} in {self.window_s} s"


class MaintenanceMode(models.Model):
    """The state of maintenance: one row while new work is refused (`common.maintenance`)."""

    message = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()

    objects: ClassVar[models.Manager["MaintenanceMode"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="maintenance_one_row"),
        ]

    def __str__(self) -> str:
        return f"maintenance since {self.since}"
