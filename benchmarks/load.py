"""Load generator: many requests of one image over persistent connections, with latencies in
seconds.
"""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import urllib3

Request = Callable[[urllib3.HTTPConnectionPool], None]


class Refused(Exception):
    """The server's answer was not a success."""


@dataclass(frozen=True)
class Load:
    """The latencies of all requests, sorted, and the duration of the whole run, in seconds."""

    latencies: tuple[float, ...]
    wall: float

    @property
    def p50(self) -> float:
        return statistics.median(self.latencies)

    @property
    def p95(self) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * 0.95))]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.wall


def run(url: str, request: Request, *, clients: int, requests_each: int) -> Load:
    """Run `clients` threads, each sending `requests_each` requests one after the other.

    A first round that warms every client up is not counted. Raises `Refused`.
    """
    latencies: list[float] = []
    problems: list[BaseException] = []
    start = threading.Barrier(clients + 1)

    def client() -> None:
        with urllib3.connection_from_url(url, timeout=urllib3.Timeout(300)) as pool:
            try:
                request(pool)
                start.wait()
                for _ in range(requests_each):
                    began = time.perf_counter()
                    request(pool)
                    latencies.append(time.perf_counter() - began)
            except BaseException as problem:
                problems.append(problem)
                start.abort()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        start.wait()
    except threading.BrokenBarrierError:
        raise problems[0] from None
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return Load(tuple(sorted(latencies)), time.perf_counter() - began)


def multipart(path: str, fields: dict[str, object], headers: dict[str, str]) -> Request:
    """A POST of a form whose answer must be 200."""

    def request(pool: urllib3.HTTPConnectionPool) -> None:
        answer = pool.request("POST", path, fields=fields, headers=headers, retries=False)
        if answer.status != 200:
            raise Refused(f"{answer.status}: {answer.data[:300]!r}")

    return request
