from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.frames import Frames
from core.presets import ENERGIES, FIRST, FOLDER, GROWTH, PROBLEMS, path
from core.problem import INTERPOLATIONS, Problem
from core.render import STILL, exact_frames
from core.teleportation import PLANE_TARGETS

stored = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.interpolation)


@stored
def test_a_preset_is_what_the_engine_computes_today(problem: Problem) -> None:
    kept, fresh = Frames.load(path(problem)), Frames.unpack(exact_frames(problem, STILL).pack())
    for field in fields(Frames):
        if field.name == "axes":
            np.testing.assert_allclose(np.stack(kept.axes), np.stack(fresh.axes))
        elif field.name != "source":
            before, after = getattr(kept, field.name), getattr(fresh, field.name)
            if after is None:  # exact frames have no residual
                assert before is None
                continue
            np.testing.assert_allclose(before, after, rtol=1e-4, atol=1e-5, err_msg=field.name)


def test_there_is_one_for_each_interpolation_of_the_first_problem() -> None:
    assert [problem.interpolation for problem in PROBLEMS] == list(INTERPOLATIONS)
    assert FIRST in PROBLEMS


def test_no_other_files_are_kept() -> None:
    pictures = {path(problem).name for problem in PROBLEMS}
    records = {GROWTH, *(ENERGIES.format(target) for target in PLANE_TARGETS)}
    assert {file.name for file in FOLDER.glob("*.npz")} == pictures | records
