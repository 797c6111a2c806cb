"""A type for NumPy arrays of floats, and the threshold below which a velocity is ignored. Needs NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
# The largest speed at a time is the maximum of |v| over the points where ρ|v|² exceeds this fraction of its maximum at that time. Other
# points carry almost none of the kinetic energy. The scale of a velocity picture comes from the points where ρ itself exceeds this fraction
# of its maximum.
SPEED_FLOOR = 1e-6
