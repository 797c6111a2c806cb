"""Compute the exact field of a problem by the most accurate method available."""

from __future__ import annotations

from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_latent, build_schedule, build_target
from core.problem import Problem
from core.reference.base import AbstractExactField
from core.reference.convolved_flow import ConvolvedFlow
from core.reference.displacement import DisplacementLine
from core.reference.displacement_plane import DisplacementPlane
from core.reference.errors import NoExactFieldError, UnfitDensityError
from core.reference.gaussian_flow import GaussianFlow
from core.reference.laplace import LaplaceField
from core.reference.line import LineField
from core.reference.moved_field import MovedField
from core.reference.path import AbstractPath, CurvePath, LinearPath
from core.reference.plane import CELLS, PlaneField
from core.reference.separable import SeparableField, is_separable
from core.targets.base import AbstractDensity, AbstractEnergy, AbstractTarget
from core.targets.laplace import LaplacePair
from core.targets.latent import AbstractLatent, GaussianLatent, LaplaceLatent
from core.targets.mixture import GaussianMixture
from core.targets.moved import moved
from core.types import Box, Vector

# Cells per axis for learned curves in 2-D: fewer than usual, since evaluating the network in every cell at every time costs more than
# solving for the velocity.
LEARNED_CELLS = 96


def has_exact_field(problem: Problem) -> bool:
    """Whether `solve` has a method for a problem, without building anything; the energy may still be unsuitable."""
    flow = problem.interpolation == "gradient_flow" and problem.target.is_mixture
    return problem.interpolation != "learned" and (problem.target.dim <= 2 or flow)


def solve(problem: Problem, box: Box | None = None, cells: int = CELLS) -> AbstractExactField:
    """The exact field of a problem, computed without training.

    Args:
        problem: the problem to solve.
        box: region of computation; by default found from the energy.
        cells: cells per axis, for a linear curve in 2-D that is solved on a mesh.

    Raises:
        NoExactFieldError: no method is available for the problem.
        UnfitDensityError: the box or the energy is unsuitable.
    """
    latent, target = build_latent(problem), build_target(problem)
    if problem.interpolation == "learned":
        raise NoExactFieldError("The learned curve has no exact velocity before its ψ is trained.")
    if problem.interpolation == "gradient_flow" and isinstance(target, GaussianMixture) and box is None:
        seen = target.moved(-latent.center)
        return _moved(GaussianFlow(seen, build_schedule(problem)), latent.center)
    if target.dim > 2 and box is not None:
        raise UnfitDensityError(
            f"A box can be given only in one or two dimensions; this target has dimension {target.dim}."
        )
    if target.dim > 2 or not isinstance(target, AbstractTarget):
        raise NoExactFieldError(
            "Exact fields are known on the line, in the plane, and for gradient flows of Gaussian mixtures in any dimension; "
            f"`{problem.target.name}` has dimension {target.dim} here."
        )
    if problem.interpolation == "gradient_flow":
        support = None if box is None else box.moved(-latent.center)
        flow = ConvolvedFlow.of(moved(target, -latent.center), build_schedule(problem), support)
        return _moved(flow, latent.center)
    if problem.interpolation == "transport":
        if target.dim == 1:
            return DisplacementLine.of(latent, target, box)
        if box is not None:
            raise UnfitDensityError(
                "Optimal transport in the plane is computed from samples, so it cannot use a box."
            )
        return DisplacementPlane(latent, target, problem.seed)
    return _linear(latent, target, box, cells)


def _linear(
    latent: AbstractLatent, target: AbstractTarget, box: Box | None, cells: int
) -> AbstractExactField:
    """The linear curve, by the most accurate method available."""
    as_in_paper = box is None and not latent.center.any()
    if as_in_paper and isinstance(latent, LaplaceLatent) and isinstance(target, LaplacePair):
        return LaplaceField.of(latent, target)
    mixture = target if box is None and isinstance(target, GaussianMixture) else None
    if mixture is not None and isinstance(latent, GaussianLatent) and is_separable(mixture):
        return SeparableField.of(latent, mixture)
    return carrier(LinearPath(latent, target), latent, target, box, cells)


def _moved(flow: AbstractExactField, center: Vector) -> AbstractExactField:
    """Move a flow that was computed with the latent's centre at the origin to its true position."""
    return MovedField(flow, center) if center.any() else flow


def solve_learned(
    model: AbstractInterpolation, box: Box | None = None, cells: int = LEARNED_CELLS
) -> AbstractExactField:
    """The exact field of a learned curve of densities, with the model's current parameters. Its learned velocity is ignored.

    Args:
        model: the curve.
        box: region of computation; by default found from the energy.
        cells: cells per axis, in 2-D.

    Raises:
        NoExactFieldError: the model has more than two dimensions.
    """
    if model.dim > 2:
        raise NoExactFieldError(
            f"The exact field of a learned curve is known on the line and in the plane; this one has dimension {model.dim}."
        )
    return carrier(CurvePath(model), model.latent, model.target, box, cells)


def carrier(
    path: AbstractPath,
    latent: AbstractDensity,
    target: AbstractEnergy,
    box: Box | None = None,
    cells: int = CELLS,
) -> AbstractExactField:
    """The field of least kinetic energy that generates a given curve of densities in 1-D or 2-D."""
    if target.dim == 1:
        return LineField.of(path, latent, target, box)
    return PlaneField.of(path, latent, target, cells, box)
