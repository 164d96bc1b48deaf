"""The most important kinds of fault, each at one random moment; all of them are `make faults`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def suite(*arguments: str) -> str:
    """What the suite says; it has to be a process of its own, as Prefect knows one server per process."""
    command = [sys.executable, "-m", "tests.faults", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_dead_process_a_dead_worker_and_a_late_cancel_end_right() -> None:
    kinds = ("flow process killed", "worker killed", "cancelled at the end")
    said = suite("trials", *[part for kind in kinds for part in ("--only", kind)])
    assert "3 of 3 trials ended right" in said


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_kind_of_fault_ends_right() -> None:
    assert "all is right" in suite("trials")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_going_on_after_a_kill_costs_little() -> None:
    assert "all is right" in suite("resume")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_is_lost_under_load_and_kills() -> None:
    assert "all is right" in suite("load", "--generations", "40", "--workers", "3")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_orders_of_three_tenants_under_faults_of_every_kind_are_done_once_and_told() -> None:
    assert "all is right" in suite("acceptance", "--orders", "5", "--faults", "15")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_orders_over_http_with_uploads_are_done_once_told_once_and_paid_for_once_whatever_is_killed() -> None:
    said = suite("gateway", "--orders", "12", "--kills", "4")
    assert "12 orders, 4 kills" in said
    assert "all is right" in said


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_trigger_is_refused_just_after_a_run_has_ended() -> None:
    assert "30 triggers, 0 refused" in suite("triggers", "--triggers", "30")
