"""What the instrument says of itself and of the machine."""

from __future__ import annotations

import re
import signal
import time
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from click.testing import CliRunner

import bench as command
from harness.design.plan import LEVEL, fewest_blocks
from harness.experiment import calibration, doctor, selfcheck
from harness.experiment.calibration import Clock
from harness.experiment.selfcheck import Finding
from harness.experiment.session import alone
from harness.judge import statistics
from harness.judge.statistics import Interval
from harness.catalogue import catalogue
from harness.model.scenario import capacity
from tests.conftest import Copy, nothing_left  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there


@pytest.mark.parametrize("blocks", selfcheck.LOOKS)
def test_the_smallest_effect_is_found_four_times_in_five(blocks: int) -> None:
    """Fresh noise of the same size, shifted by it."""
    rng, noise = np.random.default_rng(1), NormalDist(0, 0.03)
    effect = statistics.detectable(
        [noise.inv_cdf((n + 0.5) / 200) for n in range(200)], blocks, LEVEL
    )
    found = [
        statistics.hodges_lehmann(rng.normal(np.log(effect), 0.03, blocks).tolist(), LEVEL)[1] > 0
        for _ in range(500)
    ]
    assert abs(np.mean(found) - 0.8) < 0.08  # three standard errors of 500 on either side


def test_the_smallest_effect_shrinks_with_blocks_and_is_infinite_where_they_cannot_reach_the_level() -> (
    None
):
    """And does not mind a collapse."""
    noise = np.random.default_rng(1).normal(0, 0.03, 8).tolist()
    effects = [statistics.detectable(noise, blocks) for blocks in (5, 8, 16, 28)]
    assert effects == sorted(effects, reverse=True)
    assert effects[0] == np.inf
    assert statistics.detectable([*noise, np.inf], 8) > effects[1]


def test_the_four_metrics_can_be_judged_together() -> None:
    """In the fewest blocks that reach the level."""
    assert selfcheck.PROFILE.looks == (fewest_blocks(LEVEL / len(selfcheck.METRICS)),)


def test_no_claim_is_smaller_than_what_is_called_coarse() -> None:
    """Of any fix over its trap, else a machine would pass that cannot judge it; CPU is read more finely than all else."""
    claims = [
        (one.primary, claim.at_least)
        for one in catalogue().values()
        for claim in one.claims
        if claim.at_least > 1 and claim.over == one.baseline.name
    ]
    assert (
        min(at_least for metric, at_least in claims if not metric.name.startswith("CPU"))
        >= 1 + selfcheck.COARSE
    )


def test_a_stall_makes_the_percentile_that_arithmetic_says() -> None:
    """Of evenly spaced requests, the slowest hundredth waits for all but its own share of the window."""
    for stall_s, window_s in ((1.0, 20.0), (1.01, 20.0), (1.0, 6.0)):
        p99 = np.quantile(calibration.truth_ms(stall_s, window_s), 0.99)
        assert p99 == pytest.approx(
            calibration.WAIT_MS + 1000 * (stall_s - 0.01 * window_s),
            abs=1000 / calibration.STALL_RATE,
        )


TRUE = Clock(lag_p50=0.2, lag_p99=0.5, error_p50=0.4, error_p99=1.0, cpu=0.1, little=0.0)
SMALL, LARGE = [0.03, 0.02, 0.01], [0.9, 0.8, 0.7]


@pytest.mark.parametrize(
    ("finding", "sound", "verdict"),
    [
        (selfcheck.told_ceiling(70_000, 12e-6), True, "faster than any app"),
        (selfcheck.told_ceiling(9_000, 1e-4), False, "too slow"),
        (selfcheck.told_clock(200, TRUE), True, ": true"),
        (selfcheck.told_clock(200, Clock(0.2, 6, 0.4, 1, 0.1, 0)), False, "sends too late"),
        (
            selfcheck.told_clock(200, Clock(0.2, 6, 2, 1, 0.1, 0)),
            False,
            "sends too late and adds too much",
        ),
        (selfcheck.told_clock(200, Clock(0.2, 1, 0.4, -7, 0.1, 0)), False, "adds too much"),
        (selfcheck.told_stall(805, 800), True, "seen in full"),
        (selfcheck.told_stall(15, 805), False, "more than 2% off"),
        (selfcheck.told_twins(capacity, Interval(1, 0.98, 1.02, 8)), True, "the same within ±5%"),
        (selfcheck.told_twins(capacity, Interval(1, 0.9, 1.1, 8)), True, "not said to differ"),
        (
            selfcheck.told_twins(capacity, Interval(1.1, 1.06, 1.2, 8)),
            False,
            "said to differ from itself",
        ),
        (selfcheck.told_twins(capacity, None), False, "could not be read"),
        (
            selfcheck.told_effects({capacity: SMALL}, 0.3),
            True,
            "finds its margin of 5% in 8 blocks",
        ),
        (
            selfcheck.told_effects({capacity: [0.3, 0.2, 0.1]}, 0.3),
            True,
            "finds all that is claimed",
        ),
        (selfcheck.told_effects({capacity: LARGE}, 0.3), False, "the smallest claim of 1.5×"),
    ],
)
def test_each_finding_has_its_verdict_in_words(
    finding: Finding, *, sound: bool, verdict: str
) -> None:
    """And figures before it."""
    assert finding.sound is sound
    assert verdict in finding.says
    assert any(character.isdigit() for character in finding.says) or "could not" in finding.says


def test_the_last_sentence_names_what_is_not_sound() -> None:
    """Once, and what to do."""
    good, bad = Finding("the clock", "…", sound=True), Finding("A/A", "…", sound=False)
    assert "is sound here" in selfcheck.overall([good])
    assert "not sound here, as for A/A:" in selfcheck.overall([good, bad, bad])


def test_selfcheck_is_refused_while_another_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would measure each other."""
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    with alone(tmp_path):
        result = CliRunner().invoke(command.bench, ["selfcheck"])
    assert result.exit_code == 2
    assert "another bench.py is measuring" in result.output


def test_doctor_names_every_topic_within_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One may wait as long as that before every measurement; half of it is for looking."""
    monkeypatch.delenv("POSTGRES_URL", raising=False)
    began_s = time.monotonic()
    result = CliRunner().invoke(command.bench, ["doctor"])
    assert time.monotonic() - began_s < 5
    assert result.exit_code == 0, result.output
    for topic in (
        "cores",
        "governor",
        "turbo",
        "other work",
        "load average",
        "steal",
        "open files",
        "ports",
        "Locust",
        "memory",
        "disk",
        "results",
        "PostgreSQL",
    ):
        assert topic in result.output


def test_doctor_says_what_a_platform_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /proc and /sys it guesses nothing."""
    monkeypatch.setattr(doctor, "_read", lambda _: None)
    monkeypatch.setattr(doctor, "_stolen_s", lambda: None)
    monkeypatch.setattr(doctor, "LOOK_S", 0.1)
    said = CliRunner().invoke(command.bench, ["doctor"]).output
    for topic in ("governor", "turbo", "steal", "ports", "backlog"):
        assert f"? {topic}: not known" in said


def test_doctor_gives_a_remedy_for_all_that_can_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a line of its own."""
    said = {
        "scaling_governor": "powersave",
        "no_turbo": "0",
        "boost": "1",
        "cpu.max": "50000 100000",
        "ip_local_port_range": "60000\t60999",
        "somaxconn": "128",
    }
    monkeypatch.setattr(doctor, "_read", lambda path: said.get(Path(path).name))
    monkeypatch.setattr(doctor, "LOOK_S", 0.1)
    lines = CliRunner().invoke(command.bench, ["doctor"]).output.splitlines()
    remedies = {
        line.partition(":")[0]: after.strip()
        for line, after in pairwise(lines)
        if line.startswith("✗")
    }
    for topic, word in {
        "governor": "cpupower",
        "turbo": "tee",
        "quota": "--cpuset-cpus",
        "ports": "ip_local_port_range",
        "backlog": "somaxconn",
    }.items():
        assert word in remedies[f"✗ {topic}"]


@pytest.fixture
def short(copy: Copy) -> Copy:
    """Check in half a minute what takes four: one block, which no answer can come from."""
    copy.edit("harness/experiment/selfcheck.py", "looks=(8,)", "looks=(1,), judged=False, open_s=1")
    copy.edit("harness/experiment/selfcheck.py", "CEILING_WINDOW_S = 3.0", "CEILING_WINDOW_S = 1.0")
    copy.edit("harness/experiment/selfcheck.py", "ENOUGH[0.99] / RATES[0]", "1.0")
    copy.edit(
        "harness/experiment/selfcheck.py",
        "STALL_WINDOW_S, STALL_OFF = 20.0",
        "STALL_WINDOW_S, STALL_OFF = 6.0",
    )
    return copy


@pytest.mark.real
def test_selfcheck_measures_on_real_servers_and_leaves_nothing(short: Copy) -> None:
    """The whole way, to the sentence that says it all."""
    said = short.bench("selfcheck", code=1)
    for words in (
        "the generator's ceiling: ",
        "the clock at 200/s: ",
        "the clock at 1000/s: ",
        "the stall of a second: p99 ",
    ):
        assert words in said
    assert (
        1_000 < float(re.findall(r"ceiling: ([\d,]+) requests", said)[0].replace(",", "")) < 500_000
    )
    assert "http_call/awaiting against itself, block 1 of 1, the other" in said
    assert "✗ A/A" in said  # one block is too few, or void
    assert "The instrument is not sound here, as for" in said
    assert [path.name for path in (short.root / "results").iterdir()] == [".lock"]
    assert nothing_left(short)


@pytest.mark.real
def test_selfcheck_can_be_interrupted_even_while_a_server_is_stopped(short: Copy) -> None:
    """Which would not end by itself."""
    process = short.start("selfcheck")
    assert process.stderr is not None
    while "a stall" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=20)
    assert process.returncode == 130, said + complained
    assert "Traceback" not in said + complained
    assert nothing_left(short)
