"""Rows of the mail outbox."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.workqueue.models import QueueRow


class MailStatus(models.TextChoices):
    """`DROPPED` is a mail that need not, or must not, go out any more."""

    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    DROPPED = "dropped", "dropped"
    GIVEN_UP = "given_up", "given up"


class MailPreference(models.Model):
    """One user's choices about mails: their language, and the kinds of notices turned off.

    An empty `language` is the service's default.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    language = models.CharField(max_length=10, blank=True, default="")
    turned_off = ArrayField(models.CharField(max_length=60), blank=True, default=list)

    objects: ClassVar[models.Manager["MailPreference"]] = models.Manager()

    def __str__(self) -> str:
        return f"mail preferences of user {self.user_id}"


class OutgoingMail(QueueRow):
    """One e-mail of the outbox. What it says is composed when it is sent.

    So `context` holds references and facts, and never a token or a signed link. `key` is unique:
    no mail is sent twice. Without `user` no account has the address that was given.
    `address` is only set for mails that outlive the user's own; such a row is deleted once it has
    ended. `language` is set for the same mails; otherwise the user's choice at the time of sending
    counts. `requested_at` is since when it should go out; an operator may ask for it again.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    context = models.JSONField(default=dict)
    # A user waits for it, so it is sent before any notice.
    urgent = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=MailStatus, default=MailStatus.WAITING)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["OutgoingMail"]] = models.Manager()

    class Meta:
        verbose_name = "mail"
        indexes = [
            models.Index(
                fields=["available_at"], condition=Q(status="waiting"), name="outgoing_mail_due"
            ),
            models.Index(
                fields=["available_at"],
                condition=Q(status="waiting", urgent=True),
                name="outgoing_mail_urgent",
            ),
            models.Index(fields=["created_at"], name="outgoing_mail_by_age"),
            models.Index(
                fields=["created_at"], condition=~Q(address=""), name="outgoing_mail_addressed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
