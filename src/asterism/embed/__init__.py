"""Texts become vectors: one file per backend."""
