"""Ways to draw a Scene, ignorant of each other."""
