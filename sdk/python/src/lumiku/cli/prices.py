"""`--dry-run`: what would be done and what it costs, without doing any of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lumiku.cli import batches
from lumiku.cli import work as shared
from lumiku.cli.console import counted
from lumiku.cli.work import Work


def of_singles(work: Work, paths: Sequence[Path]) -> int:
    pending = work.pending(paths)
    # The calculator is for batches, of two images or more.
    each = work.client.price(image_count=2, tier=work.tier).base_credits_per_image
    prices = [{"images": len(pending), "credits": each * len(pending), "discountPercentage": 0}]
    return _shown(work, pending, prices, begun=0, skipped=len(paths) - len(pending))


def of_batches(work: Work, folder: Path) -> int:
    images = shared.images_in(folder)
    plans = batches.open_plans(work)
    begun = {one.path for plan in plans if plan.options == work.options for one in plan.files}
    pending = work.pending(images)
    new = [path for path in pending if str(path.resolve()) not in begun]
    prices = [_priced(work, len(part)) for part in batches.divided(new)]
    # Those that were begun and not started are paid for as well.
    prices += [_priced(work, len(plan.files)) for plan in plans if not plan.batch_id]
    return _shown(
        work,
        new,
        prices,
        begun=len(pending) - len(new),
        skipped=len(images) - len(pending),
    )


def _priced(work: Work, count: int) -> dict[str, Any]:
    price = work.client.price(image_count=count, tier=work.tier)
    return {
        "images": count,
        "credits": price.final_total,
        "discountPercentage": price.discount_percentage,
    }


def _shown(
    work: Work, new: Sequence[Path], parts: list[dict[str, Any]], *, begun: int, skipped: int
) -> int:
    used = sum(part["credits"] for part in parts)
    lines = [
        f"{counted(part['images'], 'image')}: {counted(part['credits'], 'credit')}"
        + (f", {part['discountPercentage']} % off" if part["discountPercentage"] else "")
        for part in parts
    ]
    lines.append(
        f"At most {counted(used, 'credit')} for {counted(len(new), 'image')}"
        + (f", going on with {begun} that were begun" if begun else "")
        + (f", {skipped} done before" if skipped else "")
    )
    fields = {
        "images": [str(path) for path in new],
        "parts": parts,
        "begun": begun,
        "skipped": skipped,
        "credits": used,
    }
    work.console.result(fields, lines)
    return 0
