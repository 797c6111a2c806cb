"""Samples files: every number is read back exactly as it was written."""

from __future__ import annotations

import io

import numpy as np
import pytest

from core.sampling import samples_file

X = np.array([[0.1, -2.0], [1 / 3, 1e-300], [np.nan, np.nan]])
LOG_WEIGHT = np.array([-1.5, 7e5, np.nan])


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_csv_keeps_every_digit(kind: type[np.floating]) -> None:
    x, log_weight = X.astype(kind), LOG_WEIGHT.astype(kind)
    text = samples_file.encode("out.CSV", x, log_weight).decode()
    header, *rows = text.splitlines()
    assert header == "x1,x2,log_weight"
    assert rows[0] == "0.1,-2.0,-1.5"
    again = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1, dtype=kind)
    np.testing.assert_array_equal(again, np.column_stack([x, log_weight]))


def test_other_file_names_give_a_numpy_archive() -> None:
    with np.load(io.BytesIO(samples_file.encode("out.npz", X, LOG_WEIGHT))) as archive:
        assert set(archive.files) == {"x", "log_weight"}
        np.testing.assert_array_equal(archive["x"], X)
        np.testing.assert_array_equal(archive["log_weight"], LOG_WEIGHT)


def test_no_samples_give_a_table_without_rows() -> None:
    assert samples_file.csv(np.empty((0, 3)), np.empty(0)) == b"x1,x2,x3,log_weight\n"
