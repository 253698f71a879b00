"""Arguments of the command and their help."""

import argparse
import threading
from pathlib import Path

from lumiku.models import TIERS

_EPILOG = """\
exit status:
  0    everything asked for is done
  1    some images failed; the others are done, and the failed ones cost nothing
  2    the command line, a file or a setting is wrong
  3    there is no key, or it may not do this
  4    too few credits, the day's quota is used up, or the tier is not in the plan
  5    the server cannot be reached, is busy or limits requests: try again
  6    the server refused for another reason
  130  interrupted; `watch` ends with 0 if nothing was left to do

environment:
  LUMIKU_BASE_URL    the server; without it that of the last login, or http://localhost:8000
  LUMIKU_API_KEY     the key; without it the one that `lumiku login` stored for the server
  LUMIKU_CONFIG_DIR  where keys are stored, in a file that only its owner may read

A run that was interrupted goes on when the same command is given again: what was uploaded is not
sent again, and nothing is charged twice. The state is in .lumiku.jsonl beside the results. Ctrl-C
lets images that are being cut out end for 3 seconds; a second one does not.
"""
_TIERS = "basic (3 credits), standard (8), professional (15) or industry (25)"


def parser(*, version: str) -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--base-url", metavar="URL", help="the server, such as https://api.example.com"
    )
    shared.add_argument("--json", action="store_true", help="one JSON object on standard output")
    shared.add_argument("--quiet", "-q", action="store_true", help="no bars and no notes")
    cutting = _cutting()
    whole = argparse.ArgumentParser(
        prog="lumiku",
        description="Removes the background of images on a Lumiku server.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"lumiku {version}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[shared, *parents])

    login = command("login", "Store a key for a server, after trying it.")
    login.add_argument("--key-stdin", action="store_true", help="read the key from standard input")
    command("logout", "Delete the stored key of a server.")
    command("credits", "Tell the balance.")
    remove = command("remove", "Cut out images one by one.", cutting)
    remove.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    _at_once(remove)
    batch = command(
        "batch", "Cut out the images of a folder as one batch, with its discount.", cutting
    )
    batch.add_argument("folder", type=Path, metavar="FOLDER")
    batch.add_argument("--zip", action="store_true", help="keep the ZIP instead of unpacking it")
    watch = command("watch", "Cut out each image that appears in a folder, until Ctrl-C.", cutting)
    watch.add_argument("folder", type=Path, metavar="FOLDER")
    watch.add_argument(
        "--interval",
        type=_seconds,
        default=2.0,
        metavar="S",
        help="seconds between looks (default 2)",
    )
    _at_once(watch)
    return whole


def _cutting() -> argparse.ArgumentParser:
    """Options of every command that cuts out."""
    found = argparse.ArgumentParser(add_help=False)
    add = found.add_argument
    add("--out", "-o", type=Path, metavar="DIR", help="folder of the results (default cut-outs)")
    add("--tier", "-t", choices=TIERS, default="standard", help=f"{_TIERS}; default standard")
    add("--dry-run", "-n", action="store_true", help="tell what would be done, and its price")
    add("--retry-failed", action="store_true", help="try images again that failed before")
    look = found.add_argument_group("how results look")
    add = look.add_argument
    add("--preset", metavar="NAME", help="a preset of the server; refused where it has none")
    add("--format", choices=("png", "webp", "jpg", "zip"), help="default png")
    add("--bg-color", metavar="COLOUR", help="put a colour behind, such as white or #1a2b3c")
    add("--crop", action="store_true", help="cut off the empty border")
    add("--canvas", metavar="SIZE", help="place the subject on a canvas, such as 2000x2000 or 4:5")
    add("--scale", type=float, metavar="F", help="factor on both sides")
    add("--quality", type=int, metavar="Q", help="of JPEG and WebP, 1 to 100")
    add("--mask-only", action="store_true", help="the mask instead of the cut-out")
    add("--model", metavar="NAME", help="one of the server's models, in place of the usual one")
    add(
        "--option",
        "-O",
        type=_pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other option of the API, such as padding=5%% or shadow=soft",
    )
    return found


def _at_once(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs", "-j", type=_count, default=2, metavar="N", help="images at a time (default 2)"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
