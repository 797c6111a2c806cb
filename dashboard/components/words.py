"""The sentences beside the pictures."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def big_number(value: float) -> str:
    """Three digits, and a power of ten where a person would lose count of the zeros: `396`, `1.59·10²⁴`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞"
    if value == 0 or 1e-2 <= abs(value) < 1e4:
        return f"{float(f'{value:.3g}'):g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{float(mantissa):g}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


ABOUT = {
    "linear": (
        "The linear curve fades one energy into the other; where modes are far apart, mass must jump between them, "
        "and the velocity explodes near the end."
    ),
    "learned": (
        "The learned curve bends the linear one by t(1 − t) ψ, so that mass may travel instead of jump."
    ),
    "gradient_flow": (
        "The gradient flow runs the blurring of the target into a Gaussian backwards: "
        "modes part slowly and their mass travels with them."
    ),
    "langevin": (
        "Langevin chains learn nothing: each walks downhill in energy with noise, and rarely crosses between far modes."
    ),
    "all": (
        "Three curves from the same noise to the same target, on one clock: see which of them must hurry, and when."
    ),
}


def velocity_error_caption(share: float, time: float) -> str:
    """What the map of the velocity's error says at a time."""
    return (
        f"How far the learned velocity is from the exact one, |v̂ − v|. At t = {time:.2f} its root mean square is {share:.2g} "
        "of the exact velocity's."
    )


def density_error_caption(time: float | None) -> str:
    """What the map of the log-density's error is, at one time or at all of them."""
    return (
        f"The learned log-density minus the exact one, in nats{_at(time)}: warm where the learned curve holds too much mass, cold where "
        "too little."
    )


def residual_caption(time: float | None) -> str:
    """What the map of the residual is, at one time or at all of them."""
    return (
        f"The residual of the continuity equation, in nats per unit of time{_at(time)}: where it is not zero, the learned velocity does not "
        "carry the curve's density (warm: it brings too little mass; cold: too much; blank: the density is below 10⁻⁶ of its maximum at "
        "that time)."
    )


def _at(time: float | None) -> str:
    return "" if time is None else f", at t = {time:.2f}"
