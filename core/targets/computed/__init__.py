"""Facts that are computed from an energy alone: box, scale and modes, and on grids also log Z and samples."""
