"""Migrations that move data, applied and taken back on a real database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import User
from integrations.models import SigningSecret
from integrations.partners import connections
from integrations.webhooks import signing
from tests.integrations.webhooks.factories import delivery
from tests.removal.conftest import owner

__all__ = ["owner"]

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> Any:
    """The models of integrations after its migrations up to `name`, and no further."""
    MigrationExecutor(connection).migrate([("integrations", name)])
    return MigrationExecutor(connection).loader.project_state([("integrations", name)]).apps


@pytest.fixture(autouse=True)
def latest() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("integrations"))


def test_secrets_are_encrypted_and_legible_again_when_taken_back(owner: User) -> None:
    before = migrate("0010_contributions").get_model("integrations", "SigningSecret")
    secret = signing.new_secret()
    before.objects.create(user_id=owner.pk, secret=secret, created_at=timezone.now())
    migrate("0011_encrypted_secrets")
    row = SigningSecret.objects.get()
    assert secret not in row.stored
    assert row.secret == secret
    migrate("0010_contributions")
    assert before.objects.get().secret == secret


def test_deliveries_to_one_address_survive_until_the_narrower_index_comes_back(
    owner: User,
) -> None:
    partner = connections.connect(
        slug="pose-generator",
        base_url="https://example.com",
        token="token",
        webhook_secret=signing.new_secret(),
        discount_percentage=0,
        allowed_hosts=[],
        allow_private=False,
    )
    customers = delivery(owner, url=partner.results_url)
    for_partner = delivery(owner, url="https://other.example/results")
    type(for_partner).objects.filter(pk=for_partner.pk).update(
        partner=partner, url=partner.results_url
    )
    migrate("0011_encrypted_secrets")
    assert type(customers).objects.get().pk == customers.pk
    migrate("0012_partner_deliveries")
    assert type(customers).objects.get().pk == customers.pk
