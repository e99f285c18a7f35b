"""Evens out a transformer's activations before it is rounded to 8 bits, by moving their scales into the weights.

A few channels of a transformer's states are many times larger than the others, which keep a few bits where all are
rounded with one scale. Dividing every channel by its size, and multiplying the row of the weights that reads it by the
same, changes nothing in exact arithmetic and leaves numbers of like size on both sides.

Source: Xiao et al. 2023, SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models,
equation 4.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._deps import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism.embed.tokens import Batch

    Run = Callable[[list[str], Batch], list[NDArray[np.float32]]]

# How much of the unevenness goes into the weights; measured on all-MiniLM-L6-v2 in docs/decisions/rounded-models.md.
STRENGTH = 0.6
# No channel counts as smaller than this share of the mean: one that sleeps in these texts may wake in others.
_FLOOR = 0.01


def smoothing_scales(sizes: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """What to divide the channels of activations by, and to multiply the rows of the weights by.

    Args:
        sizes: Shape (k,), how large each channel of the activations gets, at least 0.
        weights: Shape (k, n), which read them.

    Returns:
        Shape (k,) float32, above 0.
    """
    read = np.abs(weights).max(axis=1)
    parts = [np.maximum(part, max(_FLOOR * float(part.mean()), 1e-12)) for part in (sizes, read)]
    scales: NDArray[np.float32] = (parts[0] ** STRENGTH / parts[1] ** (1 - STRENGTH)).astype(np.float32)
    return scales


def smooth(plain: Path, smoothed: Path, batches: Iterable[Batch], open_run: Callable[[Path], Run]) -> None:
    """Write a model whose matrix products read even channels; in float32 its vectors are those of the original.

    Args:
        plain: The `.onnx` file.
        smoothed: The file to write, its weights in another one beside it.
        batches: Texts that show how large activations get, one text in each.
        open_run: Gives what runs a model: named values from a batch.
    """
    onnx = require("onnx", extra="onnx", why="to round a model to 8 bits")
    model = onnx.load(plain)
    readers = _readers(model.graph)
    seen = [
        [np.abs(found).max(axis=(0, 1)) for found in text]
        for text in watch(plain, smoothed.with_name("watched.onnx"), list(readers), batches, open_run)
    ]
    sizes = {value: np.mean([text[i] for text in seen], axis=0) for i, value in enumerate(readers)}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for value, nodes in readers.items():
        matrices = [onnx.numpy_helper.to_array(weights[node.input[1]]) for node in nodes]
        scales = smoothing_scales(sizes[value], np.concatenate(matrices, axis=1))
        for node, matrix in zip(nodes, matrices, strict=True):
            scaled = onnx.numpy_helper.from_array(matrix * scales[:, None], node.input[1])
            weights[node.input[1]].CopyFrom(scaled)
            node.input[0] = f"{value}_even"
        model.graph.initializer.append(onnx.numpy_helper.from_array(1 / scales, f"{value}_scales"))
        names = [value, f"{value}_scales"], [f"{value}_even"]
        place = next(i for i, node in enumerate(model.graph.node) if f"{value}_even" in node.input)
        model.graph.node.insert(place, onnx.helper.make_node("Mul", *names, name=f"{value}_even"))
    save(model, smoothed)


def _readers(graph: Any) -> dict[str, list[Any]]:  # noqa: ANN401 - an onnx.GraphProto
    """The products with a matrix of weights, by the value that they read; not those that share their weights."""
    matrices = {tensor.name for tensor in graph.initializer if len(tensor.dims) == 2}
    uses = Counter(name for node in graph.node for name in node.input)
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in matrices:
            readers.setdefault(node.input[0], []).append(node)
    return {value: nodes for value, nodes in readers.items() if all(uses[node.input[1]] == 1 for node in nodes)}


def watch(
    plain: Path, watched: Path, values: list[str], batches: Iterable[Batch], open_run: Callable[[Path], Run]
) -> Iterator[list[NDArray[np.float32]]]:
    """Run a model and look inside.

    Args:
        plain: The `.onnx` file.
        watched: A file to write: the model that gives the values, too.
        values: Names in the graph.
        batches: What to run.
        open_run: Gives what runs a model: named values from a batch.

    Yields:
        The values, for each batch; nothing where none is asked for.
    """
    if not values:
        return
    onnx = require("onnx", extra="onnx", why="to round a model to 8 bits")
    model = onnx.load(plain)
    for value in values:
        model.graph.output.append(onnx.helper.make_tensor_value_info(value, onnx.TensorProto.FLOAT, None))
    save(model, watched)
    run = open_run(watched)
    for batch in batches:
        yield run(values, batch)


def save(model: Any, path: Path) -> None:  # noqa: ANN401 - an onnx.ModelProto
    """Write a model of any size: one file of the format ends at 2 GiB. The model in memory is spent."""
    onnx = require("onnx", extra="onnx", why="to round a model to 8 bits")
    onnx.save(model, path, save_as_external_data=True, location=f"{path.name}.data")
