"""Which requests a route of our own answers: those of the pages of this server, as Streamlit does for its own connections.

A browser names the page that a request comes from (`Origin`) and the host that it is sent to (`Host`). Both must be ours: another site's
page must not make this server compute, and a foreign name that was made to resolve to this machine (DNS rebinding) is no name of ours.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

import streamlit as st

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def refusal(headers: Mapping[str, str]) -> str | None:
    """Why a request is refused, in a sentence; None where it is welcome.

    The name that a proxy forwards (`X-Forwarded-Host`) counts as this server's. Programs that send no `Origin` are welcome too: they could
    send any. Streamlit's options `server.allowedHosts`, `server.corsAllowedOrigins` and `server.enableCORS` apply.

    Args:
        headers: of the request; names in lower case, or in any case where the mapping does not mind.
    """
    host = headers.get("host", "")
    if not _is_own_name(_hostname(host)):
        return "The name of this server in the request is not known; see server.allowedHosts."
    origin = headers.get("origin")
    if origin is None or not st.get_option("server.enableCORS"):
        return None
    forwarded = headers.get("x-forwarded-host", "").split(",")[0].strip()
    if _place(origin) in {host.lower(), forwarded.lower()} - {""} or _is_listed(origin):
        return None
    return "The request comes from another site."


def _is_own_name(name: str) -> bool:
    """Whether a name may be this server's. One that only this machine reaches goes by addresses and `localhost`, unless others are allowed."""
    allowed: Iterable[str] = st.get_option("server.allowedHosts")
    if allowed:
        return any(_matches(name, pattern.strip().lower().rstrip(".")) for pattern in allowed)
    if not is_loopback(st.get_option("server.address") or ""):
        return True
    known = (_hostname(st.get_option("browser.serverAddress") or ""), *map(_name_of, _listed()))
    return _is_address(name) or name == "localhost" or name.endswith(".localhost") or name in known


def is_loopback(name: str) -> bool:
    """Whether an address or a name is reached from this machine only."""
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _matches(name: str, pattern: str) -> bool:
    return pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _is_listed(origin: str) -> bool:
    return origin in _listed()


def _listed() -> set[str]:
    return {origin.strip() for origin in st.get_option("server.corsAllowedOrigins")}


def _place(origin: str) -> str:
    """Host and port of an origin as `Host` has them: without the port that goes without saying."""
    parts = _split(origin)
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, " "))


def _name_of(origin: str) -> str:
    return _hostname(_split(origin).netloc)


def _hostname(host: str) -> str:
    return (_split(f"//{host}").hostname or "").rstrip(".")


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:  # brackets that do not close
        return urlsplit("")
