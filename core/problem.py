"""`Problem`: target, latent, curve and settings in one frozen record, which identifies every cached result, job, link and command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from core import checks
from core.targets import registry
from core.targets.parameters import NamedNumbers

# The allowed values of the settings that are words. They are spelled the same in Python, JSON, links and command-line flags.
Interpolation = Literal["linear", "learned", "gradient_flow"]
Curve = Literal[Interpolation, "transport"]
Center = Literal["origin", "target"]
Collocation = Literal["mixed", "box", "trajectories"]
Start = Literal["monte_carlo", "survey", "fading"]
Device = Literal["cpu", "cuda", "mps"]
Optimiser = Literal["gauss_newton", "adam"]
Solver = Literal["tsit5", "rk4"]

CURVES: dict[Curve, str] = {
    "linear": "Linear",
    "learned": "Learned",
    "gradient_flow": "Gradient flow",
    "transport": "Optimal transport",
}
# The curves that can be trained. Optimal transport is a comparison, computed exactly where possible.
INTERPOLATIONS: dict[Interpolation, str] = {name: CURVES[name] for name in get_args(Interpolation)}
CENTERS: dict[Center, str] = {"origin": "The origin", "target": "The middle of the target's box"}
COLLOCATIONS: dict[Collocation, str] = {
    "mixed": "Half in the target's box, half along trajectories",
    "box": "In the target's box",
    "trajectories": "Along the model's own trajectories",
}
STARTS: dict[Start, str] = {
    "monte_carlo": "Monte Carlo estimate from energies in the target's box",
    "survey": "Gaussian mixture, fitted to SMC particles",
    "fading": "The energy itself, fading into a Gaussian",
}
DEVICES: tuple[Device, ...] = ("cpu", "cuda", "mps")
OPTIMISERS: dict[Optimiser, str] = {"gauss_newton": "Gauss–Newton", "adam": "Adam"}
SOLVERS: dict[Solver, str] = {"tsit5": "Tsitouras 5(4), adaptive", "rk4": "Runge–Kutta 4, fixed step"}


def _hashable(value: Any) -> Any:
    return tuple(_hashable(item) for item in value) if isinstance(value, (list, tuple)) else value


# Sets an attribute of a frozen record. Records store values as the checks return them, so that a width of 40.0 and one of 40 give equal
# problems.
_set = object.__setattr__


@dataclass(frozen=True)
class TargetSpec:
    """A target by name, with all its parameters; missing ones get their defaults.

    Attributes:
        name: key of `core.targets.registry.TARGETS`.
        parameters: (name, value) pairs.

    Raises:
        ValueError: the name or a parameter is unknown, or a value is outside its limits.
    """

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        complete = registry.checked_parameters(self.name, dict(self.parameters))
        frozen = tuple((key, _hashable(value)) for key, value in complete.items())
        _set(self, "parameters", frozen)

    @classmethod
    def of(cls, name: str, **parameters: Any) -> TargetSpec:
        """Build from keyword arguments: `TargetSpec.of("ring", num_modes=5)`."""
        return cls(name, tuple(parameters.items()))

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.parameters)

    @property
    def entry(self) -> registry.TargetEntry:
        return registry.TARGETS[self.name]

    @property
    def is_mixture(self) -> bool:
        """Whether the target is a mixture of isotropic Gaussians."""
        return self.entry.is_mixture and self.values.get("cov") is None

    @property
    def dim(self) -> int:
        return registry.dimension(self.name, self.values)

    def to_dict(self) -> dict[str, Any]:
        kinds = self.entry.parameters
        plain = {k: dict(v) if isinstance(kinds[k], NamedNumbers) else v for k, v in self.parameters}
        # Leave out the default, so that problems stored before this parameter existed keep their keys.
        if plain.get("cov", ()) is None:
            del plain["cov"]
        return {"name": self.name, **plain}

    @classmethod
    def from_dict(cls, data: Any) -> TargetSpec:
        if not isinstance(data, Mapping) or "name" not in data:
            raise ValueError(f'`target` must be an object with a "name"; got {checks.brief(data)}.')
        return cls(str(data["name"]), tuple((k, v) for k, v in data.items() if k != "name"))


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of networks and training.

    Attributes:
        width: units per hidden layer.
        depth: number of hidden layers.
        batch_size: collocation points per step; None for a default that depends on the dimension, see `num_points`.
        optimiser: one of `OPTIMISERS`.
        learning_rate: peak learning rate of Adam, which decays over the budget. Gauss–Newton chooses its own step sizes.
        collocation: one of `COLLOCATIONS`.
        start: the density with which the training of a gradient flow starts, one of `STARTS`. A learned curve starts from the linear one
            or, with `survey`, from the same mixture as a gradient flow. The linear curve ignores this setting.

    Raises:
        ValueError: a value is outside its limits.
    """

    width: int = 40
    depth: int = 3
    batch_size: int | None = None
    optimiser: Optimiser = "gauss_newton"
    learning_rate: float = 0.01
    collocation: Collocation = "mixed"
    start: Start = "monte_carlo"

    def __post_init__(self) -> None:
        _set(self, "width", checks.integer("width", self.width, 4, 512))
        _set(self, "depth", checks.integer("depth", self.depth, 1, 8))
        if self.batch_size is not None:
            _set(self, "batch_size", checks.integer("batch_size", self.batch_size, 16, 8192))
        checks.choice("optimiser", self.optimiser, OPTIMISERS)
        _set(self, "learning_rate", checks.number("learning_rate", self.learning_rate, 1e-6, 1.0))
        checks.choice("collocation", self.collocation, COLLOCATIONS)
        checks.choice("start", self.start, STARTS)

    def num_points(self, dim: int) -> int:
        """Collocation points per step. The default is smaller in one dimension, where fewer suffice; the cost of a step grows with the square."""
        return self.batch_size or (400 if dim == 1 else 1000)


@dataclass(frozen=True)
class SamplingSettings:
    """Settings of the ODE solver that carries samples from the latent to the target.

    Attributes:
        solver: one of `SOLVERS`.
        num_steps: number of steps of the fixed-step solver, or the maximum for the adaptive one.

    Raises:
        ValueError: a value is outside its limits.
    """

    solver: Solver = "tsit5"
    num_steps: int = 200

    def __post_init__(self) -> None:
        checks.choice("solver", self.solver, SOLVERS)
        _set(self, "num_steps", checks.integer("num_steps", self.num_steps, 2, 10_000))


@dataclass(frozen=True)
class Problem:
    """A sampling problem: a target, a latent, a curve between them, and how to train and sample it.

    Attributes:
        target: the density to sample.
        interpolation: one of `CURVES`; those in `INTERPOLATIONS` can be trained.
        sigma: scale σ of the latent, in units of x.
        center: centre of the latent, one of `CENTERS`. Centring it on the target makes results independent of the target's position.
        beta_min, beta_max: ends of the gradient flow's noise schedule β(s) = β_min + s (β_max − β_min). If β_max is None, it is
            20, or larger for a target that extends far, since more noise is then needed to reach the latent at t = 0.
        seed: seeds the network's initial parameters, the collocation points and the samples.
        training: settings of networks and training.
        sampling: settings of the ODE solver.

    Raises:
        ValueError: a value is outside its limits; the message names it and the allowed range.
    """

    target: TargetSpec
    interpolation: Curve = "linear"
    sigma: float = 1.0
    center: Center = "origin"
    beta_min: float = 0.1
    beta_max: float | None = None
    seed: int = 0
    training: TrainingSettings = field(default_factory=TrainingSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)

    def __post_init__(self) -> None:
        checks.choice("interpolation", self.interpolation, CURVES)
        _set(self, "sigma", checks.number("sigma", self.sigma, 0.01, 1000.0))
        checks.choice("center", self.center, CENTERS)
        _set(self, "beta_min", checks.number("beta_min", self.beta_min, 1e-3, 10.0))
        if self.beta_max is not None:
            _set(self, "beta_max", checks.number("beta_max", self.beta_max, 1.0, 100.0))
            if self.beta_max < self.beta_min:
                raise ValueError(
                    f"`beta_max` must be at least `beta_min` = {self.beta_min:g}; got {self.beta_max:g}."
                )
        _set(self, "seed", checks.integer("seed", self.seed, 0, 2**31 - 1))

    @property
    def is_local(self) -> bool:
        """Whether the target exists in this process only. Such a problem can be neither stored nor opened elsewhere."""
        return self.target.entry.is_local

    @property
    def latent(self) -> registry.Latent:
        """Kind of the latent: `gaussian`, or the one registered for the target (`laplace` for the Laplace pair)."""
        return "gaussian" if self.interpolation == "gradient_flow" else self.target.entry.latent

    @property
    def key(self) -> str:
        """Digest of the whole problem, 16 hexadecimal digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "target"}
        rest["training"] = asdict(self.training)
        rest["sampling"] = asdict(self.sampling)
        return {"target": self.target.to_dict(), **rest}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_dict(cls, data: Any) -> Problem:
        """Build from plain data as returned by `to_dict`; only `target` is required.

        Raises:
            ValueError: a key is unknown, or a value is outside its limits.
        """
        data = checks.known_keys("A problem", data, [f.name for f in fields(cls)])
        if "target" not in data:
            raise ValueError('A problem needs a `target`, such as {"name": "ring"}.')
        data["target"] = TargetSpec.from_dict(data["target"])
        for name, record in (("training", TrainingSettings), ("sampling", SamplingSettings)):
            if name in data:
                keys = [f.name for f in fields(record)]
                data[name] = record(**checks.known_keys(f"`{name}`", data[name], keys))
        return cls(**data)

    @classmethod
    def from_json(cls, text: str) -> Problem:
        """Parse a problem from JSON.

        Raises:
            ValueError: the text is not JSON, or not a valid problem.
        """
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"The problem is not valid JSON: {error}.") from error
        return cls.from_dict(data)
