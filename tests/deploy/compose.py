"""A reader of docker-compose.yml like Compose's: anchors, merges and `${NAME:-default}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Missing(Exception):
    """A variable that the file requires is not set."""


@dataclass(frozen=True)
class Service:
    """One entry under `services`, with its variables filled in."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]
    raw: Mapping[str, Any]


def services(variables: Mapping[str, str], file: Path = FILE) -> dict[str, Service]:
    """Every service as it would be started with `variables` in .env."""
    document = yaml.safe_load(file.read_text())
    found = _resolve(document["services"], variables)
    return {name: _service(name, raw) for name, raw in found.items()}


def _service(name: str, raw: Mapping[str, Any]) -> Service:
    return Service(
        name=name,
        image=raw.get("image", ""),
        command=tuple(raw.get("command", ())),
        environment={key: str(value) for key, value in raw.get("environment", {}).items()},
        healthcheck=tuple(raw.get("healthcheck", {}).get("test", ())),
        raw=raw,
    )


def _resolve(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return interpolate(value, variables)
    if isinstance(value, list):
        return [_resolve(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: _resolve(item, variables) for key, item in value.items()}
    return value


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`$$`, `${NAME}`, `${NAME:-default}` and `${NAME:?message}`, with defaults in defaults."""
    result, rest = [], text
    while rest:
        before, dollar, rest = rest.partition("$")
        result.append(before)
        if not dollar:
            break
        if rest.startswith("$"):
            result.append("$")
            rest = rest[1:]
        elif rest.startswith("{"):
            inside, rest = _braced(rest)
            result.append(_value(inside, variables))
    return "".join(result)


def _braced(text: str) -> tuple[str, str]:
    depth = 0
    for position, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if not depth:
            return text[1:position], text[position + 1 :]
    raise ValueError(f"no end of {text!r}")


def _value(inside: str, variables: Mapping[str, str]) -> str:
    match = _NAME.match(inside)
    assert match, inside
    name, operation = match[0], inside[match.end() :]
    if variables.get(name):
        return variables[name]
    if operation.startswith(":?"):
        raise Missing(name)
    return interpolate(operation[2:], variables) if operation.startswith(":-") else ""


def required() -> set[str]:
    """The variables that the file requires."""
    return set(re.findall(r"\$\{([A-Z0-9_]+):\?", FILE.read_text()))


def example() -> dict[str, str]:
    """The variables of .env.example."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def image_environment(dockerfile: Path = ROOT / "deploy/images/Dockerfile") -> dict[str, str]:
    """The variables that the image sets (`ENV`)."""
    text = dockerfile.read_text().replace("\\\n", " ")
    lines = [line.split()[1:] for line in text.splitlines() if line.startswith("ENV ")]
    return dict(word.split("=", 1) for words in lines for word in words)
