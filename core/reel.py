"""The reel: several curves as one blob of bytes, small enough to be sent at once and exact enough to be looked at. Needs NumPy only.

    header length (u32, little endian) · JSON header · zeros up to a multiple of 8 · buffers, each on a multiple of 8

The header tells of every panel, and under `arrays` of every buffer: name, type, shape, offset from the first of them. An answer's
arrays are named `0.exact.density`, `0.course.1.density`: panel, what it is, array. What is not known is told by a marker
(`NAN8`, `NAN16`) where the type has no NaN of its own.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.frames import Array, Frames

# The largest integer of a type says that a value is not known; the one below it is the largest value.
NAN8, NAN16 = 255, 65535
# Arrows on each axis of the plane, at most; on the line the velocity is sent at all points. The player draws as many as there is room
# for, more when it is zoomed.
ARROWS = 41
# Particles are placed in the grid's box, made larger by this share of its size on every side; farther out they are lost to sight.
MARGIN = 0.5
ALIGNMENT = 8


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a run looked like at one moment.

    Attributes:
        frames: as it was rendered then.
        step: steps taken by then.
        seconds: of training by then.
    """

    frames: Frames
    step: int
    seconds: float


@dataclass(frozen=True)
class Transport:
    """What a curve costs, beside the least that any curve between its ends costs; the player computes what is None where it can.

    Attributes:
        action: ∫‖v_t‖² dt, in squared units of x per unit of time.
        w2_squared: W₂² of latent and target, in squared units of x.
        w2_uncertainty: its standard deviation, where it comes from samples.
    """

    action: float | None = None
    w2_squared: float | None = None
    w2_uncertainty: float | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """One curve as the player shows it.

    Attributes:
        key: unique in the reel, and the same in every rerun.
        method: a key of `core.problem.CURVES`, or `langevin`: its colour and default title.
        title: a few words.
        exact: what is known exactly; None where nothing is.
        course: of training, oldest first; empty before training. The player keeps those that it has seen of the same run, so
            the newest is enough.
        badge: what is shown, e.g. `learned · 120 steps, 9.8 s`.
        stale: the controls have moved on since it was trained.
        run: tells runs apart, so that checkpoints of one never stand for another's.
        transport: of the exact curve, where it is computed on the server.
    """

    key: str
    method: str
    title: str
    exact: Frames | None
    course: tuple[Checkpoint, ...]
    badge: str
    stale: bool = False
    run: str = ""
    transport: Transport | None = None


def pack(panels: Sequence[Panel], options: Mapping[str, Any] | None = None) -> bytes:
    """The blob.

    Args:
        panels: one to four.
        options: further plain values for the player, under `options` of the header.
    """
    arrays: dict[str, Array] = {}
    told = [_tell_panel(panel, str(i), arrays) for i, panel in enumerate(panels)]
    places, body = _lay_out(arrays)
    header = {"version": 1, "panels": told, "arrays": places, "options": dict(options or {})}
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    start = struct.pack("<I", len(text)) + text
    return start + b"\0" * (-len(start) % ALIGNMENT) + body


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays by name, as they were sent.

    Raises:
        ValueError: the bytes are not a reel.
    """
    try:
        (length,) = struct.unpack_from("<I", blob)
        header = json.loads(blob[4 : 4 + length])
        begin = 4 + length + -(4 + length) % ALIGNMENT
        arrays = {
            name: np.frombuffer(blob, place["dtype"], math.prod(place["shape"]), begin + place["offset"])
            .reshape(place["shape"])
            for name, place in header["arrays"].items()
        }  # fmt: skip
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"These bytes are not a reel: {error}.") from error
    return header, arrays


def _tell_panel(panel: Panel, name: str, arrays: dict[str, Array]) -> dict[str, Any]:
    course = [
        {"step": c.step, "seconds": c.seconds, **_tell(c.frames, f"{name}.course.{i}", arrays)}
        for i, c in enumerate(panel.course)
    ]
    return {
        "key": panel.key,
        "method": panel.method,
        "title": panel.title,
        "badge": panel.badge,
        "stale": panel.stale,
        "run": panel.run,
        "transport": None if panel.transport is None else asdict(panel.transport),
        "exact": None if panel.exact is None else _tell(panel.exact, f"{name}.exact", arrays),
        "course": course,
    }


def _tell(frames: Frames, name: str, arrays: dict[str, Array]) -> dict[str, Any]:
    """What the header says of an answer; its arrays are added to the others."""
    box = _box(frames)
    parts = {
        "times": frames.times,
        "kinetic_energy": frames.kinetic_energy,
        "max_speed": frames.largest_speed,
        "seen_speed": frames.seen_speed,
        **quantised_density(frames),
        **_velocity(frames),
        "particles": quantised_particles(frames.particles, box),
    }
    for key in ("mode_mass", "particle_mass"):
        if (values := getattr(frames, key)) is not None:
            parts[key] = values.astype(np.float32)
    arrays |= {f"{name}.{key}": np.ascontiguousarray(values) for key, values in parts.items()}
    axes = [[float(axis[0]), float(axis[-1]), len(axis)] for axis in frames.axes]
    told = {"name": name, "source": frames.source, "dim": frames.dim, "axes": axes, "box": box.tolist()}
    if frames.dim > 1:
        told["arrow_places"] = [arrow_places(len(axis)).tolist() for axis in frames.axes]
    return told


def quantised_density(frames: Frames) -> dict[str, Array]:
    """`density`, the square root of its share of the frame's maximum `density_max` (T,): 8 bits in the plane, 16 on the line.

    The square root spends the levels on small densities, where a picture needs them.
    """
    kind, marker = (np.uint8, NAN8) if frames.dim > 1 else (np.uint16, NAN16)
    flat = frames.density.reshape(len(frames.times), -1).astype(float)
    known = np.isfinite(flat)
    top = np.where(known, flat, 0.0).max(1)
    share = np.where(known, flat, 0.0) / np.where(top > 0, top, 1.0)[:, None]
    levels = np.where(known, np.rint(np.sqrt(share.clip(0, 1)) * (marker - 1)), marker)
    return {"density": levels.astype(kind).reshape(frames.density.shape), "density_max": top}


def quantised_particles(particles: Array, box: Array) -> Array:
    """Places in the box (dim, 2) in 16 bits; lost ones, and those outside, are `NAN16`."""
    share = (particles - box[:, 0]) / (box[:, 1] - box[:, 0])
    seen = (np.isfinite(share) & (share >= 0) & (share <= 1)).all(-1, keepdims=True)
    return np.where(seen, np.rint(np.where(seen, share, 0.0) * (NAN16 - 1)), NAN16).astype(np.uint16)


def arrow_places(count: int) -> NDArray[np.intp]:
    """The indices of an axis at which arrows stand, evenly spaced and as far from its ends."""
    step = math.ceil(count / ARROWS)
    return np.arange((count - 1) % step // 2, count, step, dtype=np.intp)


def _velocity(frames: Frames) -> dict[str, Array]:
    """On the line `velocity` in float32; in the plane the `log_speed` (log₁₀, float16) and `direction` (256ths of a turn) of arrows."""
    if not frames.has_velocity:
        return {}
    if frames.dim == 1:
        # An exact velocity may be larger in the tails than float32 can say.
        return {"velocity": np.clip(frames.velocity[..., 0], -3e38, 3e38).astype(np.float32)}
    chosen = frames.velocity[:, arrow_places(len(frames.axes[0]))][:, :, arrow_places(len(frames.axes[1]))]
    with np.errstate(divide="ignore"):
        size = np.log10(np.hypot.reduce(np.abs(chosen), axis=-1))
    turn = np.arctan2(chosen[..., 1], chosen[..., 0]) / (2 * np.pi) % 1
    direction = np.rint(np.nan_to_num(turn) * 256) % 256
    return {"log_speed": size.clip(-300, 300).astype(np.float16), "direction": direction.astype(np.uint8)}


def _box(frames: Frames) -> Array:
    """(dim, 2) where particles are told."""
    ends = np.array([[axis[0], axis[-1]] for axis in frames.axes], dtype=float)
    return ends + np.array([-MARGIN, MARGIN]) * (ends[:, 1:] - ends[:, :1])


def _lay_out(arrays: Mapping[str, Array]) -> tuple[dict[str, Any], bytes]:
    """Where each array lies, and all of them in a row."""
    places, parts, offset = {}, [], 0
    for name, array in arrays.items():
        content = array.tobytes()
        padding = -len(content) % ALIGNMENT
        places[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        parts += [content, b"\0" * padding]
        offset += len(content) + padding
    return places, b"".join(parts)
