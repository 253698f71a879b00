import numpy as np

from removal.engine.despill import despilled


def test_green_is_held_to_the_larger_of_red_and_blue() -> None:
    picture = np.array([[[10, 200, 30], [90, 40, 20], [0, 0, 0], [50, 60, 70]]], np.uint8)
    before = picture.copy()
    assert despilled(picture).tolist() == [[[10, 30, 30], [90, 40, 20], [0, 0, 0], [50, 60, 70]]]
    assert (picture == before).all()
