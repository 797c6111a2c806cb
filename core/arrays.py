"""Arrays over time: their type, and the density thresholds below which a velocity is ignored. Needs NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
# The largest speed is the maximum of |v| over the points where the kinetic energy is concentrated: where ρ|v|² is above this fraction of
# its maximum at the time. Pictures of a velocity are scaled to the points with a density above this fraction of its maximum.
SPEED_FLOOR = 1e-6
