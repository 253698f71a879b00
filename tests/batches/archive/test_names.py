import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batches.archive.names import MAX_BYTES, alike, entry_names, stem_of

WINDOWS_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10)),
}
NASTY = st.text(
    st.sampled_from(
        'aA1.. /\\\0\n\r\t:*?"<>|\u202e\u2066\u200d\u200b\ufeff\u0301e\u0308'
        "ßſİıKΣσς\ud800🇮🇩👍🏽한ᄒ "
    )
)
NAMES = st.one_of(st.text(), NASTY, st.sampled_from(["", ".", "..", "CON", "nul.png", "photo.jpg"]))


def named(*originals: str, extension: str = "png") -> list[str]:
    return entry_names((original, extension) for original in originals)


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("image1.jpg", "removed-image1.png"),
        ("IMG_0001.JPEG", "removed-IMG_0001.png"),
        ("shoe v1.2", "removed-shoe v1.2.png"),
        ("../../etc/passwd", "removed-passwd.png"),
        ("C:\\Users\\me\\photo.png", "removed-photo.png"),
        ("a..b.png", "removed-a.b.png"),
        ("...", "removed-image.png"),
        ("", "removed-image.png"),
        (".jpg", "removed-jpg.png"),
        ("trailing. . .jpg", "removed-trailing.png"),
        ("what?.png", "removed-what_.png"),
        ("evil\u202egnp.exe", "removed-evilgnp.exe.png"),
        ("nul\0byte.png", "removed-nulbyte.png"),
        ("cafe\u0301.png", "removed-café.png"),
        ("\u0301\u0308.png", "removed-image.png"),
        ("写真.png", "removed-写真.png"),
    ],
)
def test_examples(original: str, name: str) -> None:
    assert named(original) == [name]


def test_the_extension_is_that_of_the_result() -> None:
    assert named("photo.png", extension="webp") == ["removed-photo.webp"]


@pytest.mark.parametrize("extension", ["", "../x", "PNG", "p g", "a" * 9])
def test_an_extension_that_is_none_is_refused(extension: str) -> None:
    with pytest.raises(ValueError, match="not the extension"):
        named("a.png", extension=extension)


def test_those_that_are_alike_get_numbers() -> None:
    assert named("a.jpg", "a.png", "A.webp", "b.jpg", "a-2.jpg") == [
        "removed-a.png",
        "removed-a-2.png",
        "removed-A-3.png",
        "removed-b.png",
        "removed-a-2-2.png",
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("straße", "STRASSE"), ("é", "e\u0301"), ("ΣΑΣ", "σας"), ("K", "\u212a")]
)
def test_alike_is_what_some_file_system_cannot_tell_apart(one: str, other: str) -> None:
    assert alike(one) == alike(other)


@pytest.mark.parametrize(
    "character", ["é", "e\u0316\u0301", "🇮🇩", "👍🏽", "한", "ᄒ\u1161\u11ab", "क्षि", "a\ufe0f"]
)
@pytest.mark.parametrize("lead", range(12))
def test_a_long_name_is_cut_between_characters(character: str, lead: int) -> None:
    # Not composed, so that the cut may fall anywhere within.
    [name] = named("x" * lead + character * 100)
    kept = name.removeprefix("removed-" + "x" * lead).removesuffix(".png")
    whole = unicodedata.normalize("NFC", character)
    assert kept == whole * (len(kept) // len(whole))
    assert MAX_BYTES - 30 < len(name.encode()) <= MAX_BYTES


@given(st.lists(NAMES, max_size=8))
@example(["x" * 300, "x" * 300 + ".png", "X" * 250])
@example(["\u0958", "\u0915\u093c"])
def test_every_name_is_safe_and_unlike_the_others(originals: list[str]) -> None:
    names = named(*originals)
    assert len(names) == len(originals)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(names)
    for name in names:
        _is_safe(name)


@given(st.lists(NAMES, max_size=8))
def test_the_same_images_get_the_same_names(originals: list[str]) -> None:
    assert named(*originals) == named(*originals)


@given(NAMES)
@example("\u0300 \U0001f3fb")
def test_a_safe_name_stays(original: str) -> None:
    stem = stem_of(original)
    if not stem.lower().endswith((".jpg", ".png")):
        assert stem_of(f"{stem}.jpg") == stem


def _is_safe(name: str) -> None:
    assert name.startswith("removed-")
    assert name.endswith(".png")
    assert ".." not in name
    assert not set(name) & set('/\\\0<>:"|?*')
    assert all(unicodedata.category(character)[0] != "C" for character in name)
    assert all(unicodedata.bidirectional(char) not in BIDI_CONTROLS for char in name)
    assert name == name.strip(" .")
    assert not name.removesuffix(".png").endswith((" ", "."))
    assert name.partition(".")[0].casefold() not in WINDOWS_DEVICES
    assert len(name.encode()) <= MAX_BYTES
    assert unicodedata.normalize("NFC", name) == name


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
