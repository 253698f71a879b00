from common.outbound.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(open_after=2, reopen_s=60, clock=clock)
    breaker.failed()
    breaker.failed()
    return breaker, clock


def test_closed_until_failures_in_a_row() -> None:
    breaker = Breaker(open_after=2, reopen_s=60)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()


def test_open_after_that() -> None:
    breaker, _ = opened()
    assert not breaker.allows()


def test_one_probe_after_a_while() -> None:
    breaker, clock = opened()
    clock.now = 61
    assert breaker.allows()
    assert not breaker.allows()


def test_probe_that_succeeds_closes_it() -> None:
    breaker, clock = opened()
    clock.now = 61
    breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_probe_that_fails_opens_it_again() -> None:
    breaker, clock = opened()
    clock.now = 61
    breaker.allows()
    breaker.failed()
    clock.now = 100
    assert not breaker.allows()
