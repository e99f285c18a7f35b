from __future__ import annotations

import numpy as np
import pytest

from asterism.embed.smoothing import smooth, smoothing_scales

for package, extra in (("onnx", "dev"), ("onnxruntime", "onnx")):
    pytest.importorskip(package, reason=f"{package} is not installed (pip install 'asterism[{extra}]')")

STATES = (np.random.default_rng(0).normal(size=(5, 3, 6)) * [1, 1, 1, 1, 1, 80]).astype(np.float32)


def product_model(path, *, shared):
    """Two products read x; with shared, a third one reads the weights of the first."""
    from onnx import TensorProto, helper, numpy_helper, save

    rng = np.random.default_rng(1)
    weights = [numpy_helper.from_array(rng.normal(size=(6, 4)).astype(np.float32), name) for name in "ab"]
    nodes = [helper.make_node("MatMul", ["x", name], [f"x{name}"]) for name in "ab"]
    nodes += [helper.make_node("Neg", ["x"], ["y"]), helper.make_node("MatMul", ["y", "a"], ["ya"])] if shared else []
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "tokens", 6])]
    names = [node.output[0] for node in nodes if node.op_type == "MatMul"]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return names


def opened(path):
    from asterism.embed.onnx import open_session

    session = open_session(path, 1)
    return lambda names, states: session.run(names, {"x": states})


def smoothed_model(tmp_path, *, shared=False):
    from onnx import load

    names = product_model(tmp_path / "plain.onnx", shared=shared)
    smooth(tmp_path / "plain.onnx", tmp_path / "even.onnx", [text[None] for text in STATES], opened)
    return names, load(tmp_path / "even.onnx")


@pytest.mark.parametrize("shared", [False, True])
def test_smoothed_model_computes_what_the_plain_one_does(tmp_path, shared):
    names, model = smoothed_model(tmp_path, shared=shared)
    for even, plain in zip(*(opened(tmp_path / f"{f}.onnx")(names, STATES) for f in ("even", "plain")), strict=True):
        np.testing.assert_allclose(even, plain, atol=1e-4)
    # Weights that read two values cannot follow the scales of both.
    assert sum(node.op_type == "Mul" for node in model.graph.node) == (0 if shared else 1)


def test_products_of_one_value_read_channels_of_like_size(tmp_path):
    from onnx.numpy_helper import to_array

    _, model = smoothed_model(tmp_path)
    (divisors,) = (to_array(tensor) for tensor in model.graph.initializer if tensor.name == "x_scales")
    before, after = (np.abs(states).max(axis=(0, 1)) for states in (STATES, STATES * divisors))
    assert before.max() / before.min() > 40
    assert after.max() / after.min() < 8


def test_scales_follow_the_formula_and_sleeping_channels_do_not_vanish():
    sizes = np.array([4.0, 1.0, 0.0], np.float32)
    weights = np.array([[1, -2], [0.5, 0], [0, 0]], np.float32)
    scales = smoothing_scales(sizes, weights)
    np.testing.assert_allclose(scales[:2], [4**0.6 / 2**0.4, 1 / 0.5**0.4], rtol=1e-6)
    np.testing.assert_allclose(scales[2], (0.05 / 3) ** 0.6 / (0.025 / 3) ** 0.4, rtol=1e-5)
    assert (smoothing_scales(np.zeros(2, np.float32), np.zeros((2, 3), np.float32)) > 0).all()
