"""The command line: all commands but `exact`, and how they read the problem."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.problem import Problem, TargetSpec
from core.targets.registry import TARGETS
from tests.core.command_line import TINY, json_output, run


def test_targets_lists_the_registry() -> None:
    done = run("targets", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    table = json.loads(done.stdout)
    assert [row["name"] for row in table] == list(TARGETS)
    for row in table:
        entry = TARGETS[row["name"]]
        assert (row["title"], row["definition"]) == (entry.title, entry.definition)
        assert row["parameters"].keys() == entry.parameters.keys()


def test_targets_prints_every_target_and_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in TARGETS)
    assert "--mode-separation" in text


def test_train_writes_samples_and_prints_their_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.npz"
    arguments = ["--target", "two_modes", "--mode-separation", "2", "--dim", "3", "--steps", "3", *TINY]
    result = json_output(capsys, "train", *arguments, "--num-samples", "40", "--samples", str(out), "--json")
    assert (result["steps"], result["status"], result["num_samples"]) == (3, "finished", 40)
    assert result["metrics"].keys() == result["floors"].keys()
    assert result["metrics"]["eubo_elbo_gap"] >= -0.1
    assert result["gradient_calls"] <= result["energy_calls"]
    assert result["sampling"]["energy_calls"] > result["sampling"]["gradient_calls"] > 0
    assert result["sampling"]["seconds"] > 0
    with np.load(out) as samples:
        x, log_weight = samples["x"], samples["log_weight"]
    assert (x.shape, log_weight.shape) == ((40, 3), (40,))
    assert x.dtype == log_weight.dtype == np.float64
    weights = np.exp(log_weight - log_weight.max())
    assert weights.sum() ** 2 / (40 * (weights**2).sum()) == pytest.approx(result["metrics"]["ess_fraction"])


@pytest.mark.thorough
def test_budget_in_steps_is_reproducible_bit_for_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []
    for name, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        out = tmp_path / f"{name}.npz"
        arguments = ["--target", "ring", "--steps", "2", *TINY, "--num-samples", "20", "--seed", seed]
        json_output(capsys, "train", *arguments, "--samples", str(out), "--json")
        written.append(np.load(out)["x"])
    assert np.array_equal(written[0], written[1])
    assert not np.array_equal(written[0], written[2])


@pytest.mark.parametrize("extra", [(), ("--uncorrected",)])
def test_langevin_writes_samples_without_weights(
    extra: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.npz"
    arguments = ["--target", "ring", "--steps", "20", "--num-samples", "30", "--samples", str(out), *extra]
    result = json_output(capsys, "langevin", *arguments, "--json")
    assert (result["steps"], result["status"]) == (20, "finished")
    assert result["metrics"]["ess_fraction"] is None
    assert result["energy_calls"] == 30 * (20 + 1)
    samples = np.load(out)
    assert samples["x"].shape == (30, 2)
    assert np.isnan(samples["log_weight"]).all()


@pytest.mark.parametrize("method", ["smc", "ais", "parallel_tempering", "hmc", "box"])
def test_sample_prints_scores_and_cost(
    method: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.npz"
    arguments = ["--target", "ring", "--sigma", "3", "--energy-calls", "2000", "--num-samples", "30"]
    result = json_output(capsys, "sample", "--method", method, *arguments, "--samples", str(out), "--json")
    assert (result["method"], result["status"]) == (method, "finished")
    assert 0 < result["energy_calls"] <= 2000
    assert result["seconds"] > 0
    assert ("box" if method == "box" else "gradient") in result["uses"]
    # The density of these samples is unknown, so metrics that need it are unknown too.
    for name in ("ess_fraction", "elbo", "eubo", "eubo_elbo_gap", "forward_ess_fraction", "log_z_forward"):
        assert result["metrics"][name] is None
    assert (result["metrics"]["log_z"] is None) == (method == "hmc")
    assert len(np.load(out)["x"]) == result["num_samples"] <= 30


def test_sample_corrects_a_checkpoint_of_the_same_problem_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "run.safetensors")
    problem = ["--target", "two_modes", "--dim", "1", "--sigma", "2"]
    json_output(
        capsys, "train", *problem, "--steps", "2", *TINY, "--num-samples", "5", "--checkpoint", file, "--json"
    )
    method = ["sample", "--method", "corrected", "--energy-calls", "20000", "--num-samples", "50"]
    result = json_output(capsys, *method, "--checkpoint", file, "--json", "--seed", "3")
    assert result["training"]["energy_calls"] > 0
    assert 0 < result["distinct_ancestors"] <= result["particles"]
    assert main([*method, "--checkpoint", file, *problem[:-1], "3"]) == 2
    assert "the checkpoint of another problem" in capsys.readouterr().err
    assert main([*method, *problem]) == 2
    assert "need a trained curve" in capsys.readouterr().err


def test_samples_csv_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, archive = tmp_path / "out.csv", tmp_path / "out.npz"
    arguments = ["--target", "ring", "--steps", "2", *TINY, "--num-samples", "20", "--json"]
    for out in (table, archive):
        json_output(capsys, "train", *arguments, "--samples", str(out))
    assert table.read_text().startswith("x1,x2,log_weight\n")
    read, known = np.loadtxt(table, delimiter=",", skiprows=1), np.load(archive)
    np.testing.assert_array_equal(read, np.column_stack([known["x"], known["log_weight"]]))


def test_flags_override_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "problem.json"
    problem = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=3.0, std=0.5), sigma=2.0, seed=5)
    file.write_text(problem.to_json(), encoding="utf-8")
    arguments = ["exact", "--problem", str(file), "--times", "1", "--json"]
    same = Problem.from_dict(json_output(capsys, *arguments)["problem"])
    changed = Problem.from_dict(json_output(capsys, *arguments, "--sigma", "1.5", "--std", "0.6")["problem"])
    other = Problem.from_dict(json_output(capsys, *arguments, "--target", "laplace")["problem"])
    assert same == problem
    assert changed == Problem(
        TargetSpec.of("two_modes", dim=1, mode_separation=3.0, std=0.6), sigma=1.5, seed=5
    )
    assert other == Problem(TargetSpec.of("laplace"), sigma=2.0, seed=5)


@pytest.mark.parametrize("weights", ["1,3", "[1, 3]"])
def test_lists_are_parsed_with_commas_or_as_json(weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--target", "two_modes", "--dim", "1", "--weights", weights, "--times", "1", "--json"]
    result = json_output(capsys, "exact", *arguments)
    assert Problem.from_dict(result["problem"]).target.values["weights"] == (1.0, 3.0)
