"""Imported points: the table that is read, the text that holds them, and their kernel density."""

from __future__ import annotations

import json
import math
import random
import zlib
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import torch

from core.__main__ import main
from core.problem import Problem, TargetSpec
from core.store import texts
from core.targets import packing
from core.targets.base import energy_derivatives
from core.targets.points.bandwidth import bandwidths, silverman
from core.targets.points.density import KernelDensity, points_density
from core.targets.points.example import EXAMPLE
from core.targets.points.packed import MOST_ROWS, PackedPoints, packed, unpacked
from core.targets.points.read import MOST_BYTES, read
from core.targets.points.scales import needs_standardising, standardised

KIND = PackedPoints(EXAMPLE, "")
FIVE = [(1.0, -2.0), (1.5, 3.0), (2.0, 0.5), (-1.0, 0.0), (0.25, 1.0)]


@pytest.mark.parametrize(
    "text",
    [
        "1,-2\n1.5,3\n2,0.5\n-1,0\n0.25,1\n",
        "\ufeffx,y\r\n1,-2\r\n1.5,3\r\n\r\n2,0.5\r\n-1,0\r\n0.25,1",
        "a;b\n1;-2\n1,5;3\n2;0,5\n-1;0\n0,25;1",
        "# from the laboratory\n1\t-2\n1.5\t3\n2\t.5\n-1\t0\n2.5e-1\t1",
        "1 -2\n1.5   3\n 2 0.5\n-1 0\n0.25 1",
        "name,x,y\nA,1,-2\nB,1.5,3\nC,2,0.5\nD,-1,0\nE,0.25,1",
    ],
    ids=["commas", "names", "decimal commas", "tabs", "spaces", "labels"],
)
def test_usual_tables_are_read(text: str) -> None:
    assert read(text.encode()).rows == FIVE


def test_left_out_rows_and_columns_are_reported() -> None:
    lines = ["id,x,kind"] + [f"{i},{i**1.5},{'ab'[i % 2]}" for i in range(1, 30)]
    lines[4], lines[9] = "4,oops,a", "9,nan,b"
    table = read("\n".join(lines).encode())
    assert len(table.rows) == 27
    assert table.notes == (
        "Left out column kind, which has no numbers.",
        "Left out lines 5, 10, which do not have 2 numbers from −10⁸ to 10⁸.",
    )


def test_large_table_keeps_the_same_random_points() -> None:
    text = "\n".join(f"{math.sin(i):.5f} {math.cos(i * i):.5f}" for i in range(5000)).encode()
    first, second = read(text), read(text)
    assert len(first.rows) == MOST_ROWS
    assert first == second
    assert first.notes == ("Kept 1000 of 5000 points, chosen at random with a fixed seed.",)


def test_only_plain_finite_numbers_are_read() -> None:
    rows = ["1,nan,٣,1_0", "2,inf,1,2_0", "3,1e999,４,3_0", "4,-inf,∞,4_0", "5,1e9,−1,5_0", "6,7,8,6_0"]
    table = read("\n".join(rows).encode())
    assert table.rows == [(float(i),) for i in range(1, 7)]
    assert table.notes == ("Left out columns 2, 3, 4, which have no numbers.",)


HOSTILE = [
    (b"", "is empty"),
    (b"\n# only a comment\n", "is empty"),
    (b"a,b\n", "no numbers"),
    (b"PK\x03\x04\0\0", "not a text file"),
    (b"one,two\nthree,four\n" * 5, "no column of numbers"),
    (b"1,2\n2,3\n", "at least 5 points"),
    (b"1,2\n" * 9, "Column 1 has the same value"),
    (b"1,2\n2,x\n3,4\n4,y\n5,6\n6,z\n7,8\n", r"3 of 7 rows do not have 2 numbers \(lines 2, 4, 6\)"),
    (b"," * 1_000_000, "too many columns"),
    (b"1," * 250 + b"1\n", "columns of numbers|at least"),
    (b'"' * 200_000, "no numbers"),
    (b"x" * (MOST_BYTES + 1), "too large"),
    (b"\n".join(b"%d" % i for i in range(50)) + b"\n99999999\n", "extremely far"),
    (bytes(range(1, 256)) * 50, "no column|rows|many columns"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE, ids=lambda item: repr(item)[:30])
def test_unusable_file_is_refused_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        read(content)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


def test_points_survive_packing() -> None:
    shuffle = random.Random(0)
    rows = [[shuffle.gauss(0, 1), shuffle.gauss(500, 0.01), 3e7 * shuffle.random()] for _ in range(99)]
    found = torch.tensor(unpacked(packed(rows)), dtype=torch.float64)
    expected = torch.tensor(rows, dtype=torch.float64)
    step = (expected.amax(0) - expected.amin(0)) / 65_535
    assert bool(((found - expected).abs() <= 0.51 * step).all())
    spec = TargetSpec.of("points", points=rows)
    assert TargetSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert spec.dim == 3


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


DAMAGED = [
    "",
    "A",
    "no points here",
    "Ünïcode",
    EXAMPLE[:-8],
    EXAMPLE + "AAAA",
    packing.pack(b"\x01"),
    packing.pack(b"\x02" + b"\0" * 400),
    packing.pack(b"\x01\xff\xff\xff\xff"),
    packing.pack(b"\x01\x05\x00\x01\x00" + b"\xff" * 26),  # the range is not a number
    _text(zlib.compress(bytes(200_000_000), 9))[:100_000],
    _text(zlib.compress(bytes(50_000_000), 9)),
    "A" * 500_000,
    12,
    [[1.0, 2.0]],
    [[1.0]] * 4 + [[1.0, 2.0]],
    [[float("nan")]] * 6,
    [[1e300]] * 6,
    {"x": 1},
    [[]] * 9,
]


@pytest.mark.parametrize("value", DAMAGED, ids=lambda value: str(value)[:24])
@pytest.mark.mistyped
def test_damaged_points_are_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(ValueError, match=r"points|coordinates") as caught:
        KIND.check("points", value)
    assert len(str(caught.value)) < 250


def test_derivatives_in_closed_form_match_the_energy(generator: torch.Generator) -> None:
    x = 3 * torch.randn(40, 3, generator=generator, dtype=torch.float64) + torch.tensor([0.0, 9.0, -50.0])
    density = KernelDensity(x, torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64))
    at = x[:7] + 0.3
    found = energy_derivatives(density, at)
    (slope,) = torch.autograd.grad(density.energy(at.requires_grad_()).sum(), at)
    assert torch.allclose(found.value, density.energy(at))
    assert torch.allclose(found.gradient, slope)
    second = torch.autograd.functional.hessian(lambda point: density.energy(point[None])[0], at[0].detach())
    assert float(found.laplacian[0]) == pytest.approx(float(second.trace()))


def test_bandwidth_is_narrower_than_silvermans_rule_for_separate_groups(generator: torch.Generator) -> None:
    one = torch.randn(300, 2, generator=generator, dtype=torch.float64) * torch.tensor([1.0, 100.0])
    ratio = bandwidths(one) / silverman(one)
    assert 0.7 <= float(ratio[0]) <= 1.3
    two = torch.where(torch.arange(300)[:, None] % 2 == 0, one, one + torch.tensor([40.0, 0.0]))
    assert float((bandwidths(two) / silverman(two))[0]) < 0.3
    assert bool((bandwidths(one.round()) >= 0.5).all())


def test_separate_groups_are_the_modes_with_their_masses(generator: torch.Generator) -> None:
    x = torch.randn(200, 2, generator=generator, dtype=torch.float64)
    x[:50] += 12.0
    density = points_density(packed(x.tolist()), 1.0)
    assert density.weights.sort().values.tolist() == [0.25, 0.75]
    assert density.log_z == 0.0


def test_wide_kernels_merge_all_points_into_one_mode() -> None:
    assert len(points_density(EXAMPLE, 5.0).modes) == 1


def test_columns_of_different_scales_are_standardised() -> None:
    rows = [(x / 1000, 5000 * y) for x, y in FIVE]
    assert needs_standardising(rows)
    table = torch.tensor(standardised(rows), dtype=torch.float64)
    assert torch.allclose(table.mean(0), torch.zeros(2).double(), atol=1e-12)
    assert torch.allclose(table.std(0, correction=0), torch.ones(2).double())
    assert not needs_standardising(standardised(rows))


def test_file_is_sampled_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x,y\n" + "\n".join(f"{10 + x},{y}" for x, y in unpacked(EXAMPLE)), encoding="utf-8")
    flags = ["--steps", "2", "--width", "4", "--num-samples", "50", "--no-store", "--json"]
    assert main(["train", "--points", str(path), *flags]) == 0
    problem = Problem.from_dict(json.loads(capsys.readouterr().out)["problem"])
    assert (problem.target.name, problem.target.dim, problem.center) == ("points", 2, "target")
    assert problem.sigma == pytest.approx(2.7, abs=0.4)
    assert main(["train", "--points", str(path), "--target", "ring"]) == 2
    assert "a target of its own" in capsys.readouterr().err
    assert main(["train", "--points", str(tmp_path / "absent.csv")]) == 2
    assert main(["train", "--target", "ring", "--standardise"]) == 2


def test_long_text_is_kept_under_its_hash(tmp_path: Path) -> None:
    name = texts.save(tmp_path, "Ω" * 9000)
    assert texts.load(tmp_path, name) == "Ω" * 9000
    (tmp_path / texts.FOLDER / name).write_text("changed", encoding="utf-8")
    assert texts.load(tmp_path, name) is None
    assert texts.load(tmp_path, "../../etc/passwd") is None
