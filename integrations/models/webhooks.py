"""Webhook endpoints, the events that they get, deliveries, and the secrets that sign them."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common import encryption
from common.ids import PublicIdField
from common.workqueue import QueueRow
from integrations.models.partners import Partner
from integrations.webhooks import signing


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class DisabledReason(StrEnum):
    """Why the service, and not its owner, has turned an endpoint off."""

    FAILING = "failing"
    GONE = "gone"
    OPERATOR = "operator"


class Endpoint(models.Model):
    """An address of an account to which its events are posted.

    `secret` and `previous_secret` are encrypted (`common.encryption`); both sign until
    `previous_expires_at`. `failing_since` is when the attempts began to fail of which none has
    succeeded since.
    """

    public_id = PublicIdField(prefix="hook")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=60))
    active = models.BooleanField(default=True)
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_expires_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(
        max_length=20,
        blank=True,
        choices=[(reason.value, reason.value) for reason in DisabledReason],
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Endpoint"]] = models.Manager()

    class Meta:
        ordering = ["-id"]
        db_table = "integrations_webhook_endpoint"
        verbose_name = "webhook endpoint"

    def __str__(self) -> str:
        return str(self.public_id)


class SigningSecret(models.Model):
    """A signing secret of an account. Without `expires_at` it is the current one; the previous one
    goes on signing until it expires.

    `stored` is encrypted (`common.encryption`). A release that still runs during an upgrade may
    store one as it is, which begins with `whsec_` and is read all the same.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The column keeps its former name, so that the previous release goes on working.
    stored = models.TextField(db_column="secret")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["SigningSecret"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(expires_at__isnull=True),
                name="signing_secret_one_current",
            )
        ]

    def __str__(self) -> str:
        return f"secret of {self.created_at:%Y-%m-%d}"

    @property
    def secret(self) -> str:
        """The secret as it signs. Raises `CannotDecrypt`."""
        plain = self.stored.startswith(signing.PREFIX)
        return self.stored if plain else encryption.decrypt(self.stored)


class Event(models.Model):
    """An event of an account, written in the transaction of what it reports.

    `webhooks.relay` numbers it after the commit and makes its deliveries: until then `sequence` is
    empty. `key` is unique within the account, so that an event that is reported twice is recorded
    once. `url` is the address that came with the job or batch, if any. `data` is JSON.
    """

    public_id = PublicIdField(prefix="evt")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    sequence = models.BigIntegerField(null=True, blank=True)
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=120)
    url = models.CharField(max_length=2000, blank=True)
    data = models.TextField()
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["Event"]] = models.Manager()

    class Meta:
        ordering = ["-id"]
        db_table = "integrations_webhook_event"
        verbose_name = "webhook event"
        indexes = [
            models.Index(
                fields=["user", "id"], name="webhook_event_new", condition=Q(sequence__isnull=True)
            ),
            models.Index(fields=["user", "subject"], name="webhook_event_subject"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="webhook_event_once"),
            models.UniqueConstraint(fields=["user", "sequence"], name="webhook_event_sequence"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class EventCounter(models.Model):
    """The sequence number of an account's latest event; its row is locked to give out the next."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    last = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["EventCounter"]] = models.Manager()

    class Meta:
        db_table = "integrations_webhook_counter"

    def __str__(self) -> str:
        return str(self.last)


class Delivery(QueueRow):
    """The delivery of one event to one address. The table is a work queue: `pending` rows are sent
    when due.

    Without an `endpoint` it goes to the address that came with a job or batch. `webhook_id` is the
    identifier of the event, which all its deliveries share. `destination` names whose concurrency
    it counts towards. The response is that of the last attempt.

    Two columns keep their former names, so that the previous release goes on working during an
    upgrade.
    """

    public_id = PublicIdField(prefix="dlv")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
        db_index=False,
    )
    # The partner application that gets the result; its secret signs, and its host may be private.
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    webhook_id = models.CharField(max_length=40, blank=True, default="", db_default="")
    sequence = models.BigIntegerField(null=True, blank=True)
    destination = models.CharField(max_length=64, blank=True, default="", db_default="")
    event = models.CharField(max_length=60)
    subject = models.CharField(max_length=40)
    url = models.CharField(max_length=2000)
    body = models.TextField()
    request_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(
        max_length=12,
        choices=[(status.value, status.value) for status in DeliveryStatus],
        default=DeliveryStatus.PENDING.value,
    )
    available_at = models.DateTimeField(db_column="next_attempt_at")
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_excerpt = models.CharField(max_length=1024, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True, db_column="error")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Delivery"]] = models.Manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["available_at"], name="delivery_due", condition=Q(status="pending")
            ),
            models.Index(fields=["ended_at"], name="delivery_ended"),
            models.Index(fields=["endpoint", "id"], name="delivery_endpoint"),
            models.Index(
                fields=["destination", "available_at"],
                name="delivery_destination",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["destination"],
                name="delivery_in_flight",
                condition=Q(status="pending", lease_token__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject", "event", "url"],
                condition=Q(endpoint__isnull=True, partner__isnull=True),
                name="delivery_once_per_callback",
            ),
            models.UniqueConstraint(
                fields=["partner", "subject", "event"],
                condition=Q(partner__isnull=False),
                name="delivery_once_per_partner",
            ),
            models.UniqueConstraint(
                fields=["endpoint", "webhook_id"],
                condition=Q(endpoint__isnull=False),
                name="delivery_once_per_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", ended_at__isnull=True)
                | Q(status__in=["delivered", "dead"], ended_at__isnull=False),
                name="delivery_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Attempt(models.Model):
    """One request of a delivery, as it was sent and answered."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    request_headers = models.JSONField()
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_excerpt = models.CharField(max_length=1024, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[models.Manager["Attempt"]] = models.Manager()

    class Meta:
        ordering = ["id"]
        db_table = "integrations_webhook_attempt"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"
