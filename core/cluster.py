"""Connect to a Dask cluster, if its address is safe.

Dask sends pickled objects, and whoever can connect to a scheduler can run code on its workers and on its clients. So the scheduler must be on
this machine, or use TLS with certificates.
"""

from __future__ import annotations

import importlib.util
import ipaddress
from typing import Any
from urllib.parse import urlsplit

# Environment variable with the address of a scheduler. If it is set, the app sends its runs to that cluster.
VARIABLE = "BOLTZMANN_SCHEDULER"
INSTALL = "Dask is not installed; `pip install dask distributed` adds it."


def is_installed() -> bool:
    """Whether Dask's packages are installed."""
    return importlib.util.find_spec("distributed") is not None


def checked_address(text: str) -> str:
    """Check that a scheduler's address is `tls://HOST:PORT`, or `tcp://HOST:PORT` on this machine; returns the address.

    Raises:
        ValueError: it is neither.
    """
    form = f"A scheduler's address looks like tcp://127.0.0.1:8786 or tls://HOST:8786; got {text[:80]!r}."
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(form) from None
    if parts.scheme not in ("tcp", "tls") or not host or port is None:
        raise ValueError(form)
    if parts.scheme == "tcp" and not _is_loopback(host):
        raise ValueError(
            f"`{text}` is neither on this machine nor encrypted, and whoever reaches a Dask scheduler can run code on its machines. "
            "Use tcp://127.0.0.1:PORT or tls://HOST:PORT; see docs/deploying.md."
        )
    return text


def connect(cluster: Any, seconds: float) -> Any:
    """Connect to a cluster; returns Dask's client.

    Args:
        cluster: address of a scheduler, or Dask's object for a cluster that this process has started.
        seconds: how long to wait for the connection.

    Raises:
        ValueError: the address is not allowed, or the scheduler cannot be reached.
    """
    if isinstance(cluster, str):
        checked_address(cluster)
    from distributed import Client

    try:
        return Client(cluster, timeout=seconds, set_as_default=False)
    except (
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:  # missing or wrong certificates raise one of these, too
        raise ValueError(f"The Dask scheduler {cluster} cannot be reached: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
