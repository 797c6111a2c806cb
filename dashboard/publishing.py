"""How a class finds the lab: this machine's address on the local network, and a QR code of it for the terminal."""

from __future__ import annotations

import socket

import segno

# Light modules around the code, without which readers do not find it.
BORDER = 2
# A dark module above or below in half a line each; both colours are given, so that it reads on light and dark terminals alike.
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_BLACK_ON_WHITE, _RESET = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
# An address that is kept for documents: nothing is sent to it.
_SOMEWHERE = ("192.0.2.1", 9)


def network_address() -> str | None:
    """The address of this machine on the network that its connections go out to; None where it is on none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            # Of a datagram socket this only chooses the way out.
            trial.connect(_SOMEWHERE)
        except OSError:
            return None
        address = str(trial.getsockname()[0])
    return None if address.startswith(("127.", "0.")) else address


def announcement(url: str, *, colours: bool) -> str:
    """What the terminal shows: the address, its QR code, and what it means.

    Args:
        url: the lab's address.
        colours: whether the terminal understands colours; without them a reader needs a light terminal.
    """
    lines = qr_lines(url)
    code = [f"  {_BLACK_ON_WHITE}{line}{_RESET}" if colours else f"  {line}" for line in lines]
    return "\n".join(
        [
            "",
            f"  Open to everybody on the local network: {url}",
            "",
            *code,
            "",
            "  Training runs on this machine, for all of them. Stop with Ctrl+C.",
        ]
    )


def qr_lines(text: str) -> list[str]:
    """A QR code as lines of text, two rows of modules in each."""
    rows = [
        [bool(module) for module in row] for row in segno.make_qr(text, error="m").matrix_iter(border=BORDER)
    ]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
