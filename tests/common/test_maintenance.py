"""Maintenance mode: refusing new work, by command and for every process at once."""

import pytest
from django.core.management import call_command
from django.test import Client

from common import maintenance
from common.models import OperatorAction

pytestmark = pytest.mark.django_db


def test_the_command_turns_it_on_and_off(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("maintenance", "on", message="Back at noon")
    assert "Maintenance is on since" in capsys.readouterr().out
    call_command("maintenance", "status")
    assert "Back at noon" in capsys.readouterr().out
    call_command("maintenance", "off")
    assert capsys.readouterr().out == "Maintenance is off.\n"
    assert maintenance.current() is None


def test_turning_it_on_twice_changes_what_it_says() -> None:
    for message in ("one", "two"):
        call_command("maintenance", "on", message=message)
    mode = maintenance.current()
    assert mode is not None
    assert mode.message == "two"


def test_new_work_is_refused_with_the_message_and_a_time() -> None:
    maintenance.refuse_new_work()
    call_command("maintenance", "on", message="Back at noon")
    with pytest.raises(maintenance.UnderMaintenance) as refused:
        maintenance.refuse_new_work()
    assert (refused.value.status, refused.value.message) == (503, "Back at noon")
    assert int(refused.value.headers["Retry-After"]) > 0


def test_ready_says_so_and_stays_ready() -> None:
    call_command("maintenance", "on")
    answer = Client().get("/ready")
    assert (answer.status_code, answer.json()["maintenance"]) == (200, "on")


def test_log_and_audit_log_have_both_switches(caplog: pytest.LogCaptureFixture) -> None:
    call_command("maintenance", "on", message="m")
    call_command("maintenance", "off")
    call_command("maintenance", "off")
    assert [record.message for record in caplog.records] == [
        "maintenance is on: m",
        "maintenance is off",
    ]
    actions = OperatorAction.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["begin maintenance", "end maintenance"]
