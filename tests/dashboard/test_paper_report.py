"""The report on the paper's figures: one page without network and scripts, and CSV files."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from core.paper.exact import Exact
from core.paper.figures import FIGURES, Trained
from core.paper.measured import NUM_TIMES, Measured
from core.paper.verdict import Verdict
from dashboard.__main__ import main
from dashboard.paper.png import shades
from dashboard.paper.report import csv_text, html
from dashboard.paper.svg import Axis, Line, chart
from tests.core.stores import REPORT


def measured() -> Measured:
    """Figure 5 with one run that succeeded and one that failed."""
    figure = FIGURES["figure5"]
    numbers = {problem: Exact(action=2.0, end_energy=3.0) for problem in figure.problems}
    energies = {problem: np.linspace(1, 100, NUM_TIMES) for problem in figure.problems}
    runs = [
        Trained(figure.problems[0], "finished", 5.0, 80, REPORT, "abc"),
        Trained(
            replace(figure.problems[1], seed=1), "failed", float("nan"), 0, None, reason="Out <of> memory."
        ),
    ]
    return Measured(figure, numbers, energies, {}, runs, 5.0, 0.1, Verdict("no", "It is <not>."))


def test_report_loads_nothing_and_has_the_verdict() -> None:
    page = html([measured()])
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert re.findall(r'\b(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "<strong>Not seen.</strong> It is &lt;not&gt;." in page
    assert "Out &lt;of&gt; memory." in page
    assert "2 training runs of at most 5 s each, with seeds 0, 1" in page
    assert "prefers-color-scheme:dark" in page
    assert page.count("<svg class='chart'") == 2
    for drawn in re.findall(
        r"<svg class='chart'.*?</svg></svg>|<svg class='chart'.*?</svg>(?=<svg|</div>)", page
    ):
        ElementTree.fromstring(drawn)


def test_csv_has_a_row_for_each_run_and_each_problem_without_one() -> None:
    table = list(csv.DictReader(io.StringIO(csv_text(measured()))))
    assert [row["status"] for row in table[:2]] == ["finished", "failed"]
    assert table[0]["exact_action"] == "2.0"
    assert table[0]["mode_tv"] == str(REPORT.metrics.mode_tv)
    assert table[1]["mode_tv"] == table[2]["mode_tv"] == ""


def test_chart_leaves_gaps_where_a_value_is_unknown() -> None:
    axis = Axis("x", 0, 3)
    drawn = chart("t", axis, axis, [Line(np.arange(4.0), np.array([0, np.nan, 1, 2]), "linear")], "a <chart>")
    (path,) = re.findall(r"class='line linear' d='([^']*)'", drawn)
    assert (path.count("M"), path.count("L")) == (2, 1)
    assert "a &lt;chart&gt;" in drawn


def test_log_axis_leaves_out_numbers_without_a_logarithm() -> None:
    axis = Axis("y", 1, 100, is_log=True)
    assert axis.place(np.array([1.0, 10.0, 100.0])).tolist() == [0.0, 0.5, 1.0]
    assert np.isnan(axis.place(np.array([0.0, -1.0]))).all()
    assert [label for _, label in axis.ticks()] == ["10⁰", "10¹", "10²"]


def test_picture_of_a_density_without_mass_is_empty() -> None:
    assert shades(np.zeros((2, 3))).startswith(b"\x89PNG")


def test_command_writes_the_report_and_csv_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "figure5", "--exact", "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["figure5.csv", "report.html"]
    assert capsys.readouterr().out.startswith("figure5: yes. At the end of the linear curve")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["figure7"], "There is no figure “figure7”"),
        (["figure3", "--seconds", "0"], "`seconds`"),
        (["figure3", "--seeds", "-1"], "`seeds[0]` must"),
    ],
)
def test_invalid_arguments_end_the_command_with_one_sentence(
    flags: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", *flags, "-o", str(tmp_path)]) == 2
    assert sentence in capsys.readouterr().err
