"""Files and data frames become a table of texts and metadata; vectors that users already have."""

from __future__ import annotations

from asterism.read.content import title_of
from asterism.read.reading import Reading, read, sample
from asterism.read.resources import demo_path

__all__ = ["Reading", "demo_path", "read", "sample", "title_of"]
