"""Download buttons for the shown samples and their importance weights."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.jobs.request import Request
from core.pictures.frames import Frames
from core.sampling.methods import CHAINS
from core.sampling.samples_file import FORMATS
from dashboard.state import method_of
from dashboard.texts import explore as texts

LABELS = {"npz": "Samples (NPZ)", "csv": "Samples (CSV)"}


def sample_downloads(request: Request, frames: Frames, *, key: str) -> None:
    """Draw one button per format; a press makes the file.

    Args:
        request: the request of the samples' run.
        frames: the frames that hold the samples.
        key: prefix of the buttons' keys, unique on the page.
    """
    if not len(frames.samples):
        return
    stem = f"{request.problem.target.name}-{method_of(request)}-samples"
    with st.container(horizontal=True, gap="small"):
        for kind, label in LABELS.items():
            st.download_button(
                label,
                partial(content, kind, frames),
                f"{stem}.{kind}",
                icon=":material/download:",
                key=f"{key}-{kind}",
                help=_help(request, frames),
                on_click="ignore",
            )


def content(kind: str, frames: Frames) -> bytes:
    """The file in one of `FORMATS`; unsaved weights are NaN."""
    unknown = np.full(len(frames.samples), np.nan)
    return FORMATS[kind](frames.samples, unknown if frames.log_weight is None else frames.log_weight)


def _help(request: Request, frames: Frames) -> str:
    if request.kind in CHAINS:
        return texts.DOWNLOAD_CHAINS
    if request.kind != "train":
        return texts.DOWNLOAD_EQUAL
    return texts.DOWNLOAD_UNKNOWN if frames.log_weight is None else texts.DOWNLOAD
