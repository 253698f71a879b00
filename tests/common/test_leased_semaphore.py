from typing import Any

from common import leased_semaphore, valkey


def take(holder: str, **changes: Any) -> bool:
    arguments = {"holder": holder, "most": 2, "lease_s": 30, **changes}
    return leased_semaphore.take("user_1", **arguments)


def test_no_more_are_taken_than_there_are() -> None:
    assert [take("a"), take("b"), take("c")] == [True, True, False]


def test_a_holder_renews_its_own() -> None:
    take("a")
    take("b")
    assert take("a")


def test_a_freed_slot_is_taken_by_the_next() -> None:
    take("a")
    take("b")
    leased_semaphore.free("user_1", holder="a")
    assert take("c")


def test_a_lease_that_ran_out_is_free() -> None:
    take("a", most=1)
    valkey.client().zadd("lumiku:slots:user_1", {"a": 1})
    assert take("b", most=1)


def test_others_have_slots_of_their_own() -> None:
    take("a", most=1)
    assert leased_semaphore.take("user_2", holder="a", most=1, lease_s=30)


def test_without_valkey_everybody_is_admitted(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert take("a", most=0)
    leased_semaphore.free("user_1", holder="a")
