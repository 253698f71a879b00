import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.mail.quoting import LONGEST, quoted, quoted_filename


@pytest.mark.parametrize(
    "text",
    ["Spring shoes", "Version 1.5, part 2", "Größe M – Sommer", "春のくつ", "5:30 (a/b) & co"],
)
def test_ordinary_names_stay_as_they_are(text: str) -> None:
    assert quoted(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("You owe us! Pay now https://evil.example/pay?x=1", "You owe us! Pay now …"),
        ("Pay at evil.example now", "Pay at … now"),
        ("www.evil.example/a/b", "…"),
        ("Write to pay@evil.example today", "Write to … today"),
        ("HTTP://1.2.3.4/x", "…"),
        ("see 10.0.0.1:8000", "see …"),
        ("evil.example evil.example", "…"),
        ("mailto:a tel:+49123", "…"),
        ("evil。example", "…"),
        ("evil．example/pay", "…"),
        ("ev\u200bil.exa\u00admple", "…"),
        ("пример.рф", "…"),
        ("xn--e1afmkfd.xn--p1ai", "…"),
        ("[evil.example](https://evil.example)", "[ …"),
    ],
)
def test_links_go(text: str, left: str) -> None:
    assert quoted(text) == left


def test_it_stays_on_one_line_without_control_characters() -> None:
    assert quoted("a\r\nBcc: b\x00\x1b[31m\u202ec\u2028d") == "a Bcc: b[31mc d"


def test_long_text_is_cut() -> None:
    assert quoted("x" * 500) == "x" * (LONGEST - 1) + "…"


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("shoe-17.jpg", "shoe-17.jpg"),
        ("Shoe 17.HEIC", "Shoe 17.HEIC"),
        ("evil.example.jpg", "….jpg"),
        ("pay.zip", "…"),
        ("https://evil.example/x.png", "….png"),
        (".png", "….png"),
        ("notes", "notes"),
    ],
)
def test_a_file_keeps_the_ending_of_an_image(name: str, left: str) -> None:
    assert quoted_filename(name) == left


@given(st.text(max_size=300))
def test_every_quote_is_short_and_holds_no_link(text: str) -> None:
    for shown in (quoted(text), quoted_filename(text)):
        assert len(shown) <= LONGEST
        assert "://" not in shown
        assert shown.isprintable()


@given(st.from_regex(r"[a-z]{1,12}(\.[a-z]{2,10}){1,3}", fullmatch=True), st.text(max_size=20))
def test_no_domain_is_left(domain: str, around: str) -> None:
    assert domain not in quoted(f"{around} {domain} {around}")
