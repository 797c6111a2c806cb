"""Messages between a worker and its owner: a line of JSON that tells the size of the bytes that follow it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, Any

# Packed frames are far smaller; a broken stream shall not make the owner reserve memory without end.
MOST_BYTES = 64 * 2**20
# Of one line to a worker; no JSON has it.
BETWEEN_REQUESTS = "\t"


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: `progress`, `picture`, `exact` or `end`.
        data: plain values.
        body: packed Frames, or nothing.
        run: which of the worker's runs it is about, counted from 0.
    """

    kind: str
    data: dict[str, Any]
    body: bytes = b""
    run: int = 0


def write(stream: IO[bytes], message: Message) -> None:
    """Writes one message."""
    head = {"kind": message.kind, "run": message.run, "data": message.data, "size": len(message.body)}
    stream.write(json.dumps(head).encode() + b"\n" + message.body)
    stream.flush()


def read(stream: IO[bytes]) -> Message | None:
    """The next message; None when the stream has ended, in the middle of a message too."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    if not 0 <= head["size"] <= MOST_BYTES:
        raise ValueError(f"A message of {head['size']} bytes is not to be believed.")
    body = stream.read(head["size"])
    return Message(head["kind"], head["data"], body, head["run"]) if len(body) == head["size"] else None
