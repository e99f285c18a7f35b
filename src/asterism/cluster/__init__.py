"""A NeighborGraph becomes clusters at several granularities, and clusters get names."""
