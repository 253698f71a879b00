import pytest
from hypothesis import given
from hypothesis import strategies as st

from removal import lifecycle
from removal.lifecycle import JobStatus


@given(st.sampled_from(sorted(lifecycle.TERMINAL)), st.sampled_from(JobStatus))
def test_terminal_states_never_change(status: JobStatus, target: JobStatus) -> None:
    with pytest.raises(lifecycle.IllegalTransition):
        lifecycle.check(status, target)


def test_every_state_can_reach_an_end() -> None:
    for status in set(JobStatus) - lifecycle.TERMINAL:
        assert lifecycle.LEGAL[status] & lifecycle.TERMINAL


def test_only_a_running_job_can_complete() -> None:
    assert lifecycle.sources(JobStatus.COMPLETED) == {JobStatus.PROCESSING}
