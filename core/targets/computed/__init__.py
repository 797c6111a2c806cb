"""What can be computed about an energy that comes without further facts: box, scale, modes, and on grids also log Z and samples."""
