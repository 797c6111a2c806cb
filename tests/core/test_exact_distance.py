"""W₂² for the page: immediately in closed form, in the background from samples, or unknown."""

from __future__ import annotations

import pytest

from core.problem import Problem, TargetSpec
from core.reference.errors import UnfitDensityError
from core.reference.exact_distance import ExactDistance, Transport
from core.reference.transport import ends_distance


def test_closed_form_is_computed_immediately() -> None:
    problem = Problem(TargetSpec.of("two_modes"))
    distance = ExactDistance(problem)
    distance.solve_if_quick()
    assert distance.found == Transport(w2_squared=ends_distance(problem).value)


def test_samples_are_matched_only_in_the_background() -> None:
    distance = ExactDistance(Problem(TargetSpec.of("two_moons")))
    distance.solve_if_quick()
    assert distance.found is None
    distance.solve()
    assert distance.found is not None
    assert distance.found.w2_squared is not None
    assert distance.found.w2_uncertainty is not None
    assert 0 < distance.found.w2_uncertainty < distance.found.w2_squared


def test_closed_form_of_many_modes_waits_for_the_background() -> None:
    places = tuple((float(k), 0.0) for k in range(41))
    distance = ExactDistance(Problem(TargetSpec.of("mixture", means=places)))
    distance.solve_if_quick()
    assert distance.found is None


def test_distance_without_a_method_or_with_an_invalid_energy_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    triangle = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    distance = ExactDistance(Problem(TargetSpec.of("mixture", means=triangle)))
    distance.solve()
    assert distance.found == Transport()

    def unfit(problem: Problem) -> None:
        raise UnfitDensityError("The energy is NaN.")

    monkeypatch.setattr("core.reference.transport.ends_distance", unfit)
    distance = ExactDistance(Problem(TargetSpec.of("ring")))
    distance.solve()
    assert distance.found == Transport()


def test_progress_report_can_cancel_before_the_work_begins() -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    distance = ExactDistance(Problem(TargetSpec.of("ring")))
    with pytest.raises(KeyboardInterrupt):
        distance.solve(stop)
    assert distance.found is None
