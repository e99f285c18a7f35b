"""The same recipe on a cluster."""
