"""Random combinations of parameters: no 5xx, the one error format, and no charge on a refusal."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from tests.integrations.compat.fuzzing import chooser, combinations
from tests.integrations.compat.removebg.calls import client_of, code, post
from tests.removal.factories import photo, uploaded

pytestmark = pytest.mark.django_db(transaction=True)
COMBINATIONS = combinations(60)

_ODD = ["", " ", "0", "-1", "null", "true", "ä", "٣", "\N{FULLWIDTH DIGIT ONE}0%", "1e9", "x" * 500]
VALUES = {
    "size": ["preview", "FULL", "4k", "50MP", "auto", "huge"],
    "type": ["auto", "car", "ghost"],
    "type_level": ["none", "1", "latest", "9"],
    "format": ["auto", "png", "jpg", "webp", "zip", "gif"],
    "roi": ["0 0 100% 100%", "0 0 50% 50%", "10px 10px 90px 60px", "0 0 0 0", "99% 0 200% 5", "1"],
    "crop": ["true", "false", "1", "no", "maybe"],
    "crop_margin": ["0", "10px", "50%", "1 2 3 4", "500px", "501px", "1 2 3", "10.5% 3px"],
    "scale": ["original", "10%", "100%", "33.3%", "9%", "101%", "50"],
    "position": ["original", "center", "0% 100%", "50%", "101%", "left", "1% 2% 3%"],
    "channels": ["rgba", "alpha", "rgb"],
    "bg_color": ["fff", "#81d4fa77", "red", "transparent", "ggg", "0,0,0", "12345"],
    "semitransparency": ["true", "false", "yes", "x"],
    "add_shadow": ["true", "false"],
    "shadow_type": ["none", "drop", "3D", "x"],
    "shadow_opacity": ["0", "100", "101", "5%"],
    "bg_image_url": ["http://127.0.0.1/x.jpg", "nonsense", "https://[::1]/"],
    "image_url": ["http://192.168.0.1/", "ftp://example.com/x"],
    "image_file_b64": ["aGk=", "%%%"],
}


def test_random_combinations(owner: User, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "removebg": (10**6, 60, 10**6)}
    settings.FREE_FAILURES_PER_HOUR = 10**6
    ledger.grant(user_id=owner.pk, credits=10**6, key="fuzz", reason="for the test")
    client, chosen = client_of(owner), chooser(7)
    for number in range(COMBINATIONS):
        names = chosen.sample(sorted(VALUES), chosen.randint(0, 6))
        few = [name for name in names if chosen.random() < 0.5 or "image" not in name]
        fields: dict[str, Any] = {
            name: chosen.choice([*VALUES[name], *_ODD[: chosen.randint(0, 3)]]) for name in few
        }
        if chosen.random() < 0.9:
            size = chosen.randint(1, 160), chosen.randint(1, 120)
            fields["image_file"] = uploaded(photo(size))
        before = ledger.balance(user_id=owner.pk)
        answer = post(client, **fields)
        after = ledger.balance(user_id=owner.pk)
        label = f"{number}: {fields} → {answer.status_code} {answer.body[:200]!r}"
        assert answer.status_code in (200, 400), label
        assert after.held == 0, label
        spent = before.available - after.available
        if answer.status_code == 200:
            assert answer.headers["X-Credits-Charged"] == f"{spent}.0", label
        else:
            assert (spent, bool(code(answer))) == (0, True), label
