"""What to draw, undrawn."""
