"""The script in docs/extending.md runs, and the velocity of its new curve is correct."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import torch

from core.reference.transport import action
from core.reference.wasserstein import exact_squared_distance
from tests.core.differences import along, by_time

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.thorough
def test_script_solves_a_new_target_and_a_new_curve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "extending.md").read_text(encoding="utf-8")
    script = tmp_path / "extending.py"
    script.write_text("\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL)), encoding="utf-8")
    names = runpy.run_path(str(script))
    assert float(re.findall(r"ESS ([\d.]+)", capsys.readouterr().out)[0]) > 0.99
    linear, detour = action(names["linear"]), action(names["detour"])
    distance = exact_squared_distance(names["latent"], names["target"])
    assert distance is not None
    assert distance < min(linear, detour)
    assert abs(detour - linear) > 0.01
    path, t = names["detour"].path, torch.full((9,), 0.3, dtype=torch.float64)
    x = torch.linspace(-2, 3, 9, dtype=torch.float64)[:, None]
    value, axis = path.evaluate(t, x), torch.ones(1, dtype=torch.float64)
    score = along(lambda place: path.evaluate(t, place).log_density, x, axis)
    assert torch.allclose(value.score[:, 0], score, rtol=1e-6, atol=1e-8)
    rate = by_time(lambda time: path.evaluate(time, x).log_density, t)
    assert torch.allclose(value.log_density_dt, rate, rtol=1e-6, atol=1e-8)
