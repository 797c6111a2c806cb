"""Publishing on the local network: this machine's address, and its QR code for the terminal."""

from __future__ import annotations

import socket

import segno

# Width of the light border around the code, in modules (the squares of the code). Scanners need it to find the code.
BORDER = 2
# Each character shows two modules, one above the other. Both colours are set, so the code is readable on light and dark terminals.
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_BLACK_ON_WHITE, _RESET = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
# An address reserved for documentation; nothing is sent to it.
_SOMEWHERE = ("192.0.2.1", 9)


def network_address() -> str | None:
    """This machine's address on the network that it uses for outgoing connections; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            # For a datagram socket, connect only selects the network interface.
            trial.connect(_SOMEWHERE)
        except OSError:
            return None
        address = str(trial.getsockname()[0])
    return None if address.startswith(("127.", "0.")) else address


def announcement(url: str, *, colours: bool) -> str:
    """The text for the terminal: the address and its QR code.

    Args:
        url: the lab's address.
        colours: whether the terminal shows colours; without them the code is readable on light terminals only.
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
            "  Everybody's training runs on this machine. Press Ctrl+C to stop.",
        ]
    )


def qr_lines(text: str) -> list[str]:
    """A QR code as lines of text, two rows of modules per line."""
    rows = [
        [bool(module) for module in row] for row in segno.make_qr(text, error="m").matrix_iter(border=BORDER)
    ]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
