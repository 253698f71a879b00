"""A key that pins a model: the pictures of every surface are computed by it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.integrations.compat.calls import content
from tests.integrations.compat.test_bad_input import SURFACES, Surface
from tests.removal.factories import uploaded, working

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.url)
def test_it_computes_the_picture(surface: Surface, owner: User) -> None:
    api = Client(headers={"x-api-key": api_key_for(owner, model="lumiku-lite")})
    fields: dict[str, Any] = {surface.file: uploaded(), **surface.more}
    with working():
        answer = api.post(surface.url, fields)
        content(answer)
    assert answer.status_code in (200, 202)
    assert Job.objects.get().options["model"] == "lumiku-lite"


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.url)
def test_one_that_the_tier_lacks_here_leaves_the_choice_to_it(
    surface: Surface, owner: User
) -> None:
    api = Client(headers={"x-api-key": api_key_for(owner, model="birefnet-general")})
    fields: dict[str, Any] = {surface.file: uploaded(), **surface.more}
    with working():
        answer = api.post(surface.url, fields)
        content(answer)
    assert answer.status_code in (200, 202)
    assert "model" not in Job.objects.get().options
