"""Apply a worker's messages to its runs."""

from __future__ import annotations

from dataclasses import replace

from core.jobs.records import Run
from core.jobs.view import Picture
from core.jobs.wire import Message
from core.pictures.frames import Frames
from core.results.report import Report

# Larger checkpoints are not kept, because the server holds the trained curves of all recent runs in memory. A network of the default
# size takes 0.1 MB.
MOST_CHECKPOINT_BYTES = 8_000_000


def picture_of(message: Message, last: Picture | None) -> Picture | None:
    """Unpack the picture in a message.

    Args:
        message: a message from the worker.
        last: the run's last picture, to which an `exact` message adds the exact velocity.

    Returns:
        The picture; None for messages without one.

    Raises:
        ValueError, KeyError, TypeError: the message is invalid.
    """
    data = message.data
    if message.kind == "exact" and last is not None:
        return replace(last, exact=Frames.unpack(message.body))
    if message.kind != "picture":
        return None
    frames, report = Frames.unpack(message.body), Report.from_dict(data["report"])
    return Picture(frames, report, data["step"], data["seconds"])


def apply(message: Message, run: Run, picture: Picture | None) -> None:
    """Update a run from a message.

    Args:
        message: a message from the run's worker.
        run: the run to update.
        picture: the message's picture, unpacked beforehand because unpacking takes longer than the lock should be held.

    Raises:
        KeyError, TypeError: the message is invalid.
    """
    data = message.data
    if message.kind == "progress":
        value = data.get("loss", data.get("acceptance"))
        point = () if value is None else ((data["seconds"], value),)
        run.update(
            status="training" if data["status"] == "training" else "measuring",
            step=data["step"],
            seconds=data["seconds"],
            progress=data["progress"],
            facts=data,
            curve=(*run.view.curve, *point),
        )
    elif message.kind == "checkpoint":
        # Checkpoints before the end of a run are for the recorder only.
        if data.get("status") != "training" and len(message.body) <= MOST_CHECKPOINT_BYTES:
            run.update(checkpoint=message.body)
    elif picture is not None:
        measured = picture.ess if message.kind == "picture" else None
        run.update(picture=picture, ess=(*run.view.ess, *([measured] if measured else [])))
    else:
        run.update(status=data["status"], error=data.get("error", ""))
