"""Receiver of webhooks that fails, hangs and verifies signatures, for `benchmarks.webhooks`.

It writes one line for each request: `webhook-id`, the time, and `accepted`, `failed`, `hung` or
`forged`. The line is written before the answer, so what was answered is in the file.
"""

import argparse
import base64
import hmac
import random
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO


class Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def handler(
    log: IO[str], secret: str, *, fail: float, hang: float, hang_s: float, most: int
) -> type[BaseHTTPRequestHandler]:
    refused: Counter[str] = Counter()
    key = base64.b64decode(secret.removeprefix("whsec_"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = self.headers["webhook-id"]
            # Nothing secret hangs on it.
            chance = 1.0 if refused[event] >= most else random.random()
            outcome = "accepted"
            if not self.is_ours(body):
                outcome = "forged"
            elif chance < fail:
                outcome = "failed"
            elif chance < fail + hang:
                outcome = "hung"
            refused[event] += outcome != "accepted"
            log.write(f"{event} {time.time():.4f} {outcome}\n")
            if outcome == "hung":
                time.sleep(hang_s)
            self.send_response(200 if outcome == "accepted" else 500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def is_ours(self, body: bytes) -> bool:
            head = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}."
            digest = hmac.digest(key, head.encode() + body, "sha256")
            wanted = f"v1,{base64.b64encode(digest).decode()}"
            sent = self.headers["webhook-signature"].split()
            return any(hmac.compare_digest(wanted, one) for one in sent)

        def log_message(self, *args: object) -> None:
            return None

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("log", type=Path)
    parser.add_argument("secret")
    parser.add_argument("--fail", type=float, default=0)
    parser.add_argument("--hang", type=float, default=0)
    parser.add_argument("--hang-s", type=float, default=60)
    parser.add_argument("--most", type=int, default=1000, help="refusals of one event")
    given = parser.parse_args()
    with given.log.open("a", buffering=1) as log:
        answer = handler(
            log,
            given.secret,
            fail=given.fail,
            hang=given.hang,
            hang_s=given.hang_s,
            most=given.most,
        )
        Http(("127.0.0.1", given.port), answer).serve_forever()


if __name__ == "__main__":
    main()
