import pytest

from accounts.addresses import mailbox


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Me@Example.com", "me@example.com"),
        ("me+shop@example.com", "me@example.com"),
        ("me+a+b@example.com", "me@example.com"),
        ("m.e@gmail.com", "me@googlemail.com"),
        ("M.E+x@Gmail.com", "me@gmail.com"),
        ("m-e_.x@proton.me", "mex@protonmail.com"),
        ("me@me.com", "me@icloud.com"),
        ("me@example.com.", "me@example.com"),
        ("ｍe@example.com", "me@example.com"),
    ],
)
def test_spellings_of_one_mailbox_are_equal(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("m.e@example.com", "me@example.com"),
        ("me@example.com", "me@example.org"),
        ("m-e@gmail.com", "me@gmail.com"),
        ("+a@example.com", "+b@example.com"),
        ("...@gmail.com", ".@gmail.com"),
    ],
)
def test_different_mailboxes_stay_different(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)
