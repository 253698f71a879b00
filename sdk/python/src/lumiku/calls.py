"""Methods that both clients have, written once as operations.

The client on which one is called runs it: the blocking client returns its outcome, and the
asynchronous one an awaitable of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from lumiku.driving import AsyncDriver, SyncDriver
from lumiku.effects import Operation
from lumiku.operations import Operations, Page

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")


class _Blocking(Protocol):
    _driver: SyncDriver
    _operations: Operations

    def _each(
        self,
        page_of: Callable[[Mapping[str, Any]], Operation[Page[M]]],
        narrowed: Mapping[str, Any],
    ) -> Iterator[M]: ...


class _Asynchronous(Protocol):
    _driver: AsyncDriver
    _operations: Operations

    def _each(
        self,
        page_of: Callable[[Mapping[str, Any]], Operation[Page[M]]],
        narrowed: Mapping[str, Any],
    ) -> AsyncIterator[M]: ...


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


class Listing(Generic[M]):
    """A method of both clients that iterates over all pages, made of the function that begins the
    operation of one page.
    """

    def __init__(self, begin: Callable[..., Operation[Page[M]]]) -> None:
        self.__doc__ = begin.__doc__
        self.__name__ = begin.__name__
        self.__wrapped__ = begin
        self._begin = begin

    @overload
    def __get__(self, client: None, owner: type) -> "Listing[M]": ...
    @overload
    def __get__(self, client: _Blocking, owner: type) -> Callable[..., Iterator[M]]: ...
    @overload
    def __get__(self, client: _Asynchronous, owner: type) -> Callable[..., AsyncIterator[M]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self

        def page(params: Mapping[str, Any]) -> Operation[Page[M]]:
            return self._begin(client._operations, **params)

        def method(**narrowed: Any) -> Any:
            return client._each(page, narrowed)

        method.__doc__, method.__name__ = self.__doc__, self.__name__
        return method
