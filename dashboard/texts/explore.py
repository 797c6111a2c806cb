"""Texts of the Explore page."""

from __future__ import annotations

from collections.abc import Sequence

ABOUT_PAGE = "How do you sample from a density when you only know its energy? Move simple noise to it, and watch which route breaks."

# What the reader sees for each choice of "Interpolation", and why it matters.
_ABOUT = {
    "linear": (
        "The linear curve blends the latent's energy into the target's. If the modes are far apart, mass must jump between them near the "
        "end, so the velocity explodes."
    ),
    "learned": (
        "The learned curve adds a trained correction, t(1 − t) ψ, to the energy of the linear curve, so mass can travel instead of jump. "
        "Training starts with ψ = 0, from the linear curve: press *Train* to see it bend."
    ),
    "gradient_flow": (
        "Noise blurs the target until it is a Gaussian; the gradient flow plays this backwards. Its modes separate slowly and take their mass "
        "along."
    ),
    "all": (
        "Three curves lead from the same noise to the same target. Play them together and see which one has to hurry, and when."
    ),
}

# What to try where the target has a mode separation.
_TRY = {
    "linear": "Increase the mode separation and watch ‖v‖² near t = 1.",
    "gradient_flow": "Increase the mode separation and see that ‖v‖² stays small.",
}


def about(method: str, *, has_separation: bool) -> str:
    """What the reader sees, why it matters, and what to try."""
    return " ".join([_ABOUT[method], *([_TRY[method]] if has_separation and method in _TRY else [])])


# Tooltips of the controls.
EXAMPLES = "Ready-made problems with saved results."
TARGET = "The density to sample. Training only evaluates its energy."
INTERPOLATION = "The curve of densities from the latent (t = 0) to the target (t = 1)."
SIGMA = "Width of the latent, the Gaussian noise at t = 0. A wide latent reaches far modes."
# Modes of a typed energy whose masses are listed.
MOST_MASSES = 6
ENERGY = (
    "The energy is minus the log of the density, up to a constant. Write x in one dimension, x1 and x2 in two, and * for every product. "
    "Functions: exp, log, sqrt, abs, sin, cos, tan, tanh, sinh, cosh, softplus, min, max, logsumexp, where(x1 < 0, a, b), "
    "sum(i, 1, d, x[i]**2). Any other name is a parameter and gets a slider."
)
LINE_FORMULA = "(x**2 - 2*a)**2/2"
MANY_FORMULA = "sum(i, 1, d, 2*(x[i]**2 - 1)**2) - x1/4"
SPACE = "Number of coordinates. In the formula, write x in one dimension, x1 and x2 in two, and x1 to xd in d dimensions. Sums can use x[i]."
PARAMETER = "A parameter of the formula. A link can set a value outside the range of this slider."
FIXED_MODES = "The modes of this target cannot be moved apart."

# Tooltips under "More settings".
CENTER = "Centre of the latent. Centring it on the target makes results independent of the target's position."
SECONDS = "Training time. If all three curves are trained, they share it."
SEED = "Seed of the random numbers. Runs with the same settings and seed start from the same noise."
OPTIMISER = "Gauss–Newton makes good progress in a few hundred steps. Adam is there for comparison."
LEARNING_RATE = (
    "Initial step size of Adam, which shrinks during the run. Gauss–Newton chooses its own step size."
)
WIDTH = "Units in each hidden layer."
DEPTH = "Number of hidden layers."
COLLOCATION = (
    "How training chooses the points (t, x) at which it reduces the residual of the continuity equation."
)
SOLVER = "The method that moves samples along the velocity from t = 0 to t = 1."
NUM_STEPS = "Steps of the fixed-step solver, or the largest number of steps of the adaptive solver."
BETA_MAX = "The largest rate at which the gradient flow adds noise. A larger β brings its start closer to the latent. Leave empty for an automatic choice."
START = (
    "The density of the gradient flow before training; the network learns a correction to it. If this is the Gaussian mixture, the learned "
    "curve starts from it, too, and no mass has to teleport from a narrow latent."
)


def batch_size(on_the_line: int, elsewhere: int) -> str:
    """The tooltip of "Points per step"."""
    return f"Number of points (t, x) in each training step. Leave empty for {on_the_line} in one dimension and {elsewhere} in more."


IN_SETTINGS = " under “More settings”"


def correct(fields: str, place: str) -> str:
    """The message above the pictures while some fields are invalid."""
    return f"Correct {fields}{place}. Until then, the pictures show the last valid settings."


# Undo, Reset, Share.
UNDO = "Undo the last change."
RESET = "Return to all defaults. You can undo this."
RESET_LESSON = "Return to the settings of this lesson's link. You can undo this."
SHARE_CONTROLS = (
    "Choose the controls that the link shows. The others are hidden and keep their current values."
)
SHARE_LINK = "This link opens the view in any browser that can reach this server. Pinned runs stay available; other runs only for a while, and at most until the server restarts."


def invitation(num_curves: int, seconds: float) -> str:
    """The sentence about what Train does. `seconds` is 0 while the settings are invalid."""
    if not seconds:
        return "*Train* fits a network on the server."
    if num_curves > 1:
        return f"*Train* fits all {'three' if num_curves == 3 else num_curves} curves on the server; they share {seconds:g} s."
    return f"*Train* fits this curve on the server, for {seconds:g} s."


PRIVATE_RUN = "The run in this link is not pinned, so only the browser that trained it can still open it. Press *Train* to repeat the run."


def resume(num_runs: int) -> str:
    """The tooltip of Resume."""
    if num_runs == 1:
        return "Continue the run from its last checkpoint, for the time that is left."
    return f"Continue {num_runs} runs from their last checkpoints, for the time that is left."


def computed(when: str) -> str:
    """A note that the shown results come from earlier runs of the same problem."""
    return f"Computed on {when}. *Train again* starts a new run."


LOST_RUN = "The server no longer has the run in this link. Press *Train* to repeat it."
OTHER_OWNER = "Only the browser that started this run can stop it. It ends by itself."
OTHER_VIEWERS = "Other people are watching this run, so *Stop* ends it only for you."
SOLVING = "Computing exactly …"
OLD_RUN = "A run with other settings is in progress. Its samples, metrics and maps appear when it ends."


def train_first(num_curves: int, has_pictures: bool) -> str:
    """The sentence about what Train adds to the page."""
    curves = "each curve" if num_curves > 1 else "this curve"
    seen = "Samples and metrics appear here." if has_pictures else "The first two coordinates are shown."
    return f"Press *Train* to learn and score {curves}. {seen}"


# Comparison methods: samplers that need no curve and no training.
COMPARE_WITH = "Run a standard sampler on the same target. It starts from the same noise and runs for as long as each curve trains."


def comparison_offer(title: str, outdated: bool) -> str:
    """The offer to run a comparison, before its first run or after the settings have changed."""
    if outdated:
        return f"**{title}** ran with other settings. Run it again to compare it with these curves."
    return f"**{title}** has not run for these settings yet. Run it to see its samples beside the curves."


# Below the player.
def samples_caption(count: int, is_weighted: bool, has_exact: bool) -> str:
    """The caption below the histograms."""
    unweighted = " before reweighting" if is_weighted else ""
    return f"Bars: {count} samples{unweighted}. {'Line: the exact density of the target.' if has_exact else ''}".strip()


def outdated_caption(problem: str) -> str:
    """The addition to a caption whose numbers belong to other settings."""
    return f"Outdated: these numbers belong to {problem}."


def saved_caption(origin: str) -> str:
    """The caption of a saved run: where the run comes from."""
    return f"{origin} Press *Train* to repeat it."


DOWNLOAD = (
    "The file contains all coordinates x of the samples, and log_weight, the log of their importance weights."
)
DOWNLOAD_CHAINS = "The file contains all coordinates x of the samples. Chains have no importance weights, so log_weight is NaN."
DOWNLOAD_EQUAL = "The file contains all coordinates x of the samples. All have equal weights, so each log_weight is the estimate of log Z."
DOWNLOAD_UNKNOWN = "The file contains all coordinates x of the samples. Their weights were not saved, so log_weight is NaN; press Train to get them."


# Maps and charts.
def velocity_error_caption(fraction: float, time: float) -> str:
    """The caption of the map of the velocity's error at a time."""
    return f"Error of the learned velocity, |v̂ − v|. At t = {time:.2f}, its root mean square is {fraction:.2g} times that of the exact velocity."


def density_error_caption(time: float | None) -> str:
    """The caption of the map of the log-density's error, at one time or at all times."""
    return f"Learned minus exact log-density, in nats{_at(time)}. Warm colours: the learned curve has too much mass here; cold colours: too little."


def residual_caption(time: float | None) -> str:
    """The caption of the map of the residual, at one time or at all times."""
    return (
        f"Residual of the continuity equation, in nats per unit of time{_at(time)}. Where it is not zero, the learned velocity does not fit the "
        "learned density. Warm colours: it brings too little mass; cold colours: too much. The map is blank where the density is below 10⁻⁶ of "
        "its maximum."
    )


def _at(time: float | None) -> str:
    return "" if time is None else f", at t = {time:.2f}"


LOSS = "Each point is the mean loss over a quarter of a second."


def spent(start: str, cost: str, is_trained: bool) -> str:
    """The caption below the charts of a run.

    Args:
        start: what training started from; empty where unknown.
        cost: energy calls and steps a second; empty where unknown.
        is_trained: False for samplers.
    """
    parts = [
        LOSS if is_trained else "",
        f"Training started from {start}." if start else "",
        f"Cost: {cost}." if cost else "",
    ]
    return " ".join(part for part in parts if part)


# The numbers of a sampler, by their names in its result.
SAMPLER_FACTS = {
    "chains": "Chains",
    "step_size": "Step size",
    "levels": "Times along the curve",
    "moves": "Moves at each time",
    "particles": "Points",
    "distinct_ancestors": "Distinct ancestors",
    "points": "Points",
    "effective_points": "Effective points",
    "systems": "Systems of chains",
    "round_trips": "Round trips",
    "live_points": "Live points",
    "converged": "Converged",
    "log_z_error_estimate": "Standard error of log Z",
}
_TOLD = {
    "gradient": "the energy's gradient",
    "latent": "the latent",
    "scale": "the target's scale",
    "box": "the target's box",
}


def uses(names: Sequence[str]) -> str:
    """A phrase about what a sampler uses besides the energy; empty if unknown."""
    parts = [_TOLD.get(name, name) for name in names]
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Uses the energy, {listed}." if len(parts) > 1 else f"Uses the energy and {listed}."


# The switch between raw, reweighted and corrected samples of a learned curve.
SAMPLES = "Samples"
SAMPLES_HELP = (
    "Raw: samples of the latent, moved by the learned velocity. Reweighted: the same samples with importance weights. Corrected: samples moved "
    "again, with resampling and random moves on the way. Correcting repairs mode masses, but takes more energy calls."
)


def raw_note(count: int) -> str:
    """The note on the raw samples: what they are."""
    return f"{count} samples carried by the learned velocity."


def reweighted_note(effective: float) -> str:
    """The note on the reweighted samples: what they are, and their price."""
    return f"The same samples with their importance weights. Together they are worth {effective:.0f} independent samples. Reweighting takes no further energy calls."


NO_WEIGHTS = "These samples have no importance weights, so they cannot be reweighted. Press *Train* to get samples with weights."
NO_CURVE = "This saved result does not include its trained curve, so its samples cannot be corrected. Press *Train* first."
NOTHING_KEPT = "This run left no trained curve to correct: it failed, or its network is too large for the server to keep."
STILL_TRAINING = "You can correct the samples when this run ends."
CORRECT_AGAIN = "The last correction was stopped before it produced any samples."


def corrected_note(cost: str, training: str, *, is_stopped: bool) -> str:
    """The note on the corrected samples: what they cost, in addition to the training before."""
    start = "Stopped early. " if is_stopped else ""
    return f"{start}Samples moved again, with resampling and random moves on the way. The correction took {cost}; training took {training}."


def saved_sampler(calls: str) -> str:
    """The badge of a saved run of a classic sampler."""
    return f"saved result · {calls} energy calls"


# Notes below the player.
def rough_note(change: float) -> str:
    """The note that the solver's grid in the plane is coarse for this target."""
    return f"The linear curve is computed on a grid. Halving the grid's resolution changes its kinetic energy by up to {change:.0%}, so the value is approximate."


def leftover_note(kept: float, distance: float) -> str:
    """The note that the gradient flow differs from the latent at t = 0: the target is still visible in it."""
    return (
        f"The gradient flow does not start exactly at the latent: at t = 0, {kept:.2%} of every distance in the target remains, here up "
        f"to {distance:.2g}. To start closer, increase *Largest β* under *More settings*."
    )


def ends_note(*, all_curves: bool) -> str:
    """The note that only the densities at t = 0 and t = 1 are known exactly."""
    you = "You" if all_curves else "Where the badge says “exact at t = 0 and t = 1”, you"
    return (
        f"{you} see the exact latent at t = 0 and the exact target at t = 1, in their first two coordinates. For the curve in between, no exact "
        "solution is known; press *Train* to learn it."
    )


FAR_LATENT = (
    "The latent does not lie among the target's modes, so the linear curve may have to teleport mass from near modes to far ones. "
    "Under *More settings*, set *Latent's centre* to the middle of the target's box."
)


def found_properties(num_modes: int) -> str:
    """What is found about a typed energy in more than two dimensions, and what stays unknown."""
    modes = "one mode" if num_modes == 1 else f"{num_modes} modes"
    return (
        f"Found by gradient descent: {modes}. Unknown in more than two dimensions: log Z, exact samples and the masses of the modes; "
        "scores that need them are shown as unknown."
    )


def computed_properties(log_z: float, error: float, weights: list[float], box: str, tails: str) -> str:
    """The facts that are computed about a typed energy: log Z with its error, the masses of its modes, and its box.

    Args:
        log_z, error: log Z and its error.
        weights: masses of the modes.
        box: the box, as text.
        tails: a sentence about the mass in the box if the tails are heavy; otherwise empty.
    """
    shown = ", ".join(f"{weight:.0%}" for weight in weights[:MOST_MASSES])
    more = ", …" if len(weights) > MOST_MASSES else ""
    modes = "one mode" if len(weights) == 1 else f"{len(weights)} modes with {shown}{more} of the mass"
    precision = f" ± {error:.0e}" if error > 1e-8 else ""
    where = f"the box is {box}. {tails}" if tails else f"nearly all mass lies in {box}."
    return f"Computed from the formula: log Z = {log_z:.4f}{precision}; {modes}; {where}"
