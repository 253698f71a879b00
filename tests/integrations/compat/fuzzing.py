"""The number and the seed of random combinations of parameters.

`FUZZ_COMBINATIONS` is their number, and `FUZZ_SEED` other ones than the usual.
"""

import os
import random


def combinations(usual: int) -> int:
    """The suite tries few, because each may be a whole removal."""
    return int(os.environ.get("FUZZ_COMBINATIONS", usual))


def chooser(seed: int) -> random.Random:
    return random.Random(f"{seed} {os.environ.get('FUZZ_SEED', '')}")
