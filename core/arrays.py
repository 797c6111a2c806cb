"""Arrays over time: their type, and the density thresholds below which a velocity is ignored. Needs NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
# The largest speed is the maximum of |v| over points where ρ|v|² exceeds this fraction of its maximum at the time: the kinetic energy is
# concentrated there. The same fraction, applied to the density, selects the points that set the scale of velocity pictures.
SPEED_FLOOR = 1e-6
