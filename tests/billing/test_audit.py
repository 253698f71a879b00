"""The audit reports exactly the breaches that a test made."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from billing import ledger, tasks
from billing.audit import Report, audit
from billing.models import Account, Entry, Hold
from common.audit import LISTED
from tests.billing.factories import account_of, fresh_key, hold_for, user_with

pytestmark = pytest.mark.django_db


@contextmanager
def guards_down(*statements: str) -> Iterator[None]:
    """Run `statements` without triggers and foreign keys, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def drop(constraint: str, table: str = "billing_entry") -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"


def audited(**options: Any) -> Report:
    return audit(now=timezone.now(), **options)


def breaches(**options: Any) -> dict[str, str]:
    """The details of breaches by check, without the triggers that the test removed itself."""
    found = audited(**options).breaches
    return {breach.check: breach.detail for breach in found if breach.check != "guard-missing"}


@pytest.fixture
def hold() -> Hold:
    """A ledger with one settled, one released and one open hold, and a second account."""
    user = user_with(100)
    ledger.release_hold(hold_id=hold_for(user, 10).pk)
    settled = hold_for(user, 30)
    ledger.settle_hold(hold_id=settled.pk, captures={"img_1": 12, "img_2": 8})
    hold_for(user, 25)
    user_with(7)
    settled.refresh_from_db()
    return settled


def test_a_sound_ledger_has_no_breach(hold: Hold) -> None:
    report = audited()
    assert (report.ok, report.breaches) == (True, ())
    assert (report.accounts, report.entries, report.holds) == (2, 9, 3)


def test_an_empty_ledger_is_sound() -> None:
    assert audited().ok


def test_a_balance_that_drifted(hold: Hold) -> None:
    Account.objects.filter(pk=hold.account_id).update(available=56)
    assert breaches() == {
        "balance-differs": "available 56 and held 25, but the entries sum up to 55 and 25"
    }


def test_a_held_balance_that_drifted(hold: Hold) -> None:
    Account.objects.filter(pk=hold.account_id).update(held=24)
    assert set(breaches()) == {"balance-differs", "held-differs-from-holds"}
    assert breaches()["held-differs-from-holds"] == "held 24, but its open holds sum up to 25"


def test_an_entry_that_was_changed(hold: Hold) -> None:
    with guards_down():
        Entry.objects.filter(kind="capture", key="img_1").update(delta_held=-13)
    found = breaches()
    assert found["chain-broken"].endswith(
        "leaves 70 available and 18 held, after 70 and 30 it must be 70 and 17"
    )
    assert set(found) == {"chain-broken", "balance-differs", "hold-differs-from-entries"}


def test_an_entry_that_was_removed(hold: Hold) -> None:
    with guards_down():
        Entry.objects.filter(kind="capture", key="img_2").delete()
    found = breaches()
    assert found["entries-missing"] == "counts 8 entries, but has 7, numbered 1 to 8"
    assert found["hold-differs-from-entries"].endswith("captures to 12, 1 releases to 10")
    assert "chain-broken" in found


def test_the_latest_entry_that_was_removed(hold: Hold) -> None:
    with guards_down():
        latest = Entry.objects.filter(account=hold.account_id).order_by("sequence").last()
        assert latest is not None
        latest.delete()
    assert breaches()["entries-missing"] == "counts 8 entries, but has 7, numbered 1 to 7"


def test_entries_that_were_all_removed(hold: Hold) -> None:
    with guards_down():
        Entry.objects.all().delete()
    assert {"balance-differs", "entries-missing", "hold-differs-from-entries"} <= set(breaches())


def test_a_forged_entry(hold: Hold) -> None:
    Entry.objects.create(
        account_id=hold.account_id,
        sequence=9,
        kind="grant",
        key="forged",
        delta_available=1000,
        delta_held=0,
        available_after=1055,
        held_after=25,
        created_at=timezone.now(),
    )
    assert breaches() == {
        "balance-differs": "available 55 and held 25, but the entries sum up to 1055 and 25",
        "entries-missing": "counts 8 entries, but has 9, numbered 1 to 9",
    }


def test_a_negative_balance(hold: Hold) -> None:
    constraint = drop("billing_account_available_not_negative", "billing_account")
    with guards_down(constraint):
        Account.objects.filter(pk=hold.account_id).update(available=-1)
    assert breaches()["negative"] == "available -1, held 25"


def test_an_entry_that_leaves_a_negative_balance(hold: Hold) -> None:
    with guards_down(drop("billing_entry_not_negative")):
        Entry.objects.filter(kind="capture", key="img_1").update(held_after=-2)
    assert breaches()["negative"] == "leaves available 70, held -2"


def test_an_entry_of_impossible_shape(hold: Hold) -> None:
    with guards_down(drop("billing_entry_shape")):
        Entry.objects.filter(kind="capture", key="img_1").update(delta_available=-12, delta_held=0)
    assert breaches()["entry-malformed"] == "a capture of -12 available and 0 held, with a hold"


def test_a_hold_closed_for_more_than_it_held(hold: Hold) -> None:
    with guards_down(drop("billing_hold_closed_in_full", "billing_hold")):
        Hold.objects.filter(pk=hold.pk).update(captured=21)
    found = breaches()
    assert found["hold-not-closed-in-full"] == "closed: 21 captured and 10 released of 30"
    assert set(found) == {"hold-not-closed-in-full", "hold-differs-from-entries"}


def test_a_hold_that_was_opened_again(hold: Hold) -> None:
    Hold.objects.filter(pk=hold.pk).update(status="open", captured=0, released=0, closed_at=None)
    found = breaches()
    assert found.pop("spending-differs-from-holds").endswith("but its holds come to 55")
    assert found == {
        "hold-differs-from-entries": "held 30, captured 0, released 0, but its 1 hold entries sum "
        "up to 30, captures to 20, 1 releases to 10",
        "held-differs-from-holds": "held 25, but its open holds sum up to 55",
    }


def test_an_image_that_was_captured_twice(hold: Hold) -> None:
    with guards_down(drop("billing_entry_key")):
        Entry.objects.filter(kind="capture", key="img_2").update(key="img_1")
    assert breaches() == {"image-captured-twice": "captured 2 times, 20 credits in all"}


def test_a_payment_that_was_granted_twice(hold: Hold) -> None:
    with guards_down(drop("billing_entry_key")):
        Entry.objects.filter(kind="grant").update(key="gift:1")
    assert breaches() == {"key-used-twice": "2 entries of kind grant have this key"}


def test_an_entry_under_a_hold_of_another_account(hold: Hold) -> None:
    stranger = user_with(30)
    other = hold_for(stranger, 5)
    with guards_down():
        Entry.objects.filter(kind="hold", hold=other).update(hold=hold)
    assert breaches()["hold-of-another-account"] == f"moves hold {hold.pk} of another account"


def test_a_trigger_that_was_switched_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry DISABLE TRIGGER billing_entry_no_change")
    [breach] = audited().breaches
    assert (breach.check, breach.subject) == ("guard-missing", "billing_entry_no_change")


def test_a_constraint_that_is_gone() -> None:
    with connection.cursor() as cursor:
        cursor.execute(drop("billing_hold_closed_in_full", "billing_hold"))
    [breach] = audited().breaches
    assert (breach.check, breach.subject) == ("guard-missing", "billing_hold_closed_in_full")


def test_a_hold_left_open_is_a_warning(hold: Hold) -> None:
    yesterday = timezone.now() - timedelta(hours=25)
    Hold.objects.filter(status="open").update(created_at=yesterday, reference="job_9")
    report = audited()
    [warning] = [found for found in report.warnings if found.check == "hold-left-open"]
    assert warning.detail.startswith("25 credits for job_9 are set aside since ")
    assert report.ok
    assert not [w for w in audited(open_hours=26).warnings if w.check == "hold-left-open"]


def test_one_account_alone(hold: Hold) -> None:
    sound = account_of(user_with(5))
    Account.objects.filter(pk=hold.account_id).update(available=56)
    assert breaches(account=sound.public_id) == {}
    report = audited(account=hold.account.public_id)
    assert [breach.account for breach in report.breaches] == [hold.account.public_id]
    assert (report.accounts, report.entries, report.holds) == (1, 8, 3)


def test_many_breaches_are_counted_and_some_listed() -> None:
    for _ in range(LISTED + 3):
        user_with(5)
    Account.objects.update(available=6)
    found = audited().breaches
    assert (len(found), {breach.total for breach in found}) == (LISTED, {LISTED + 3})


def command(*arguments: str) -> tuple[int, str]:
    """Exit status and output of `manage.py audit_ledger`."""
    out = StringIO()
    try:
        call_command("audit_ledger", *arguments, stdout=out)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_succeeds_on_a_sound_ledger(hold: Hold) -> None:
    status, text = command()
    assert status == 0
    assert "The ledger is sound: 2 accounts, 9 entries, 3 holds checked" in text


def test_the_command_fails_and_names_the_breach(hold: Hold) -> None:
    Account.objects.filter(pk=hold.account_id).update(available=56)
    status, text = command()
    assert status == 1
    assert f"BREACH balance-differs: {hold.account.public_id}: available 56 and held 25" in text
    assert "The ledger is BROKEN" in text


def test_the_command_prints_json(hold: Hold) -> None:
    Account.objects.filter(pk=hold.account_id).update(available=56)
    status, text = command("--json", "--account", hold.account.public_id)
    report = json.loads(text)
    assert (status, report["ok"], report["entries"]) == (1, False, 8)
    assert report["breaches"][0]["check"] == "balance-differs"


def test_the_command_refuses_an_unknown_account() -> None:
    with pytest.raises(CommandError, match="no account acct_1"):
        command("--account", "acct_1")


def test_the_task_logs_every_breach(hold: Hold, caplog: pytest.LogCaptureFixture) -> None:
    Account.objects.filter(pk=hold.account_id).update(available=56)
    with caplog.at_level(logging.ERROR):
        tasks.audit_ledger(something_new=1)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "ledger breach balance-differs" in caplog.text


def test_the_task_is_quiet_about_a_sound_ledger(
    hold: Hold, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        tasks.audit_ledger()
    assert not caplog.records


def test_captures_under_two_holds_are_sound(hold: Hold) -> None:
    user = user_with(60)
    for _ in range(2):
        ledger.settle_hold(hold_id=hold_for(user, 30).pk, captures={fresh_key("img"): 30})
    assert audited().ok
