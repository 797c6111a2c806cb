"""A worker process of a sweep: reads tasks from its input, one per line, and writes the results to its output.

When the input closes, the sweep is over and the process exits at once.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading

import torch

from core.jobs import wire
from core.jobs.worker import yield_to_others
from core.sweep.engine import Reply, reply_to


def send(reply: Reply) -> None:
    """Write one message for the contents of each file, then one for the facts."""
    facts, contents = reply
    output = sys.stdout.buffer
    for name, content in contents.items():
        if len(content) <= wire.MOST_BYTES:
            wire.write(output, wire.Message("picture", {"name": name}, content))
    wire.write(output, wire.Message("end", facts))


def _read(lines: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def main() -> None:
    """Compute one task after another. The first argument of the command line is the number of compute threads."""
    # Ctrl+C in a terminal reaches all processes, but the sweep itself ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield_to_others()
    torch.set_num_threads(int(sys.argv[1]))
    lines = queue.SimpleQueue[str]()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    while True:
        send(reply_to(json.loads(lines.get())))


if __name__ == "__main__":
    main()
