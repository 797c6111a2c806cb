"""Kinetic energy of the exact curves against the distance between modes: numbers for what Figures 1, 2, 4 and 5 of the paper show.

The paper is Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025. It calls the extreme velocities of the
linear curve between distant modes "teleportation of mass". Loading saved results needs NumPy only, so a page does it quickly.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from core.arrays import Array
from core.pictures.frames import Frames
from core.problem import Curve, Problem, TargetSpec

SEPARATIONS = tuple(float(m) for m in range(1, 51))
NUM_TIMES = 201
# The values of σ, mode separations, number of times, and targets of the 2-D records.
PLANE_SIGMAS = (1.0, 2.0, 3.0, 4.0)
PLANE_SEPARATIONS = (2.0, 4.0, 6.0, 8.0)
PLANE_TIMES = 21
PLANE_TARGETS = {
    "shifted_pair": TargetSpec.of("shifted_pair", dim=2),
    "ring": TargetSpec.of("ring"),
}


Record = TypeVar("Record", bound="StoredRecord")


class StoredRecord:
    """A record of arrays that can be stored as one archive."""

    def pack(self) -> bytes:
        """The record as a compressed NumPy archive, without fields that are None."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, **{name: values for name, values in vars(self).items() if values is not None}
        )
        return buffer.getvalue()

    @classmethod
    def unpack(cls: type[Record], data: bytes) -> Record:
        """The inverse of `pack`."""
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            # The archive of a saved example also contains JSON files, which are not arrays of the record.
            names = [name for name in archive.files if not name.endswith(".json")]
            arrays: dict[str, Any] = {name: archive[name] for name in names}
        return cls(**arrays)


@dataclass(frozen=True, eq=False)
class Growth(StoredRecord):
    """Kinetic energy against mode separation, for the Laplace pair with σ = 1.

    Attributes:
        separation: (M,) distances m between the modes.
        linear_peak, gradient_flow_peak: (M,) largest ‖v_t‖² over t.
        linear_action, gradient_flow_action: (M,) ∫ ‖v_t‖² dt.
        w2_squared: (M,) W₂² between the Laplace latent and the target, which is both the peak and the action of optimal transport.
    """

    separation: Array
    linear_peak: Array
    linear_action: Array
    gradient_flow_peak: Array
    gradient_flow_action: Array
    w2_squared: Array


@dataclass(frozen=True, eq=False)
class EnergyGrid(StoredRecord):
    """Kinetic energy over time of a 2-D target, for several σ and mode separations.

    Attributes:
        sigma: (S,) scales of the latent.
        separation: (M,) mode separations.
        times: (T,) times t.
        linear, gradient_flow: (S, M, T) ‖v_t‖² of the two curves.
        w2_squared: (S, M) W₂² between latent and target: exact where a closed form exists, otherwise estimated from samples.
        w2_uncertainty: (S, M) standard error of the estimate, zero for closed forms; None in older files.
    """

    sigma: Array
    separation: Array
    times: Array
    linear: Array
    gradient_flow: Array
    w2_squared: Array
    w2_uncertainty: Array | None = None


def laplace(separation: float, interpolation: Curve = "linear") -> Problem:
    """The example of the paper, the Laplace pair with σ = 1."""
    return Problem(TargetSpec.of("laplace", mode_separation=separation), interpolation)


def worst_moment(frames: Frames) -> int | None:
    """The index of the time at which a curve's kinetic energy is largest; t = 1 is excluded, because by then the mass has arrived.

    Infinite energies count, unknown ones (NaN) do not. Returns None if no energy is known.
    """
    before = np.where(frames.times < 1, frames.kinetic_energy, np.nan)
    return None if np.isnan(before).all() else int(np.nanargmax(before))


def growth(separations: Sequence[float] = SEPARATIONS) -> Growth:
    """Compute kinetic energies against mode separation for the Laplace pair; takes about half a second per separation."""
    import torch

    from core.reference.solve import solve
    from core.reference.transport import action, w2_squared

    times = torch.linspace(0, 1, NUM_TIMES, dtype=torch.float64)
    columns: dict[str, list[float]] = {name: [] for name in Growth.__annotations__}
    for m in separations:
        columns["separation"].append(m)
        for name in ("linear", "gradient_flow"):
            field = solve(laplace(m, name))
            columns[f"{name}_peak"].append(float(field.kinetic_energy(times).max()))
            columns[f"{name}_action"].append(action(field))
        columns["w2_squared"].append(w2_squared(laplace(m)))
    return Growth(**{name: np.array(values) for name, values in columns.items()})


def energy_grid(
    target: TargetSpec,
    sigmas: Sequence[float] = PLANE_SIGMAS,
    separations: Sequence[float] = PLANE_SEPARATIONS,
) -> EnergyGrid:
    """Compute kinetic energies over σ and mode separation for a 2-D target; takes about a second per pair of both.

    Args:
        target: the target; its mode separation is replaced by each of `separations`.
        sigmas: scales of the latent.
        separations: mode separations.
    """
    import torch

    from core.reference.solve import solve
    from core.reference.transport import ends_distance

    times = torch.linspace(0, 1, PLANE_TIMES, dtype=torch.float64)
    shape = (len(sigmas), len(separations))
    curves: tuple[Curve, ...] = ("linear", "gradient_flow")
    energies = {name: np.empty((*shape, PLANE_TIMES)) for name in curves}
    squared, uncertainty = np.empty(shape), np.empty(shape)
    for i, sigma in enumerate(sigmas):
        for j, separation in enumerate(separations):
            spec = TargetSpec.of(target.name, **{**target.values, "mode_separation": separation})
            problem = Problem(spec, sigma=sigma)
            for name, values in energies.items():
                values[i, j] = solve(replace(problem, interpolation=name)).kinetic_energy(times).numpy()
            distance = ends_distance(problem)
            squared[i, j], uncertainty[i, j] = distance.value, distance.uncertainty or 0.0
    return EnergyGrid(
        np.array(sigmas),
        np.array(separations),
        times.numpy(),
        **energies,
        w2_squared=squared,
        w2_uncertainty=uncertainty,
    )
