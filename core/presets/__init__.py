"""Saved results in files, so that pages show them at once and the first picture does not need the engine."""

from core.presets.examples import EXAMPLES as EXAMPLES
from core.presets.examples import FIRST as FIRST
from core.presets.examples import Example as Example
from core.presets.records import energy_grid as energy_grid
from core.presets.records import growth as growth
from core.presets.store import Stored as Stored
from core.presets.store import exact as exact
from core.presets.store import learned as learned
from core.presets.store import path as path
