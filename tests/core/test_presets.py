"""Presets: saved results of the examples, which pages show without computing anything."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from core import presets
from core.budget import Budget
from core.classics import PICTURED, SIGMAS
from core.pictures.frames import Frames
from core.presets import EXAMPLES, FIRST, frames, records, runs
from core.presets.build import BITS, exact, learn, write
from core.problem import INTERPOLATIONS, Problem, TrainingSettings
from core.store.database import FILE
from core.teleportation import PLANE_TARGETS

PROBLEMS = [problem for example in EXAMPLES.values() for problem in example.problems]
MOST_BYTES = 2_200_000
each = pytest.mark.parametrize(
    "problem", PROBLEMS, ids=lambda p: f"{p.target.name}-{p.interpolation}-{p.key[:4]}"
)


def assert_close(kept: Frames, fresh: Frames, *, units: float = 0.0) -> None:
    """Assert that values agree up to a few units in the last kept bit, since rounding can go either way."""
    for field in fields(Frames):
        before, after = getattr(kept, field.name), getattr(fresh, field.name)
        if field.name == "axes":
            before, after = np.stack(before), np.stack(after)
        if isinstance(after, np.ndarray):
            unit = 2.0 ** (1 - BITS[fresh.dim].get(field.name, 20))
            np.testing.assert_allclose(before, after, rtol=units * unit, atol=1e-9, err_msg=field.name)
        else:
            assert before == after, field.name


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_saved_frames_equal_those_of_the_current_engine(interpolation: str) -> None:
    problem = replace(FIRST, interpolation=interpolation)
    kept = presets.exact(problem)
    assert kept is not None
    assert_close(kept, Frames.unpack(exact(problem).pack()), units=1.0)


@each
def test_every_example_has_exact_and_trained_results(problem: Problem) -> None:
    known, run = presets.exact(problem), presets.learned(problem)
    assert known is not None
    assert run is not None
    assert run.problem == problem
    assert known.source == "exact"
    assert run.frames.source == "learned"
    assert (run.exact is not None) == (problem.interpolation == "learned")
    np.testing.assert_allclose(np.stack(known.axes), np.stack(run.frames.axes))
    assert run.step > 0
    assert run.seconds > 0
    assert f"{run.seconds:.1f} s" in run.origin
    assert run.date in run.origin
    assert run.machine in run.origin
    assert run.date in run.badge
    assert run.ess[-1][1] == pytest.approx(run.report.metrics.ess_fraction, nan_ok=True)


def test_saved_run_belongs_to_its_settings_only() -> None:
    assert presets.learned(FIRST) is not None
    assert presets.learned(replace(FIRST, seed=1)) is None
    assert presets.learned(replace(FIRST, training=TrainingSettings(width=8))) is None
    # Exact frames do not depend on these settings.
    assert presets.path(replace(FIRST, training=TrainingSettings(width=8))) == presets.path(FIRST)


@pytest.mark.thorough
def test_run_read_equals_run_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "FOLDER", tmp_path)
    tiny = replace(FIRST, interpolation="learned", training=TrainingSettings(width=8, depth=1, batch_size=64))
    run = learn(tiny, Budget(steps=3))
    runs.save(run)
    again = presets.learned(tiny)
    assert again is not None
    for field in fields(run):
        before, after = getattr(run, field.name), getattr(again, field.name)
        if isinstance(before, Frames):
            assert_close(after, before, units=0.1)
        elif field.name != "result":  # its report may contain NaN, which is not equal to itself
            assert before == after
    assert replace(run.result, report=None) == replace(again.result, report=None)
    assert run.report.to_dict() == again.report.to_dict()
    assert again.step == 3


@pytest.mark.thorough
def test_same_steps_give_the_same_run() -> None:
    tiny = replace(FIRST, training=TrainingSettings(width=8, depth=1, batch_size=64))
    once, again = (learn(tiny, Budget(steps=5)) for _ in range(2))
    assert_close(once.frames, again.frames)


def test_shortened_frames_drop_faint_densities_and_stay_close() -> None:
    (problem,) = EXAMPLES["forgotten"].problems
    kept = presets.exact(problem)
    assert kept is not None
    fresh = exact(problem)
    top = fresh.density.reshape(len(fresh.times), -1).max(1)
    assert (kept.density >= 0).all()
    assert (np.abs(kept.density - fresh.density).reshape(len(top), -1).max(1) <= 0.01 * top).all()


def test_preset_files_are_small_and_complete() -> None:
    expected = {FILE, records.GROWTH, *(records.ENERGIES.format(target) for target in PLANE_TARGETS)}
    expected |= {records.WEIGHTS, records.CLASSICS}
    expected |= {records.PICTURE.format(method, sigma) for method in PICTURED for sigma in SIGMAS}
    for problem in PROBLEMS:
        expected |= {
            presets.path(problem).name,
            *(file.relative_to(frames.FOLDER).as_posix() for file in runs.files(problem)),
        }
    kept = [file for file in frames.FOLDER.rglob("*") if file.is_file()]
    assert {file.relative_to(frames.FOLDER).as_posix() for file in kept} == expected
    assert sum(file.stat().st_size for file in kept) < MOST_BYTES


def test_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of first, tame, teleportation"):
        list(write("nothing"))


@pytest.mark.thorough
def test_one_example_is_rebuilt_without_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.presets import build

    monkeypatch.setattr(frames, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    tiny = replace(EXAMPLES["tame"].problems[0], training=TrainingSettings(width=8, depth=1, batch_size=64))
    monkeypatch.setitem(build.EXAMPLES, "tame", replace(EXAMPLES["tame"], problems=(tiny,), steps=2))
    other = tmp_path / "other.npz"
    other.touch()
    files = list(write("tame"))
    assert set(files) == {presets.path(tiny), *runs.files(tiny)}
    assert all(file.exists() for file in (*files, other))


def test_sentences_about_learned_runs_match_the_saved_runs() -> None:
    """If new saved runs contradict the examples' sentences, rewrite the sentences."""
    runs = {
        name: presets.learned(EXAMPLES[name].problems[0]) for name in ("forgotten", "teleportation", "gmm40")
    }
    reports = {name: run.report for name, run in runs.items() if run}
    for name in ("forgotten", "teleportation"):
        assert reports[name].metrics.modes_covered < reports[name].num_modes, name
    assert reports["forgotten"].metrics.ess_fraction > 0.8
    assert reports["gmm40"].metrics.modes_covered >= 36


def test_cured_example_differs_only_in_sigma_from_the_one_that_fails() -> None:
    ill, cured = (EXAMPLES[name].problems for name in ("teleportation", "cured"))
    assert cured == tuple(replace(problem, sigma=4.0) for problem in ill)
    found = {name: presets.learned(EXAMPLES[name].problems[0]) for name in ("teleportation", "cured")}
    modes = {name: run.report.metrics.modes_covered for name, run in found.items() if run}
    assert modes == {"teleportation": 1, "cured": 2}
