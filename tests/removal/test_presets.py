"""Presets: the built-in ones, those that accounts save, and how they are used."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from accounts.models import User
from batches.models import Batch
from common.http.auth import Scope
from removal import account_erasure, options, runner
from removal.models import Job, Preset
from removal.presets import services
from removal.presets.catalogue import BUILT_IN
from removal.presets.merging import merged
from tests.accounts.factories import api_key_for
from tests.removal.factories import NOW, photo, uploaded

URL = "/v1/background-remover/presets"
MINE: dict[str, Any] = {"name": "my-shop", "options": {"canvas": "120x120", "bg_color": "#00ff00"}}

pytestmark = pytest.mark.django_db


def save(client: Client, status: int = 201, **changes: Any) -> Any:
    answer = client.post(URL, {**MINE, **changes}, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()["data"] if status == 201 else answer.json()["error"]


def listed(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(URL).json()["data"]["presets"]
    return found


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


class TestBuiltIn:
    @pytest.mark.parametrize("name", BUILT_IN)
    def test_every_one_is_a_valid_set_of_options(self, name: str) -> None:
        options.build(BUILT_IN[name].fields)

    def test_they_come_first_in_the_list(self, api: Client) -> None:
        save(api)
        names = [preset["name"] for preset in listed(api)]
        assert names == [*BUILT_IN, "my-shop"]
        [amazon] = [preset for preset in listed(api) if preset["name"] == "amazon"]
        assert (amazon["builtIn"], amazon["options"]["canvas"]) == (True, "2000x2000")
        assert amazon["source"].startswith("https://")

    def test_they_cannot_be_changed_deleted_or_hidden(self, api: Client) -> None:
        assert save(api, 409, name="amazon")["code"] == "CONFLICT"
        changed = api.patch(f"{URL}/amazon", {"title": "x"}, content_type="application/json")
        assert (changed.status_code, api.delete(f"{URL}/amazon").status_code) == (409, 409)


class TestSaved:
    def test_saved_changed_and_deleted(self, api: Client) -> None:
        saved = save(api, title="My shop")
        assert (saved["title"], saved["options"], saved["builtIn"]) == (
            "My shop",
            MINE["options"],
            False,
        )
        changed = api.patch(
            f"{URL}/my-shop", {"options": {"crop": True}}, content_type="application/json"
        ).json()["data"]
        assert (changed["title"], changed["options"]) == ("My shop", {"crop": True})
        assert api.delete(f"{URL}/my-shop").status_code == 204
        assert [preset["name"] for preset in listed(api)] == [*BUILT_IN]

    def test_a_name_is_taken_once_per_account(self, api: Client, stranger: Client) -> None:
        save(api)
        assert save(api, 409)["message"] == "There already is a preset of this name"
        save(stranger)

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": "My shop"},
            {"name": "-x"},
            {"name": "x" * 41},
            {"name": ""},
            {"options": {"colour": "red"}},
            {"options": {"bg_color": "no colour"}},
            {"options": {"fill": "85%", "padding": "5%"}},
            {"options": {"model": "u2net"}},
            {"options": []},
            {"title": "x" * 61},
            {"kind": "x"},
        ],
    )
    def test_invalid_input_is_refused(self, api: Client, changes: dict[str, Any]) -> None:
        answer = api.post(URL, {**MINE, **changes}, content_type="application/json")
        assert answer.status_code == 400, answer.content
        assert not Preset.objects.exists()

    def test_an_account_has_at_most_fifty(self, api: Client, owner: User) -> None:
        for number in range(services.MAX_PRESETS):
            services.create(
                user_id=owner.pk, name=f"p{number}", title="", fields={"crop": True}, now=NOW
            )
        assert save(api, 409)["details"] == {"maxPresets": 50}

    def test_strangers_and_staff_see_and_change_nothing(
        self, api: Client, stranger: Client, staff: Client
    ) -> None:
        save(api)
        for other in (stranger, staff):
            assert [preset["name"] for preset in listed(other)] == [*BUILT_IN]
            patch = other.patch(f"{URL}/my-shop", {"title": "x"}, content_type="application/json")
            assert (patch.status_code, other.delete(f"{URL}/my-shop").status_code) == (404, 404)

    def test_anonymous_gets_401_and_a_reading_key_may_only_read(self, owner: User) -> None:
        assert Client().get(URL).status_code == 401
        reader = Client(headers={"x-api-key": api_key_for(owner, scopes=[Scope.REMOVAL_READ])})
        assert reader.get(URL).status_code == 200
        assert reader.post(URL, MINE, content_type="application/json").status_code == 403

    def test_they_go_with_the_account(self, api: Client, owner: User) -> None:
        save(api)
        assert account_erasure.erase(user=owner, now=NOW)
        assert not Preset.objects.exists()


class TestMerging:
    """Options of a request go over those of the preset."""

    @pytest.mark.parametrize(
        ("preset", "given", "expected"),
        [
            ({"format": "jpg", "quality": 92}, {"format": "png"}, {"format": "png", "quality": 92}),
            ({"fill": "85%"}, {"padding": "5%"}, {"padding": "5%"}),
            ({"canvas": "1:1", "fill": "85%"}, {"crop": True}, {"crop": True}),
            ({"crop": True, "crop_margin": "5%"}, {"canvas": "1:1"}, {"canvas": "1:1"}),
            ({"crop": True, "crop_margin": "5%"}, {"crop": False}, {}),
            ({"bg_color": "red"}, {"bg_image": object()}, {}),
            ({"bg_color": "red", "shadow": "soft"}, {"mask_only": True}, {"mask_only": True}),
            ({"bg_color": "red", "shadow": "soft"}, {"format": "zip"}, {"format": "zip"}),
            ({"crop": True}, {"format": "png", "image": object()}, {"crop": True, "format": "png"}),
        ],
    )
    def test_over(
        self, preset: options.OptionFields, given: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        result = merged(preset, given)
        assert result == expected
        options.build(result)


class TestUse:
    def test_a_single_follows_it(self, api: Client) -> None:
        save(api)
        answer = api.post(
            "/v1/background-remover/remove",
            {
                "image": uploaded(),
                "tier": "basic",
                "preset": "my-shop",
                "format": "webp",
                "async": "true",
            },
        )
        job = Job.objects.get(public_id=answer.json()["data"]["jobId"])
        assert job.options == {**MINE["options"], "format": "webp"}
        runner.run(job.public_id)
        job.refresh_from_db()
        assert (job.result_width, job.result_height, job.result_format) == (120, 120, "webp")

    def test_a_batch_follows_it(self, api: Client) -> None:
        answer = api.post(
            "/v1/background-remover/batch",
            {"images": [uploaded(), uploaded()], "tier": "basic", "preset": "walmart"},
        )
        assert answer.status_code == 201, answer.content
        assert Batch.objects.get().options == BUILT_IN["walmart"].fields

    @pytest.mark.parametrize("path", ["remove", "batch"])
    def test_an_unknown_one_is_refused_with_the_known_ones(
        self, api: Client, stranger: Client, path: str
    ) -> None:
        save(stranger, name="theirs")
        save(api)
        files = {"image": uploaded()} if path == "remove" else {"images": [uploaded(), uploaded()]}
        fields = {**files, "tier": "basic", "preset": "theirs"}
        answer = api.post(f"/v1/background-remover/{path}", fields)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "INVALID_INPUT")
        assert error["details"] == {"preset": "theirs", "known": [*BUILT_IN, "my-shop"]}
        assert not Job.objects.exists()

    def test_an_empty_one_counts_as_absent(self, api: Client) -> None:
        fields = {"image": uploaded(), "tier": "basic", "preset": "", "async": "true"}
        assert api.post("/v1/background-remover/remove", fields).status_code == 202


class TestCommand:
    """`manage.py cutout --preset`."""

    def test_a_built_in_one(self, tmp_path: Path) -> None:
        source = tmp_path / "in.jpg"
        source.write_bytes(photo())
        call_command("cutout", source, tmp_path / "out.png", preset="ebay", canvas="160x160")
        assert size_of(tmp_path / "out.png") == (160, 160)

    def test_a_saved_one(self, tmp_path: Path, api: Client, owner: User) -> None:
        save(api)
        source = tmp_path / "in.jpg"
        source.write_bytes(photo())
        call_command(
            "cutout", source, tmp_path / "out.png", preset="my-shop", account=owner.email.upper()
        )
        assert size_of(tmp_path / "out.png") == (120, 120)

    def test_an_unknown_one_is_refused(self, tmp_path: Path) -> None:
        source = tmp_path / "in.jpg"
        source.write_bytes(photo())
        with pytest.raises(CommandError, match="use one of amazon"):
            call_command("cutout", source, tmp_path / "out.png", preset="my-shop")
