"""The samplers by name, each with a description. This module does not need torch."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A sampler.

    Attributes:
        title: its name in a sentence.
        about: a description in one or two sentences.
        package: a package that it needs beyond those of the project; empty for none.
    """

    title: str
    about: str
    package: str = ""

    @property
    def missing(self) -> str:
        """Why this sampler cannot run here, in a sentence; empty if it can."""
        if not self.package or importlib.util.find_spec(self.package) is not None:
            return ""
        return f"{self.title} needs the package {self.package}, which is not installed; run `pip install {self.package}`."


METHODS = {
    "corrected": Method(
        "Correction",
        "Moves points along a trained curve and corrects them on the way with weights, resampling and Metropolis moves.",
    ),
    "smc": Method(
        "SMC",
        "Sequential Monte Carlo: a cloud of weighted points walks along the linear curve; heavy points are copied, light ones dropped.",
    ),
    "ais": Method(
        "AIS",
        "Annealed importance sampling: points walk along the linear curve with a Langevin step at each time; weights correct the result.",
    ),
    "parallel_tempering": Method(
        "Parallel tempering",
        "Runs chains at several fixed times t of the linear curve; neighbouring chains swap positions, which helps them cross between far modes.",
    ),
    "hmc": Method(
        "HMC",
        "Hamiltonian Monte Carlo: each chain moves like a ball that rolls over the energy, with random pushes. Chains rarely cross between far modes.",
    ),
    "mala": Method(
        "MALA",
        "Langevin chains: each steps down the energy's gradient with added noise, and a test rejects bad steps. Chains rarely cross between "
        "far modes.",
    ),
    "ula": Method(
        "ULA", "MALA without the test that rejects bad steps: cheaper, but biased by its step size."
    ),
    "box": Method(
        "Box sampling",
        "Uniform points in a box around the target, weighted by the density. It needs no gradients, but fails in many dimensions.",
    ),
    "nested": Method(
        "Nested sampling",
        "Points in a box around the target contract step by step to regions of high density. It also estimates log Z. Uses the package dynesty.",
        "dynesty",
    ),
}
# The samplers that follow a trained curve if one is given.
ALONG_A_CURVE = ("corrected", "smc", "ais")
# The samplers that run Markov chains on the target alone.
CHAINS = ("hmc", "mala", "ula")
# Former names of samplers, as in old files and links, and their names now.
FORMER = {"langevin": "mala"}
