"""POST /v1.0/removebg: what each parameter does to the picture, the headers and the price."""

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common.http.auth import Scope
from removal.models import Job
from tests.accounts.factories import api_key_for, bearer
from tests.billing.factories import subscription_for
from tests.integrations.compat.removebg.calls import (
    URL,
    client_of,
    content,
    picture,
    post,
    post_json,
)
from tests.removal.factories import photo, uploaded, working
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)
B64 = base64.b64encode(photo()).decode()


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def test_answers_with_the_picture(api: Client) -> None:
    answer = post(api, size="auto")
    found = picture(answer)
    assert (found.format, found.mode, found.size) == ("PNG", "RGBA", (96, 64))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_headers_say_what_clients_read(api: Client) -> None:
    headers = post(api, size="auto").headers
    job = Job.objects.get()
    assert (headers["x-width"], headers["x-height"]) == ("96", "64")
    assert (headers["x-max-width"], headers["x-max-height"]) == ("96", "64")
    assert headers["x-credits-charged"] == "8.0"
    assert (headers["x-type"], headers["x-job-id"]) == ("other", job.public_id)
    assert headers["x-model"] == job.model_name != ""
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert int(headers["x-ratelimit-limit"]) == 500
    assert int(headers["x-ratelimit-remaining"]) == 499
    left, top, width, height = (
        int(headers[f"x-foreground-{side}"]) for side in ("left", "top", "width", "height")
    )
    # The disc of the photo.
    for found, drawn in ((left, 24), (top, 10), (width, 48), (height, 43)):
        assert abs(found - drawn) <= 6


def test_json_holds_the_picture_and_where_the_subject_is(api: Client) -> None:
    answer = post(api, headers={"accept": "application/json"})
    data = json.loads(answer.body)["data"]
    assert set(data) == {
        "result_b64",
        "foreground_top",
        "foreground_left",
        "foreground_width",
        "foreground_height",
    }
    assert Image.open(io.BytesIO(base64.b64decode(data["result_b64"]))).format == "PNG"


@pytest.mark.parametrize("accept", ["*/*", "image/*", "application/json, text/plain, */*"])
def test_a_client_that_takes_anything_gets_the_picture(api: Client, accept: str) -> None:
    assert picture(post(api, headers={"accept": accept})).format == "PNG"


@pytest.mark.parametrize(
    ("size", "tier", "credits"),
    [(None, "basic", 3), ("regular", "basic", 3), ("", "basic", 3), ("full", "standard", 8)],
)
def test_previews_cost_basic_and_everything_else_the_tier_of_drop_ins(
    api: Client, owner: User, size: str | None, tier: str, credits: int
) -> None:
    answer = post(api, **({} if size is None else {"size": size}))
    assert answer.headers["X-Credits-Charged"] == f"{credits}.0"
    assert Job.objects.get().tier == tier
    assert ledger.balance(user_id=owner.pk).available == 100 - credits


def test_the_tier_of_drop_ins_is_a_setting(api: Client, settings: Settings) -> None:
    settings.COMPAT_TIER = "basic"
    assert post(api, size="full").headers["X-Credits-Charged"] == "3.0"


@pytest.mark.parametrize(
    ("size", "most"), [("preview", 250_000), ("medium", 1_500_000), ("4k", 25_000_000)]
)
def test_size_caps_the_pixels_of_the_result(api: Client, size: str, most: int) -> None:
    found = picture(post(api, image_file=uploaded(photo((1800, 1200))), size=size, format="jpg"))
    pixels = found.width * found.height
    assert pixels <= min(most, 1800 * 1200)
    assert pixels > 0.98 * min(most, 1800 * 1200)


def test_a_png_never_has_more_than_ten_megapixels(api: Client) -> None:
    answer = post(api, image_file=uploaded(photo((4400, 2600))), size="full")
    found = picture(answer)
    assert 9_900_000 < found.width * found.height <= 10_000_000
    assert int(answer.headers["x-max-width"]) * int(answer.headers["x-max-height"]) <= 10_000_000


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"format": "jpg"}, "JPEG"),
        ({"format": "webp"}, "WEBP"),
        ({"format": "auto"}, "PNG"),
        ({"bg_color": "fff"}, "JPEG"),
        ({"bg_color": "81d4fa77"}, "PNG"),
        ({"bg_color": "white", "format": "png"}, "PNG"),
    ],
)
def test_format(api: Client, fields: dict[str, str], kind: str) -> None:
    assert picture(post(api, **fields)).format == kind


def test_zip_holds_colour_and_alpha(api: Client) -> None:
    answer = post(api, format="zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.namelist() == ["color.jpg", "alpha.png"]
        assert Image.open(archive.open("alpha.png")).size == (96, 64)


def test_alpha_is_the_mask_even_of_a_zip(api: Client) -> None:
    found = picture(post(api, channels="alpha", format="zip", bg_color="fff"))
    assert (found.format, found.mode) == ("PNG", "L")
    assert (found.getpixel((48, 32)), found.getpixel((2, 2))) == (255, 0)


def test_background_colour(api: Client) -> None:
    found = picture(post(api, bg_color="#00ff00", format="png")).convert("RGB")
    assert found.getpixel((1, 1)) == (0, 255, 0)


def test_background_picture_from_a_file(api: Client) -> None:
    yellow = io.BytesIO()
    Image.new("RGB", (32, 32), (250, 220, 0)).save(yellow, "PNG")
    backdrop = uploaded(yellow.getvalue(), "bg.png")
    found = picture(post(api, bg_image_file=backdrop, format="png")).convert("RGB")
    assert found.getpixel((1, 1)) == (250, 220, 0)


def test_pictures_from_addresses(api: Client, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(body=photo())) as server:
        url = f"{server.url}/photo.jpg"
        assert picture(post(api, image_url=url, bg_image_url=url)).format == "JPEG"


def test_crop_with_a_margin(api: Client) -> None:
    plain, wide = post(api, crop="true"), post(api, crop="true", crop_margin="10px 20px")
    assert picture(plain).width < 60
    width, height = picture(plain).size
    assert picture(wide).size == (width + 40, height + 20)
    assert wide.headers["X-Foreground-Left"] == "20"


def test_scale_makes_the_subject_fill_that_share_in_the_middle(api: Client) -> None:
    answer = post(api, scale="50%")
    found = picture(answer)
    box = found.getchannel("A").point(lambda value: 255 * (value > 8)).getbbox()
    assert found.size == (96, 64)
    assert box is not None
    assert abs((box[3] - box[1]) - 32) <= 2
    assert abs((box[0] + box[2]) / 2 - 48) <= 2


def test_position_moves_the_subject(api: Client) -> None:
    assert int(post(api, position="0% 100%").headers["X-Foreground-Left"]) <= 1


def test_roi_is_all_that_is_looked_at(api: Client) -> None:
    found = picture(post(api, roi="0 0 50% 100%"))
    assert found.getchannel("A").crop((49, 0, 96, 64)).getextrema() == (0, 0)


def test_without_semitransparency_edges_are_hard(api: Client) -> None:
    soft = picture(post(api, scale="37%")).getchannel("A")
    hard = picture(post(api, semitransparency="false")).getchannel("A")
    half = [sum(channel.histogram()[16:240]) for channel in (soft, hard)]
    assert half[1] < half[0]


def test_a_shadow_lies_below_the_subject(api: Client) -> None:
    without, soft = post(api), post(api, add_shadow="true")
    dark = post(api, shadow_type="drop", shadow_opacity="90")
    below = [sum(picture(a).getchannel("A").histogram()[1:]) for a in (without, soft)]
    assert below[1] > below[0]
    means = [sum(picture(a).getchannel("A").tobytes()) for a in (soft, dark)]
    assert means[1] > means[0]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [({"type": "car"}, "car"), ({"type_level": "none"}, None), ({}, "other")],
)
def test_type_is_said_again(api: Client, fields: dict[str, str], shown: str | None) -> None:
    assert post(api, **fields).headers.get("X-Type") == shown


def test_every_field_may_come_blank(api: Client) -> None:
    names = "image_file_b64 image_url size type type_level format roi crop crop_margin scale"
    more = "position channels bg_color bg_image_url bg_image_file semitransparency add_shadow"
    blank: Any = dict.fromkeys(f"{names} {more}".split(), "")
    assert picture(post(api, image_file=uploaded(), **blank)).size == (96, 64)


def test_names_that_are_not_known_are_passed_over(api: Client) -> None:
    assert post(api, improve="true", shadow_colour="red").status_code == 200


def test_json_body_with_nulls_and_booleans(api: Client) -> None:
    body = {"image_file_b64": B64, "bg_color": None, "crop": True, "size": "auto", "scale": None}
    assert picture(post_json(api, body)).width < 60


def test_base64_in_urlencoded_and_multipart_bodies(api: Client) -> None:
    body = urlencode({"image_file_b64": B64, "size": "regular"})
    with working():
        answer: Any = api.post(URL, body, content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, content(answer)[:4]) == (200, b"\x89PNG")
    assert picture(post(api, image_file_b64=f"data:image/jpeg;base64,{B64}")).size == (96, 64)


def test_base64_of_many_megabytes_in_every_kind_of_body(api: Client) -> None:
    noise = Image.effect_noise((1500, 1000), 90).convert("RGB")
    noise.paste(Image.open(io.BytesIO(photo((900, 600)))), (300, 200))
    file = io.BytesIO()
    noise.save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    assert len(text) > 1.5 * 1024 * 1024
    codes = [post(api, image_file_b64=text).status_code]
    codes.append(post_json(api, {"image_file_b64": text}).status_code)
    with working():
        body = urlencode({"image_file_b64": text})
        answer: Any = api.post(URL, body, content_type="application/x-www-form-urlencoded")
    assert [*codes, answer.status_code] == [200, 200, 200]


@pytest.mark.parametrize("header", ["X-Api-Key", "x-api-key", "Api-Key"])
def test_a_key_in_any_of_the_headers(owner: User, header: str) -> None:
    assert post(Client(headers={header: api_key_for(owner)})).status_code == 200


def test_a_key_or_a_token_as_bearer(owner: User) -> None:
    assert (
        post(Client(headers={"authorization": f"Bearer {api_key_for(owner)}"})).status_code == 200
    )
    assert post(Client(headers={"authorization": bearer(owner)})).status_code == 200


def test_a_cookie_opens_nothing(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert post(client).status_code == 403


def test_a_key_needs_the_scope(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.BILLING_READ])
    assert post(Client(headers={"x-api-key": key})).status_code == 403


def test_a_subscriber_is_charged_nothing(api: Client, owner: User) -> None:
    subscription_for(owner)
    answer = post(api, size="full")
    assert answer.headers["X-Credits-Charged"] == "0.0"


def test_a_larger_picture_counts_its_megapixels(api: Client, media: Path) -> None:
    answer = post(api, image_file=uploaded(photo((2000, 1100))))
    assert answer.headers["X-RateLimit-Remaining"] == "497"
