"""Partner applications, and the requests that were started for them."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from common import encryption


class Partner(models.Model):
    """A connected partner application. Its secrets are stored encrypted."""

    slug = models.SlugField(unique=True, help_text="One of the partners that this release knows")
    base_url = models.CharField(
        max_length=500, help_text="Where its API begins, such as https://partner.example/api"
    )
    sealed_token = models.TextField(blank=True, editable=False)
    sealed_webhook_secret = models.TextField(blank=True, editable=False)
    discount_percentage = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="Taken off what the volume discount leaves of a batch's price",
    )
    allowed_hosts = models.JSONField(
        default=list,
        blank=True,
        help_text='Hosts besides its own that its images may lie on, as a list: ["cdn.example"]',
    )
    allow_private = models.BooleanField(
        default=False,
        help_text="It runs in our own network: private addresses and any port are allowed",
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Partner"]] = models.Manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(discount_percentage__lte=100), name="partner_discount_percent"
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def results_url(self) -> str:
        """The address to which results are posted."""
        return f"{self.base_url.rstrip('/')}/results"

    @property
    def token(self) -> str:
        """The token with which the service calls the partner. Raises `CannotDecrypt`."""
        return encryption.decrypt(self.sealed_token)

    @token.setter
    def token(self, value: str) -> None:
        self.sealed_token = encryption.encrypt(value)

    @property
    def webhook_secret(self) -> str:
        """The secret that signs what is posted to the partner. Raises `CannotDecrypt`."""
        return encryption.decrypt(self.sealed_webhook_secret)

    @webhook_secret.setter
    def webhook_secret(self, value: str) -> None:
        self.sealed_webhook_secret = encryption.encrypt(value)


class PartnerRequest(models.Model):
    """A single removal or a batch that was started for a partner: which, and of what.

    `subject` is the public identifier of the job or batch. `reference` is the partner's name for
    the whole, such as a project, and `items` its names for the images, in the batch's order.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=40, unique=True)
    reference = models.CharField(max_length=200)
    items = models.JSONField(default=list)
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["PartnerRequest"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.subject} for {self.partner_id}"
