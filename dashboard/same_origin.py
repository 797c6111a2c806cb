"""Same-origin check for the app's own routes, with the rules that Streamlit applies to its connections.

With each request, a browser names the site of the page that makes it (`Origin`) and the host that receives it (`Host`). Both must be this
server's: a page of another site must not make this server compute, and neither may a page under a foreign name that resolves to this
machine (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

import streamlit as st

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def refusal(headers: Mapping[str, str]) -> str | None:
    """The reason why a request is refused, as a sentence; None if the request is accepted.

    A name that a proxy forwards (`X-Forwarded-Host`) counts as this server's. Requests without `Origin` are accepted, since a program
    could send any origin. Streamlit's options `server.allowedHosts`, `server.corsAllowedOrigins` and `server.enableCORS` apply.

    Args:
        headers: headers of the request, by lower-case name.
    """
    host = headers.get("host", "")
    if not _is_own_name(_hostname(host)):
        return "The request's Host is not a name of this server; see server.allowedHosts."
    origin = headers.get("origin")
    if origin is None or not st.get_option("server.enableCORS"):
        return None
    forwarded = headers.get("x-forwarded-host", "").split(",")[0].strip()
    if _place(origin) in {host.lower(), forwarded.lower()} - {""} or _is_listed(origin):
        return None
    return "The request comes from another site."


def _is_own_name(name: str) -> bool:
    """Whether a name may be this server's. If the server listens on a loopback address, only IP addresses, `localhost` and configured names
    are allowed."""
    allowed: Iterable[str] = st.get_option("server.allowedHosts")
    if allowed:
        return any(_matches(name, pattern.strip().lower().rstrip(".")) for pattern in allowed)
    if not is_loopback(st.get_option("server.address") or ""):
        return True
    known = (_hostname(st.get_option("browser.serverAddress") or ""), *map(_name_of, _listed()))
    return _is_address(name) or name == "localhost" or name.endswith(".localhost") or name in known


def is_loopback(name: str) -> bool:
    """Whether only this machine can reach an address or name."""
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
    """Host and port of an origin as in `Host`: without the scheme's default port."""
    parts = _split(origin)
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, " "))


def _name_of(origin: str) -> str:
    return _hostname(_split(origin).netloc)


def _hostname(host: str) -> str:
    return (_split(f"//{host}").hostname or "").rstrip(".")


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:  # brackets that are not closed
        return urlsplit("")
