"""`python -m benchmarks.mutations`: 5,000 malformed uploads through the whole engine.

It prints the outcomes, the slowest, and the peak memory, and exits 1 if any outcome is neither a
cut-out nor a typed error.
"""

import argparse
import resource
import sys
import time
import traceback
from collections import Counter

from removal.engine import registry, session
from removal.engine.errors import EngineError
from removal.engine.pipeline import remove
from removal.engine.predictor import Predictor
from removal.engine.types import Options
from tests.removal.engine.mutations import mutated


def _outcome(data: bytes, predictor: Predictor) -> str:
    try:
        recipe = registry.TIERS["basic"].recipe
        remove(data, Options(), predictor=predictor, recipe=recipe)
    except EngineError as error:
        return error.code
    except Exception:
        traceback.print_exc()
        return "untyped"
    return "cut out"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    predictor = session.get_predictor(*registry.choose("basic", requested=registry.BUILT_IN))
    counts: Counter[str] = Counter()
    times = []
    for data in mutated(arguments.count, arguments.seed):
        started = time.process_time()
        counts[_outcome(data, predictor)] += 1
        times.append(time.process_time() - started)
    for outcome, count in counts.most_common():
        print(f"{count:6d}  {outcome}")
    times.sort()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"CPU time: median {times[len(times) // 2] * 1000:.1f} ms, slowest {times[-1]:.3f} s")
    print(f"peak memory {peak:.0f} MiB")
    sys.exit(bool(counts["untyped"]))


if __name__ == "__main__":
    main()
