"""From the name of a model, as a user writes it, to its embedder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asterism.embed.base import Embedder


def open_embedder(model: str = "builtin") -> Embedder:
    """Load the embedder that a name stands for.

    Args:
        model: "builtin", "static:PATH-OR-ID" or the path of a Model2Vec folder.

    Returns:
        The embedder, ready to encode.

    Raises:
        ModelNotFound: Nothing of that name is here.
        MissingDependency: The model needs a package that is not installed.
    """
    from asterism.embed.static import load_builtin, load_static

    if model == "builtin":
        return load_builtin()
    return load_static(model.removeprefix("static:"))
