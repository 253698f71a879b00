"""Ports that are reserved for servers."""

from sandbox.ports import port_of, reserve


def test_two_services_that_prefer_the_same_port_get_one_each() -> None:
    with reserve() as first, reserve(port_of(first)) as second:
        assert port_of(first) != port_of(second)
