"""Firefox over WebDriver BiDi, which Debian's package speaks by itself.

Playwright needs a Firefox of its own, and Selenium a geckodriver that Debian does not have. Of the
protocol (https://w3c.github.io/webdriver-bidi/) only what the tests use is here.
"""

import base64
import itertools
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser import service

PATIENCE_S = 60.0
# Firefox asks for nothing by itself, so that only pages make requests.
_PREFERENCES: dict[str, object] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "en-GB, en",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
    "ui.prefersReducedMotion": 1,
}
_EVENTS = ("log.entryAdded", "network.beforeRequestSent", "network.responseCompleted")
_FIND = """(css, text) => [...document.querySelectorAll(css)].find((element) =>
    element.checkVisibility() && !element.disabled && element.textContent.includes(text))"""


class BidiError(Exception):
    """The browser refused a command."""


class Firefox:
    """One connection to a running Firefox; `on_event` gets the events as they come."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.on_event: Callable[[str, dict[str, Any]], None] = lambda name, about: None

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command. Raises BidiError."""
        number = next(self._numbers)
        request = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps(request))
        while True:
            message = json.loads(self._connection.recv(timeout=PATIENCE_S))
            if message["type"] == "event":
                self.on_event(message["method"], message["params"])
            elif message.get("id") == number:
                if message["type"] == "error":
                    raise BidiError(f"{method}: {message['error']}: {message['message']}")
                result: dict[str, Any] = message["result"]
                return result


class Tab:
    """A page in a profile of its own, and the problems seen on it."""

    def __init__(self, firefox: Firefox, *origins: str) -> None:
        self.problems: list[str] = []
        self._firefox = firefox
        self._origins = origins
        profile = firefox.call("browser.createUserContext")["userContext"]
        made = firefox.call("browsingContext.create", type="tab", userContext=profile)
        self._context = made["context"]
        self._call("browsingContext.setViewport", viewport={"width": 1280, "height": 900})
        firefox.on_event = self._note
        firefox.call("session.subscribe", events=[*_EVENTS], contexts=[self._context])

    def open(self, address: str) -> None:
        self._call("browsingContext.navigate", url=address, wait="complete")

    def run(self, function: str, *arguments: object) -> Any:
        """The result of a script's function for these arguments, through JSON."""
        packed = (
            f"async (given) => JSON.stringify(await ({function})(...JSON.parse(given)) ?? null)"
        )
        return json.loads(self._evaluated(packed, json.dumps(arguments))["value"])

    def wait(self, function: str, *arguments: object) -> Any:
        """The first result that is true; while a page is being replaced there is none."""

        def ask() -> Any:
            try:
                return self.run(function, *arguments)
            except BidiError:
                return None

        return service.until(ask, told=lambda: f"{function} {arguments}")

    def see(self, text: str, css: str = "main") -> None:
        """Wait until an element shows this text."""
        self.wait(
            "(css, text) => [...document.querySelectorAll(css)].some((one) =>"
            " one.innerText.includes(text))",
            css,
            text,
        )

    def arrive(self, path: str) -> None:
        """Wait for a page whose path begins like this, and for all that it loads."""
        self.wait(
            "(path) => location.pathname.startsWith(path) && document.readyState === 'complete'",
            path,
        )

    def click(self, css: str, text: str = "") -> None:
        """Click on the first visible element that contains the text, once there is one."""
        element = self._element(css, text)
        moved = {"type": "pointerMove", "x": 0, "y": 0, "origin": element}
        pressed = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act("pointer", [moved, *pressed])

    def fill(self, css: str, text: str) -> None:
        self.click(css)
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._act("key", keys)

    def choose_files(self, css: str, paths: list[Path]) -> None:
        found = self._evaluated("(css) => document.querySelector(css)", css)
        files = [str(path) for path in paths]
        self._call("input.setFiles", element={"sharedId": found["sharedId"]}, files=files)

    def fetched(self, address: str) -> bytes:
        """The content of an address, as the page gets it."""
        script = """async (address) => {
            const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
            return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
        }"""
        return base64.b64decode(self.run(script, address))

    def _element(self, css: str, text: str) -> dict[str, Any]:
        self.wait(f"(...given) => Boolean(({_FIND})(...given))", css, text)
        script = f"""(css, text) => {{
            const found = ({_FIND})(css, text);
            found.scrollIntoView({{ block: "center", behavior: "instant" }});
            return found;
        }}"""
        found = self._evaluated(script, css, text)
        return {"type": "element", "element": {"sharedId": found["sharedId"]}}

    def _act(self, kind: str, actions: list[dict[str, Any]]) -> None:
        source = {"type": kind, "id": kind, "actions": actions}
        self._call("input.performActions", actions=[source])

    def _evaluated(self, function: str, *arguments: str) -> dict[str, Any]:
        given = [{"type": "string", "value": argument} for argument in arguments]
        found = self._firefox.call(
            "script.callFunction",
            functionDeclaration=function,
            awaitPromise=True,
            target={"context": self._context},
            arguments=given,
        )
        if found["type"] == "exception":
            raise BidiError(found["exceptionDetails"]["text"])
        result: dict[str, Any] = found["result"]
        return result

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._firefox.call(method, context=self._context, **parameters)

    def _note(self, event: str, about: dict[str, Any]) -> None:
        if event == "log.entryAdded":
            if about["level"] in ("error", "warn"):
                self.problems.append(f"console: {about['text']}")
        elif event == "network.responseCompleted":
            if about["response"]["status"] >= 400:
                self.problems.append(f"{about['response']['status']} {about['response']['url']}")
        elif not about["request"]["url"].startswith((*self._origins, "data:", "blob:")):
            self.problems.append(f"another origin: {about['request']['url']}")


@contextmanager
def running(program: str) -> Iterator[Firefox]:
    """A Firefox without a window, with an empty profile."""
    with tempfile.TemporaryDirectory(prefix="lumiku-firefox-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items())
        (folder / "user.js").write_text("\n".join(lines))
        log = folder / "firefox.log"
        command = [program, "--headless", "--no-remote", "--profile", name]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--remote-debugging-port", "0"], stdout=output, stderr=output
            )
        try:
            address = service.until(
                lambda: re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text()),
                told=log.read_text,
            )[1]
            # Archives and photos come in one message, and Firefox answers no pings.
            with connect(f"{address}/session", max_size=None, ping_interval=None) as connection:
                firefox = Firefox(connection)
                firefox.call("session.new", capabilities={})
                yield firefox
        finally:
            process.terminate()
            process.wait()
