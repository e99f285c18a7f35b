"""Rounds the matrix products of a transformer to 8 bits, activations by scales that were fixed beforehand.

A scale that is found while the model runs is shared by everything in a batch, and a text's vector would depend on its
neighbours. Fixed ones cost less and let texts of equal length be computed together, each with the bits it has alone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._deps import require
from asterism.embed.smoothing import save, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism.embed.smoothing import Run
    from asterism.embed.tokens import Batch

_RUNTIME = "com.microsoft"


def activation_scale(low: float, high: float) -> tuple[np.float32, np.uint8]:
    """How activations become bytes: `round(x / step) + zero`, cut off at 0 and 255.

    Args:
        low: The smallest one seen.
        high: The largest.

    Returns:
        `step`, above 0, and `zero`, the byte of 0.0.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    step = max((high - low) / 255, 1e-12)
    return np.float32(step), np.uint8(round(-low / step))


def round_weights(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix of weights in 8 bits, with a scale for every output channel.

    Args:
        matrix: Shape (k, n).

    Returns:
        Shape (k, n), -127 to 127, and shape (n,), above 0; their product is near the matrix.
    """
    scales = np.maximum(np.abs(matrix).max(axis=0) / 127, 1e-12).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales


def round_products(plain: Path, rounded: Path, batches: Sequence[Batch], open_run: Callable[[Path], Run]) -> None:
    """Write a model whose products with matrices of weights are products of bytes; ONNX Runtime alone reads it.

    Args:
        plain: The `.onnx` file.
        rounded: The file to write, its weights in another one beside it.
        batches: Texts that show how large activations get, one text in each.
        open_run: Gives what runs a model: named values from a batch.
    """
    onnx = require("onnx", extra="onnx", why="to round a model to 8 bits")
    model = onnx.load(plain)
    weights = {tensor.name: tensor for tensor in model.graph.initializer if len(tensor.dims) in (1, 2)}
    products = [
        node
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in weights and len(weights[node.input[1]].dims) == 2
    ]
    values = list(dict.fromkeys(node.input[0] for node in products))
    seen = watch(plain, rounded.with_name("watched.onnx"), values, batches, open_run)
    ends = [[(float(found.min()), float(found.max())) for found in text] for text in seen]
    graph = _Rewriting(onnx, model.graph, weights)
    for i, value in enumerate(values):
        graph.round_value(value, *activation_scale(min(text[i][0] for text in ends), max(text[i][1] for text in ends)))
    for node in products:
        graph.round_product(node)
    if all(opset.domain != _RUNTIME for opset in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid(_RUNTIME, 1))
    save(model, rounded)


class _Rewriting:
    """The graph, while its products are replaced."""

    def __init__(self, onnx: Any, graph: Any, weights: dict[str, Any]) -> None:  # noqa: ANN401 - of the package onnx
        self._onnx = onnx
        self._graph = graph
        self._weights = weights
        self._uses = Counter(name for node in graph.node for name in node.input)
        self._uses.update(output.name for output in graph.output)
        self._rounded: set[str] = set()

    def round_value(self, value: str, step: np.float32, zero: np.uint8) -> None:
        """Put `VALUE_bytes` in front of the first node that reads the value."""
        self._keep(f"{value}_step", step)
        self._keep(f"{value}_zero", zero)
        names = [value, f"{value}_step", f"{value}_zero"]
        place = next(i for i, node in enumerate(self._graph.node) if value in node.input)
        node = self._onnx.helper.make_node("QuantizeLinear", names, [f"{value}_bytes"], name=f"{value}_bytes")
        self._graph.node.insert(place, node)

    def round_product(self, node: Any) -> None:  # noqa: ANN401 - an onnx.NodeProto
        """Replace a product, and the sum with a bias behind it, by one product of bytes."""
        value, name = node.input
        if name not in self._rounded:
            self._rounded.add(name)
            tensor = self._weights[name]
            matrix, scales = round_weights(self._onnx.numpy_helper.to_array(tensor))
            self._graph.initializer.remove(tensor)
            self._keep(f"{name}_bytes", matrix)
            self._keep(f"{name}_step", scales)
        names = [f"{value}_bytes", f"{name}_bytes", f"{value}_step", f"{name}_step", f"{value}_zero"]
        output, bias = node.output[0], []
        behind = self._sum_with_bias(output)
        if behind is not None:
            bias = ["", next(given for given in behind.input if given != output)]
            output = behind.output[0]
            self._graph.node.remove(behind)
        helper = self._onnx.helper
        made = helper.make_node(
            "MatMulIntegerToFloat", [*names, *bias], [output], name=f"{output}_product", domain=_RUNTIME
        )
        node.CopyFrom(made)

    def _sum_with_bias(self, product: str) -> Any:  # noqa: ANN401 - an onnx.NodeProto
        """The node that adds a vector of weights to a product that nobody else reads; None without."""
        if self._uses[product] != 1:
            return None
        reader = next((node for node in self._graph.node if product in node.input), None)
        if reader is None or reader.op_type != "Add":
            return None
        other = next(name for name in reader.input if name != product)
        return reader if other in self._weights and len(self._weights[other].dims) == 1 else None

    def _keep(self, name: str, value: Any) -> None:  # noqa: ANN401 - an array or a number of numpy
        self._graph.initializer.append(self._onnx.numpy_helper.from_array(np.asarray(value), name))
