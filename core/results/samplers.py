"""Samplers by name: corrected samples of a trained curve, and the methods that need no training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core import checks
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_latent, build_target
from core.interpolations.linear import LinearInterpolation
from core.problem import Problem
from core.sampling.allowance import Allowance, Meter
from core.sampling.box import box_importance
from core.sampling.bridge.samplers import ais, smc
from core.sampling.bridge.walk import Bridge, Transport
from core.sampling.chains import KINDS, chains
from core.sampling.curves import AbstractCurve, LearnedCurve, LinearCurve
from core.sampling.draws import Draws
from core.sampling.generators import sample_generator
from core.sampling.nested import nested
from core.sampling.tempering import parallel_tempering
from core.targets.base import AbstractTarget

METHODS = {
    "corrected": "Samples of a trained curve, corrected by weights, resampling and moves on the way",
    "smc": "Sequential Monte Carlo: a cloud of weighted points, resampled and moved along the curve",
    "ais": "Annealed importance sampling: weighted points along the curve, never resampled",
    "parallel_tempering": "Non-reversible parallel tempering along the linear curve",
    "hmc": "Hamiltonian Monte Carlo: chains from the latent",
    "mala": "Metropolis-adjusted Langevin chains from the latent",
    "ula": "Langevin chains without a Metropolis test; biased by their step size",
    "box": "Importance sampling with uniform points over the target's box",
    "nested": "Nested sampling over the target's box, by dynesty",
}
# The methods that walk along a trained curve if one is given.
ALONG_A_CURVE = ("corrected", "smc", "ais")

Show = Callable[[float, str], None]


def draw(
    problem: Problem,
    method: str,
    allowance: Allowance,
    num_samples: int,
    model: AbstractInterpolation | None = None,
    show: Show = lambda progress, text: None,
    num_chains: int | None = None,
) -> Draws:
    """Sample a problem's target with a method.

    Args:
        problem: gives target, latent, solver and seed. Its curve matters only if it is trained.
        method: key of `METHODS`.
        allowance: energy calls or seconds that may be spent, the start and all adaptation included.
        num_samples: number of samples; a small allowance may give fewer.
        model: the trained curve of the problem; `corrected` needs it.
        show: called with the progress and a few words.
        num_chains: number of chains of MALA, HMC and ULA; by default it depends on the allowance.

    Raises:
        ValueError: the method is unknown, needs a trained curve, needs a missing package, or needs a larger allowance.
    """
    checks.choice("method", method, METHODS)
    latent, target = build_latent(problem), build_target(problem)
    generator, linear = sample_generator(problem), LinearCurve(latent, target)
    targets = [target] if model is None else [target, *_own_targets(model)]
    meter = Meter(allowance, *targets)
    if method in ALONG_A_CURVE:
        bridge = _bridge(problem, method, linear, model)
        return (ais if method == "ais" else smc)(bridge, num_samples, meter, generator, show)
    if method in KINDS:
        return chains(method, linear, num_samples, meter, generator, show, num_chains)
    if method == "parallel_tempering":
        return parallel_tempering(linear, num_samples, meter, generator, show)
    return (box_importance if method == "box" else nested)(target, num_samples, meter, generator, show)


def _own_targets(model: AbstractInterpolation) -> list[AbstractTarget]:
    """The copy of the target that a trained curve evaluates."""
    return [model.target] if isinstance(model.target, AbstractTarget) else []


def _bridge(
    problem: Problem, method: str, linear: LinearCurve, model: AbstractInterpolation | None
) -> Bridge:
    if model is None:
        if method == "corrected":
            raise ValueError(
                "Corrected samples need a trained curve: train one with `train --checkpoint C.safetensors` and pass the same "
                "`--checkpoint` here."
            )
        return Bridge(linear)
    is_linear = isinstance(model, LinearInterpolation)
    curve: AbstractCurve = linear if is_linear else LearnedCurve(linear.latent, linear.target, model)
    if method != "corrected":
        return Bridge(curve)
    scales = linear.latent.scale, linear.target.scale
    return replace(Bridge(curve), transport=Transport(model, problem.sampling, scales))
