"""What is computed once and kept in files, so that a page can show it at once and the first picture needs no engine."""

from core.presets.records import energy_grid as energy_grid
from core.presets.records import growth as growth
from core.presets.situations import FIRST as FIRST
from core.presets.situations import SITUATIONS as SITUATIONS
from core.presets.situations import Situation as Situation
from core.presets.store import Stored as Stored
from core.presets.store import exact as exact
from core.presets.store import learned as learned
from core.presets.store import path as path
