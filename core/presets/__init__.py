"""Results saved in files, so that pages can show them at once, before PyTorch and the solvers are loaded."""

from core.presets.examples import EXAMPLES as EXAMPLES
from core.presets.examples import FIRST as FIRST
from core.presets.examples import Example as Example
from core.presets.frames import exact as exact
from core.presets.frames import path as path
from core.presets.records import classic_picture as classic_picture
from core.presets.records import classics as classics
from core.presets.records import energy_grid as energy_grid
from core.presets.records import growth as growth
from core.presets.records import mode_weights as mode_weights
from core.presets.runs import Stored as Stored
from core.presets.runs import learned as learned
