"""Methods that both clients have, written once as operations.

The client on which one is called runs it: the blocking client returns its outcome, and the
asynchronous one an awaitable of it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from lumiku.driving import AsyncDriver, SyncDriver
from lumiku.effects import Operation
from lumiku.operations import Operations

P = ParamSpec("P")
T = TypeVar("T")


class _Blocking(Protocol):
    _driver: SyncDriver
    _operations: Operations


class _Asynchronous(Protocol):
    _driver: AsyncDriver
    _operations: Operations


class Call(Generic[P, T]):
    """A method of both clients, made of the function that begins its operation."""

    def __init__(self, begin: Callable[Concatenate[Operations, P], Operation[T]]) -> None:
        self.__doc__ = begin.__doc__
        self.__name__ = begin.__name__
        self.__wrapped__ = begin
        self._begin = begin

    @overload
    def __get__(self, client: None, owner: type) -> "Call[P, T]": ...
    @overload
    def __get__(self, client: _Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: _Asynchronous, owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._driver.run(self._begin(client._operations, *args, **kwargs))

        method.__doc__, method.__name__ = self.__doc__, self.__name__
        return method
