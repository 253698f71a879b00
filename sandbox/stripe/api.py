"""Handling of an API request: key, route, parameters, idempotency, handler, answer."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe import forms
from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.family import Route
from sandbox.stripe.params import EXPAND, Params, Shape
from sandbox.stripe.store import Object
from sandbox.stripe.world import API_VERSION, DAY, Cause, World, fresh_id


@dataclass(frozen=True)
class Request:
    """A request; header names are in lower case."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    key: str


@dataclass(frozen=True)
class Response:
    """A response."""

    status: int
    body: Object
    headers: Mapping[str, str]


@dataclass
class Api:
    """The API; `answer` never raises `ApiError`."""

    world: World
    routes: tuple[Route, ...]
    _busy: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        """Handle one request and return its answer."""
        request_id = fresh_id("req_")
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version", API_VERSION),
        }
        try:
            status, body, extra = self._answer(request, request_id)
        except ApiError as problem:
            status, body, extra = problem.status, self._refusal(problem, request_id), {}
        return Response(status, body, {**headers, **extra})

    def _answer(self, request: Request, request_id: str) -> tuple[int, Object, dict[str, str]]:
        route, parts = self._route(request)
        by_client = self._check_key(request, route)
        given = forms.decode("&".join(filter(None, (request.query, request.body))))
        if by_client:
            given = self._as_client(given, parts)
        params = _with_expand(route.accepts)(given)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is None:
            with self.world.store.transaction():
                return 200, self._run(route, params, parts, Cause(request_id)), {}
        with self._alone(key):
            return self._once(request, route, params, parts, Cause(request_id, key))

    def _refusal(self, problem: ApiError, request_id: str) -> Object:
        body = problem.body()
        body["error"]["request_log_url"] = f"{self.world.settings.base_url}/#{request_id}"
        return body

    def _route(self, request: Request) -> tuple[Route, tuple[str, ...]]:
        for route in self.routes:
            parts = route.match(request.method, request.path)
            if parts is not None:
                return route, parts
        raise ApiError(
            404,
            "invalid_request_error",
            f"Unrecognized request URL ({request.method}: {request.path}).",
        )

    def _check_key(self, request: Request, route: Route) -> bool:
        """Check the key; returns whether it is the publishable one. Raises `ApiError` (401) for an
        unknown key.
        """
        settings = self.world.settings
        key = request.key or dict(parse_qsl(request.body)).get("key", "")
        if key == settings.secret_key:
            return False
        if key == settings.publishable_key and route.by_client:
            return True
        if not key:
            raise ApiError(401, "invalid_request_error", "You did not provide an API key.")
        shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "****"
        raise ApiError(401, "invalid_request_error", f"Invalid API Key provided: {shown}")

    def _as_client(self, given: Params, parts: tuple[str, ...]) -> Params:
        given = {name: value for name, value in given.items() if name not in ("key", "_method")}
        with self.world.store.transaction():
            secret = (self.world.store.find(parts[0]) or {}).get("client_secret")
        if secret is None or given.pop("client_secret", None) != secret:
            raise invalid("The client_secret does not match.", param="client_secret")
        return given

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Serialise the requests with the same idempotency key. Raises `ApiError` (409)."""
        with self._guard:
            if key in self._busy:
                raise ApiError(
                    409,
                    "idempotency_error",
                    "There is another request in progress that uses this idempotency key.",
                    code="idempotency_key_in_use",
                )
            self._busy.add(key)
        try:
            yield
        finally:
            with self._guard:
                self._busy.discard(key)

    def _once(
        self, request: Request, route: Route, params: Params, parts: tuple[str, ...], cause: Cause
    ) -> tuple[int, Object, dict[str, str]]:
        """Return the stored first answer to this key, success or refusal, if there is one."""
        fingerprint = _fingerprint(request)
        note_id = f"idempotency_{cause.idempotency_key}"
        replay = self._replayed(note_id, fingerprint)
        if replay:
            return replay
        note = {"id": note_id, "object": "sandbox.answer", "fingerprint": fingerprint}
        echo = {"Idempotency-Key": str(cause.idempotency_key)}
        try:
            with self.world.store.transaction():
                body = self._run(route, params, parts, cause)
                self._keep({**note, "status": 200, "body": body, "request": cause.id})
                return 200, body, echo
        except ApiError as problem:
            with self.world.store.transaction():
                body = self._refusal(problem, str(cause.id))
                self._keep({**note, "status": problem.status, "body": body, "request": cause.id})
            return problem.status, body, echo

    def _replayed(
        self, note_id: str, fingerprint: str
    ) -> tuple[int, Object, dict[str, str]] | None:
        with self.world.store.transaction():
            kept = self.world.store.find(note_id)
            if kept is None or kept["at"] < self.world.wall() - DAY:
                return None
            if kept["fingerprint"] != fingerprint:
                raise ApiError(
                    400,
                    "idempotency_error",
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used with.",
                )
            echo = {"Idempotent-Replayed": "true", "Original-Request": str(kept["request"])}
            return kept["status"], kept["body"], echo

    def _keep(self, note: Object) -> None:
        self.world.store.remove(note["id"])
        self.world.store.add({**note, "at": self.world.wall()})

    def _run(self, route: Route, params: Params, parts: tuple[str, ...], cause: Cause) -> Object:
        expand = params.pop("expand", [])
        self.world.cause = cause
        try:
            return self.world.render(route.handler(self.world, params, *parts), expand)
        finally:
            self.world.cause = Cause()


def _with_expand(accepts: Shape) -> Shape:
    return Shape(fields={**accepts.fields, **EXPAND}, required=accepts.required)


def _fingerprint(request: Request) -> str:
    parts: list[Any] = [request.method, request.path, sorted(parse_qsl(request.body))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
