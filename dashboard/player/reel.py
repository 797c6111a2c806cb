"""The reel: binary format in which the player receives its curves, quantised for drawing. Needs NumPy only.

    header length (u32, little endian) · JSON header · zeros up to a multiple of 8 · buffers, each on a multiple of 8

The header describes every panel. Under `arrays` it describes every buffer: name, type, shape, and offset from the first buffer. Arrays are
named by panel, role and content: `0.exact.density`, `0.course.1.density`. Unknown values are NaN, or the markers `NAN8` and `NAN16`
in integer types.
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

from core.arrays import Array
from core.pictures.frames import Frames
from core.reference.exact_distance import Transport

# The largest integer of a type marks an unknown value. The next smaller integer encodes the largest value.
NAN8, NAN16 = 255, 65535
# Maximum number of arrows per axis in two dimensions; in one dimension the velocity is sent at all points. The player draws as many as
# fit, and more when zoomed in.
ARROWS = 41
# The same for coarse reels, of which a handout contains many.
COARSE_ARROWS = 21
# Velocities up to this size fit into half precision.
MOST_HALF = 6e4
# Particles are quantised in the grid's box, extended by this fraction of its size on every side; those outside are not drawn.
MARGIN = 0.5
ALIGNMENT = 8


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The picture of a training run at one moment.

    Attributes:
        frames: its frames.
        step: steps taken so far.
        seconds: training time so far.
    """

    frames: Frames
    step: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel of the player.

    Attributes:
        key: unique in the reel, and the same in every rerun.
        method: a key of `core.problem.CURVES`, or a sampler; sets the colour.
        title: a few words.
        exact: exact frames; None if there are none.
        course: pictures during training, oldest first; empty before training. The player keeps earlier pictures of the same run, so sending
            only the newest suffices.
        badge: label of the picture, such as `learned · 120 steps, 9.8 s`.
        stale: whether the result is for other settings than the current ones.
        run: identifies the training run, so that the player never mixes pictures of two runs.
        transport: action and W₂² of the exact curve, if computed on the server.
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


def pack(panels: Sequence[Panel], options: Mapping[str, Any] | None = None, *, coarse: bool = False) -> bytes:
    """Encode panels as bytes.

    Args:
        panels: at least one panel.
        options: further plain values for the player, stored under `options` in the header.
        coarse: whether fewer arrows suffice.
    """
    arrays: dict[str, Array] = {}
    encoded = [_encode_panel(panel, str(i), arrays, coarse) for i, panel in enumerate(panels)]
    places, body = _lay_out(arrays)
    header = {"version": 1, "panels": encoded, "arrays": places, "options": dict(options or {})}
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    start = struct.pack("<I", len(text)) + text
    return start + b"\0" * (-len(start) % ALIGNMENT) + body


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Decode a reel; returns its header, and its arrays by name, still quantised.

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


def _encode_panel(panel: Panel, name: str, arrays: dict[str, Array], coarse: bool) -> dict[str, Any]:
    course = [
        {"step": c.step, "seconds": c.seconds, **_encode(c.frames, f"{name}.course.{i}", arrays, coarse)}
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
        "exact": None if panel.exact is None else _encode(panel.exact, f"{name}.exact", arrays, coarse),
        "course": course,
    }


def _encode(frames: Frames, name: str, arrays: dict[str, Array], coarse: bool) -> dict[str, Any]:
    """Header entry of frames; adds their quantised arrays to `arrays`."""
    box, most = _box(frames), COARSE_ARROWS if coarse else ARROWS
    parts = {
        "times": frames.times,
        "kinetic_energy": frames.kinetic_energy,
        "max_speed": frames.largest_speed,
        "seen_speed": frames.seen_speed,
        **quantised_density(frames),
        **_velocity(frames, most),
        "particles": quantised_particles(frames.particles, box),
    }
    for key in ("mode_mass", "particle_mass"):
        if (values := getattr(frames, key)) is not None:
            parts[key] = values.astype(np.float32)
    arrays |= {f"{name}.{key}": np.ascontiguousarray(values) for key, values in parts.items()}
    axes = [[float(axis[0]), float(axis[-1]), len(axis)] for axis in frames.axes]
    entry = {"name": name, "source": frames.source, "dim": frames.dim, "axes": axes, "box": box.tolist()}
    if frames.dim > 1:
        entry["arrow_places"] = [arrow_places(len(axis), most).tolist() for axis in frames.axes]
    return entry


def quantised_density(frames: Frames) -> dict[str, Array]:
    """Quantise `√(density / density_max)`, with `density_max` (T,) the maximum of each frame: 16 bits in one dimension, 8 in two.

    The square root gives small densities more levels, where a picture needs them.
    """
    kind, marker = (np.uint8, NAN8) if frames.dim > 1 else (np.uint16, NAN16)
    flat = frames.density.reshape(len(frames.times), -1).astype(float)
    known = np.isfinite(flat)
    top = np.where(known, flat, 0.0).max(1)
    share = np.where(known, flat, 0.0) / np.where(top > 0, top, 1.0)[:, None]
    levels = np.where(known, np.rint(np.sqrt(share.clip(0, 1)) * (marker - 1)), marker)
    return {"density": levels.astype(kind).reshape(frames.density.shape), "density_max": top}


def quantised_particles(particles: Array, box: Array) -> Array:
    """Quantise positions in the box (dim, 2) to 16 bits; failed particles and those outside are `NAN16`."""
    share = (particles - box[:, 0]) / (box[:, 1] - box[:, 0])
    seen = (np.isfinite(share) & (share >= 0) & (share <= 1)).all(-1, keepdims=True)
    return np.where(seen, np.rint(np.where(seen, share, 0.0) * (NAN16 - 1)), NAN16).astype(np.uint16)


def arrow_places(count: int, most: int = ARROWS) -> NDArray[np.intp]:
    """Indices on an axis at which at most `most` arrows are drawn: evenly spaced, with equal margins at both ends."""
    step = math.ceil(count / most)
    return np.arange((count - 1) % step // 2, count, step, dtype=np.intp)


def _fits_half(frames: Frames) -> bool:
    """Whether all velocities that a picture shows fit into half precision."""
    seen = frames.seen_speed
    return bool((seen[np.isfinite(seen)] < MOST_HALF).all())


def _velocity(frames: Frames, most: int) -> dict[str, Array]:
    """Encode `velocity` in one dimension; in two, `log_speed` (log₁₀, float16) and `direction` (256ths of a turn) of arrows.

    Args:
        frames: the frames.
        most: number of arrows per axis.
    """
    if not frames.has_velocity:
        return {}
    if frames.dim == 1:
        kind = np.float16 if _fits_half(frames) else np.float32
        # Far in the tails, an exact velocity may exceed the range of the type.
        top = float(np.finfo(kind).max)
        return {"velocity": np.clip(frames.velocity[..., 0], -top, top).astype(kind)}
    first, second = (arrow_places(len(axis), most) for axis in frames.axes)
    chosen = frames.velocity[:, first][:, :, second]
    with np.errstate(divide="ignore"):
        size = np.log10(np.hypot.reduce(np.abs(chosen), axis=-1))
    turn = np.arctan2(chosen[..., 1], chosen[..., 0]) / (2 * np.pi) % 1
    direction = np.rint(np.nan_to_num(turn) * 256) % 256
    return {"log_speed": size.clip(-300, 300).astype(np.float16), "direction": direction.astype(np.uint8)}


def _box(frames: Frames) -> Array:
    """(dim, 2) lower and upper ends of the box in which particles are quantised."""
    ends = np.array([[axis[0], axis[-1]] for axis in frames.axes], dtype=float)
    return ends + np.array([-MARGIN, MARGIN]) * (ends[:, 1:] - ends[:, :1])


def _lay_out(arrays: Mapping[str, Array]) -> tuple[dict[str, Any], bytes]:
    """Concatenate the arrays; returns the place of each, and the bytes. Equal arrays share one place."""
    places, parts, offset = {}, list[bytes](), 0
    placed = dict[tuple[str, bytes], int]()
    for name, array in arrays.items():
        content = array.tobytes()
        at = placed.setdefault((array.dtype.str, content), offset)
        places[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": at}
        if at == offset:
            padded = content + b"\0" * (-len(content) % ALIGNMENT)
            parts.append(padded)
            offset += len(padded)
    return places, b"".join(parts)
