"""The saved record of classic samplers, each with a limit of energy calls, and its pictures."""

from __future__ import annotations

import numpy as np
import pytest

from core import presets
from core.classics import LIMITS, METHODS, PICTURED, SIGMAS, problem
from core.quantities import value


def test_no_method_exceeds_its_limit_and_only_chains_have_no_log_z() -> None:
    record = presets.classics()
    assert record is not None
    assert (record.calls <= np.array(LIMITS)).all()
    unknown = np.isnan(record.log_z_error).all((0, 2))
    assert [name for name, is_unknown in zip(METHODS, unknown, strict=True) if is_unknown] == ["mala", "hmc"]


@pytest.mark.parametrize("method", PICTURED)
@pytest.mark.parametrize("sigma", SIGMAS)
def test_every_picture_shows_the_points_over_time(method: str, sigma: float) -> None:
    frames = presets.classic_picture(method, sigma)
    assert frames is not None
    assert frames.source == "chains"
    assert (frames.times[0], frames.times[-1]) == (0, 1)
    assert not np.array_equal(frames.particles[0], frames.particles[-1])


def test_scores_without_a_saved_run_are_refused() -> None:
    given = {"sampler": float(METHODS.index("smc")), "limit": 10_000.0}
    assert value("classic_mode_error", problem(1.0), given) > value("classic_mode_error", problem(4.0), given)
    for wrong in ({"limit": 5.0}, {"sampler": -1.0}):
        with pytest.raises(ValueError, match="sampler"):
            value("classic_mode_error", problem(1.0), given | wrong)
    with pytest.raises(ValueError, match="σ = 1, 4"):
        value("classic_mode_error", problem(2.0), given)
