import numpy as np

from removal.engine.decision import decided, without_specks
from tests.removal.engine.factories import Array, disc


def square(side: int = 100, inset: int = 20) -> Array:
    alpha = np.zeros((side, side), np.float32)
    alpha[inset:-inset, inset:-inset] = 1
    return alpha


def test_doubt_inside_the_subject_becomes_solid() -> None:
    helmet = square()
    helmet[40:60, 40:60] = 0.55
    assert decided(helmet)[40:60, 40:60].min() == 1


def test_a_gap_in_the_subject_stays_open() -> None:
    wheel = square()
    wheel[48:52, 30:70] = 0.2
    wheel[70:74, 30:70] = 0.45
    assert decided(wheel)[49, 50] == 0
    assert decided(wheel)[72, 50] < 0.5


def test_haze_around_the_subject_goes() -> None:
    hazy = np.maximum(square(), np.float32(0.2))
    assert decided(hazy)[0, 0] == 0


def test_doubt_far_outside_the_outline_becomes_nothing_and_a_fringe_stays() -> None:
    doubted = square()
    doubted[:20] = 0.45
    assert decided(doubted)[4, 50] == 0
    assert decided(doubted)[18, 50] > 0.3


def test_the_outline_stays_where_it_is_and_soft() -> None:
    before, after = disc(100, 100, softness=0.1), decided(disc(100, 100, softness=0.1))
    assert np.array_equal(before >= 0.5, after >= 0.5)
    assert np.count_nonzero((after > 0.1) & (after < 0.9)) > 100


def test_nothing_stays_nothing() -> None:
    assert decided(np.zeros((10, 10), np.float32)).max() == 0


class TestSpecks:
    def test_a_tiny_one_goes(self) -> None:
        alpha = square()
        alpha[10:12, 50:52] = 1
        assert without_specks(alpha)[10, 50] == 0

    def test_a_small_one_far_away_goes(self) -> None:
        alpha = square(inset=30)
        alpha[0:8, 0:8] = 1
        assert without_specks(alpha)[4, 4] == 0

    def test_a_small_one_nearby_stays(self) -> None:
        alpha = square(inset=30)
        alpha[20:28, 50:58] = 1
        assert without_specks(alpha)[24, 54] == 1

    def test_a_second_subject_stays(self) -> None:
        alpha = np.zeros((100, 100), np.float32)
        alpha[10:40, 10:40] = alpha[70:90, 70:90] = 1
        assert np.array_equal(without_specks(alpha), alpha)

    def test_the_subject_itself_is_untouched(self) -> None:
        alpha = square()
        alpha[10:12, 50:52] = 1
        assert np.array_equal(without_specks(alpha)[20:80, 20:80], alpha[20:80, 20:80])
