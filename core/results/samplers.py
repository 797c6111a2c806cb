"""Samplers by name: corrected samples of a trained curve, and methods that need no training."""

from __future__ import annotations

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
from core.sampling.methods import ALONG_A_CURVE, METHODS
from core.sampling.moment import Moments, Show, finished
from core.sampling.nested import nested
from core.sampling.tempering import parallel_tempering
from core.targets.base import AbstractEnergy


def draw(
    problem: Problem,
    method: str,
    allowance: Allowance,
    num_samples: int,
    model: AbstractInterpolation | None = None,
    show: Show = lambda progress, text: None,
    num_chains: int | None = None,
) -> Draws:
    """Sample a problem's target with a method. The arguments are those of `sampler`; `show` is called with the progress and a few words."""
    _, moments = sampler(problem, method, allowance, num_samples, model, num_chains)
    return finished(moments, show)


def sampler(
    problem: Problem,
    method: str,
    allowance: Allowance,
    num_samples: int,
    model: AbstractInterpolation | None = None,
    num_chains: int | None = None,
) -> tuple[Meter, Moments]:
    """Prepare a method that samples a problem's target. It runs as the caller iterates over its moments.

    Args:
        problem: the problem; its target, latent, solver and seed are used. Its curve is used only with a `model`.
        method: key of `METHODS`.
        allowance: energy calls or seconds that the method may spend, including its start and all adaptation.
        num_samples: number of samples; a small allowance may give fewer.
        model: the trained curve of the problem; `corrected` needs it.
        num_chains: number of chains of MALA, HMC and ULA; by default it depends on the allowance.

    Returns:
        The meter of the method's cost, already running, and an iterator over the moments of the run.

    Raises:
        ValueError: the method is unknown, or needs a trained curve. If the method needs a missing package or a larger allowance, iterating
            over the moments raises it.
    """
    checks.choice("method", method, METHODS)
    latent, target = build_latent(problem), build_target(problem)
    generator, linear = sample_generator(problem), LinearCurve(latent, target)
    targets = [target] if model is None else [target, *_own_targets(model)]
    bridge = _bridge(problem, method, linear, model) if method in ALONG_A_CURVE else None
    meter = Meter(allowance, *targets)
    if bridge is not None:
        return meter, (ais if method == "ais" else smc)(bridge, num_samples, meter, generator)
    if method in KINDS:
        return meter, chains(method, linear, num_samples, meter, generator, num_chains)
    if method == "parallel_tempering":
        return meter, parallel_tempering(linear, num_samples, meter, generator)
    return meter, (box_importance if method == "box" else nested)(target, num_samples, meter, generator)


def _own_targets(model: AbstractInterpolation) -> list[AbstractEnergy]:
    """The trained curve's own copy of the target, as a list."""
    return [model.target]


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
