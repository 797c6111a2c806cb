"""Pictures of a field: frames of its density, velocity and particles over time."""
