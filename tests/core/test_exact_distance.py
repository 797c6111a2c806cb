"""W₂² for the page: at once in closed form, otherwise when somebody computes it; unknown where it is."""

from __future__ import annotations

import pytest

from core.problem import Problem, TargetSpec
from core.reference.errors import UnfitDensityError
from core.reference.exact_distance import ExactDistance, Transport
from core.reference.transport import ends_distance


def test_a_closed_form_is_there_at_once() -> None:
    problem = Problem(TargetSpec.of("two_modes"))
    distance = ExactDistance(problem)
    distance.solve_if_quick()
    assert distance.found == Transport(w2_squared=ends_distance(problem).value)


def test_samples_are_matched_only_when_asked_for() -> None:
    distance = ExactDistance(Problem(TargetSpec.of("two_moons")))
    distance.solve_if_quick()
    assert distance.found is None
    distance.solve()
    assert distance.found is not None
    assert distance.found.w2_squared is not None
    assert distance.found.w2_uncertainty is not None
    assert 0 < distance.found.w2_uncertainty < distance.found.w2_squared


def test_many_modes_on_a_line_are_not_quick() -> None:
    places = tuple((float(k), 0.0) for k in range(41))
    distance = ExactDistance(Problem(TargetSpec.of("mixture", means=places)))
    distance.solve_if_quick()
    assert distance.found is None


def test_what_is_unknown_is_known_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_report_ends_it_before_the_work() -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    distance = ExactDistance(Problem(TargetSpec.of("ring")))
    with pytest.raises(KeyboardInterrupt):
        distance.solve(stop)
    assert distance.found is None
