"""`POST /background-remover/integrations/carousel-mix/batch`."""

from collections.abc import Callable

import pytest
from django.test import Client

from integrations.models import Partner


@pytest.mark.django_db
def test_the_slides_of_a_carousel_become_a_batch(
    api: Client, connect: Callable[..., Partner]
) -> None:
    connect("carousel-mix")
    answer = api.post(
        "/v1/background-remover/integrations/carousel-mix/batch",
        {"carouselId": "car_42", "tier": "standard", "name": "Autumn"},
        content_type="application/json",
    )
    data = answer.json()["data"]
    batch = api.get(f"/v1/background-remover/batch/{data.pop('batchId')}").json()["data"]
    assert batch["name"] == "Autumn"
    assert data == {
        "carouselId": "car_42",
        "totalSlides": 6,
        "totalCredits": 48,
        "discountPercentage": 0,
    }
