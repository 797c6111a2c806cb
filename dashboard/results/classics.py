"""Panels of classic samplers: saved pictures of their samples, over the density of the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core import presets
from core.classics import PICTURED_LIMIT, TARGET
from core.problem import Problem
from dashboard import cache
from dashboard.player.reel import Checkpoint, Panel
from dashboard.runs.progress import counted
from dashboard.state import TITLES
from dashboard.texts import explore as texts


def classic_panels(methods: Sequence[str], problem: Problem) -> list[Panel]:
    """A panel for each sampler that has a saved picture for this target and latent.

    Args:
        methods: names of samplers.
        problem: gives the target and σ.
    """
    if problem.target != TARGET:
        return []
    # The target is the same at all times, so lines of its mode masses would be flat and are left out. Dots show the masses of the samples.
    target = replace(cache.target_frames(Problem(TARGET, sigma=problem.sigma)), mode_mass=None)
    found = []
    for method in methods:
        frames = presets.classic_picture(method, problem.sigma)
        if frames is not None:
            found.append(
                Panel(
                    key=method,
                    method=method,
                    title=TITLES[method],
                    exact=target,
                    course=(Checkpoint(frames, 1, 0.0),),
                    badge=texts.saved_sampler(counted(PICTURED_LIMIT)),
                )
            )
    return found
