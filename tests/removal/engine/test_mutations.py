from collections.abc import Callable

import pytest

from removal.engine.errors import EngineError, NoSubjectFound
from removal.engine.pipeline import remove
from removal.engine.types import Cutout, Options, OutputFormat, Recipe
from tests.removal.engine.factories import DiscPredictor, opened
from tests.removal.engine.mutations import bombs, mutated, originals

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated File Read")


def _outcome(data: bytes, **options: object) -> Cutout | EngineError:
    try:
        return remove(
            data,
            Options(**options),  # type: ignore[arg-type]
            predictor=DiscPredictor(),
            recipe=Recipe(),
        )
    except EngineError as error:
        return error


@pytest.mark.parametrize("seed", range(8))
def test_every_mutated_image_is_cut_out_or_refused_with_a_typed_error(seed: int) -> None:
    for data in mutated(50, seed):
        outcome = _outcome(data)
        if isinstance(outcome, EngineError):
            assert outcome.message
            assert outcome.code.isupper()
        else:
            assert opened(outcome.data).shape[:2] == (outcome.height, outcome.width)


@pytest.mark.parametrize("form", OutputFormat)
def test_every_valid_kind_of_picture_is_cut_out(form: OutputFormat) -> None:
    """Two of them are too small for the disc to leave a visible pixel."""
    outcomes = [_outcome(data, format=form) for data in originals()]
    assert sum(isinstance(outcome, NoSubjectFound) for outcome in outcomes) == 2
    assert all(isinstance(outcome, Cutout | NoSubjectFound) for outcome in outcomes)


def test_bombs_are_refused_or_harmless() -> None:
    codes = [getattr(_outcome(data), "code", None) for data in bombs()]
    assert codes == ["TOO_MANY_PIXELS", None, "TOO_MANY_PIXELS", None]


def test_the_corpus_is_the_same_for_the_same_seed() -> None:
    make: Callable[[int], list[bytes]] = lambda seed: list(mutated(20, seed))  # noqa: E731
    assert make(3) == make(3)
    assert make(3) != make(4)
