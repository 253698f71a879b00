"""`python -m benchmarks.pages`: what the landing page and `/app` transfer, how soon they paint, and
Lighthouse's categories that need no network.

Bytes are those on the wire without pictures, in an empty profile. First contentful paint is the
median of several loads, as a ratio to an empty page (a line of text) of the same server; the loads
take turns. Lighthouse is npm's, pinned in `benchmarks/lighthouse/` and run through `npx`; without
Node that part is left out.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import stand

PAGES = {"landing": "/", "single": "/app"}
EMPTY = "/robots.txt"
FOLDER = Path(__file__).parent / "lighthouse"
CATEGORIES = ("accessibility", "best-practices", "seo")
PASSWORD = "a long enough pass phrase 42"  # noqa: S105
# As root Chromium has no sandbox, and only our own pages are opened.
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--skip-lighthouse", action="store_true")
    arguments = parser.parse_args()
    with stand.running(settings={}) as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=arguments.chromium, args=[*_FLAGS], headless=True
        )
        cookies = _sign_in(browser, service.url)
        for name, path in PAGES.items():
            with _visitor(browser, cookies if path != "/" else []) as context:
                weight = transferred(context.new_page(), service.url + path)
            print(f"{name}: {weight / 1000:.1f} KB without pictures", flush=True)
        _paints(browser, service.url, cookies, arguments.runs)
        browser.close()
        if not arguments.skip_lighthouse and shutil.which("npx"):
            for name, path in PAGES.items():
                scores = _lighthouse(service.url + path, cookies, arguments.chromium)
                print(f"{name}: {scores}", flush=True)


def transferred(page: Page, address: str) -> int:
    """The bytes on the wire of everything but pictures, until the page asks for nothing more."""
    session = page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.requestWillBeSent", lambda e: kinds.update({e["requestId"]: e["type"]}))
    session.on(
        "Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]})
    )
    session.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    return int(sum(size for key, size in sizes.items() if kinds.get(key) != "Image"))


def _paints(browser: Browser, url: str, cookies: list[Any], runs: int) -> None:
    paths = {"empty": EMPTY, **PAGES}
    found: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(runs):
        for name, path in paths.items():
            with _visitor(browser, cookies if path == PAGES["single"] else []) as context:
                found[name].append(_first_paint(context.new_page(), url + path))
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name in PAGES:
        ratio = medians[name] / medians["empty"]
        print(
            f"{name}: first contentful paint {medians[name]:.0f} ms, empty page "
            f"{medians['empty']:.0f} ms, ratio {ratio:.2f}",
            flush=True,
        )


def _first_paint(page: Page, address: str) -> float:
    page.goto(address)
    return float(
        page.evaluate(
            """() => new Promise((found) => {
                const observer = new PerformanceObserver((list) => {
                    const [paint] = list.getEntriesByName("first-contentful-paint");
                    if (paint) found(paint.startTime);
                });
                observer.observe({ type: "paint", buffered: true });
            })"""
        )
    )


@contextmanager
def _visitor(browser: Browser, cookies: list[Any]) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies(cookies)
    yield context
    context.close()


def _sign_in(browser: Browser, url: str) -> list[Any]:
    """The cookies of a new customer, who signs in as the page for it does."""
    body = {"email": "pages@example.com", "password": PASSWORD}
    made = urllib3.request("POST", f"{url}/v1/auth/register", json=body)
    assert made.status == 201, made.data
    with _visitor(browser, []) as context:
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        page.get_by_label("E-mail address").fill(body["email"])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/app**")
        return list(context.cookies())


def _lighthouse(address: str, cookies: list[Any], chromium: str) -> dict[str, int]:
    """The scores of 0 to 100 by category."""
    if not (FOLDER / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit"], cwd=FOLDER, check=True)
    sent = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
    with tempfile.TemporaryDirectory() as folder:
        headers, report = Path(folder) / "headers.json", Path(folder) / "report.json"
        headers.write_text(json.dumps({"Cookie": sent} if address.endswith("/app") else {}))
        command = ["npx", "--no-install", "lighthouse", address, "--quiet", "--output=json"]
        options: dict[str, object] = {
            "output-path": report,
            "only-categories": ",".join(CATEGORIES),
            "extra-headers": headers,
            "chrome-flags": f"--headless {' '.join(_FLAGS)}",
        }
        if address.endswith("/app"):
            # A private page asks search engines not to list it.
            options["skip-audits"] = "is-crawlable"
        subprocess.run(
            [*command, *(f"--{name}={value}" for name, value in options.items())],
            cwd=FOLDER,
            env={**os.environ, "CHROME_PATH": chromium},
            check=True,
        )
        found = json.loads(report.read_text())["categories"]
    return {name: round(found[name]["score"] * 100) for name in CATEGORIES}


if __name__ == "__main__":
    main()
