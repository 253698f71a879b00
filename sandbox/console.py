"""Terminal output: each line of a child with the child's coloured name in front."""

import itertools
import os
import sys

_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
_NAME_WIDTH = 11


class Console:
    """The terminal; coloured where it is one, unless NO_COLOR says otherwise."""

    def __init__(self, *, colour: bool | None = None) -> None:
        wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._colour = wanted if colour is None else colour
        self._colours: dict[str, int] = {}
        self._unused = itertools.cycle(_COLOURS)

    def line(self, name: str, text: str) -> None:
        """Print a line that the child `name` wrote."""
        code = self._colours.get(name) or self._colours.setdefault(name, next(self._unused))
        print(f"{self._paint(f'{name:<{_NAME_WIDTH}}|', code)} {text}", flush=True)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def good(self, text: str) -> None:
        print(self._paint(text, 32), flush=True)

    def bad(self, text: str) -> None:
        print(self._paint(text, 31), flush=True)

    def _paint(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text
