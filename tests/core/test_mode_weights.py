"""How much of a far mode's weight trained curves recover: the saved record, and the command that prints it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core import presets
from core.__main__ import main
from core.mode_weights import CURVES, WEIGHTS, ModeWeights, mode_weights, problem
from core.presets import frames


def test_record_keeps_unknown_numbers() -> None:
    numbers = np.array([[0.1, np.nan], [0.5, 0.9], [0.4, 0.8]])
    record = ModeWeights(np.array([0.5, 0.9]), numbers, numbers, numbers, np.array(100))
    again = ModeWeights.unpack(record.pack())
    assert all(np.array_equal(vars(again)[name], vars(record)[name], equal_nan=True) for name in vars(record))
    assert again.is_reliable.tolist() == [[True, False], [True, False], [True, False]]
    assert again.spread[0] == pytest.approx(0.05)


@pytest.mark.thorough
def test_study_trains_each_curve_for_each_weight() -> None:
    record = mode_weights([0.8], steps=1, num_samples=50)
    assert record.raw.shape == (len(CURVES), 1)
    assert problem(0.8, "learned").target.values["weights"] == pytest.approx((0.2, 0.8))
    assert np.all((record.raw >= 0) & (record.raw <= 1))


def test_linear_curve_misses_the_far_mode_at_every_weight_and_the_other_curves_find_it() -> None:
    record = presets.mode_weights()
    assert record is not None
    assert record.weight.tolist() == list(WEIGHTS)
    linear, *others = record.raw
    assert (linear < 0.1).all()
    assert all(np.abs(raw - record.weight).max() < 0.04 for raw in others)


def test_command_prints_the_record_or_why_there_is_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    assert main(["weights"]) == 0
    assert capsys.readouterr().out.count("\n| 0.") == len(WEIGHTS)
    assert main(["weights", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["curves"]) == list(CURVES)
    monkeypatch.setattr(frames, "FOLDER", tmp_path)
    assert main(["weights"]) == 2
    assert "missing or damaged" in capsys.readouterr().err
