"""Vectors become a NeighborGraph: exact, approximate, with its recall checked."""
