"""Mapping of users to Stripe customers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Customer(models.Model):
    """A user's customer at Stripe, stored once Stripe has answered.

    When Stripe no longer has it, a new customer replaces it and the row stays (`replaced_at`). When
    the account is erased, the customer is deleted at Stripe and the row stays (`deleted_at`), so
    that refunds still find the account. The user is NULL when its row was deleted.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    stripe_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Customer"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="billing_customer_stripe_id"
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(replaced_at__isnull=True),
                name="billing_one_customer_a_user",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id or "not at Stripe yet"
