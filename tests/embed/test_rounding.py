from __future__ import annotations

import numpy as np
import pytest

from asterism.embed.rounding import activation_scale, round_products, round_weights

for package, extra in (("onnx", "dev"), ("onnxruntime", "onnx")):
    pytest.importorskip(package, reason=f"{package} is not installed (pip install 'asterism[{extra}]')")

RNG = np.random.default_rng(0)
STATES = RNG.normal(size=(5, 3, 6)).astype(np.float32)
WEIGHTS = {name: RNG.normal(size=(6, 4)).astype(np.float32) for name in "ab"}
BIAS = RNG.normal(size=4).astype(np.float32)


def model_of(path, nodes, outputs):
    """A model of nodes (operator, inputs, output) that read x, a, b and bias."""
    from onnx import TensorProto, helper, numpy_helper, save

    weights = [numpy_helper.from_array(value, name) for name, value in [*WEIGHTS.items(), ("bias", BIAS)]]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "tokens", 6])]
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    made = [helper.make_node(kind, names, [output]) for kind, names, output in nodes]
    graph = helper.make_graph(made, "products", inputs, given, weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def opened(path):
    from asterism.embed.onnx import open_session

    session = open_session(path, 1)
    return lambda names, states: session.run(names, {"x": states})


def rounded_model(tmp_path, nodes, outputs):
    from onnx import load

    model_of(tmp_path / "plain.onnx", nodes, outputs)
    round_products(tmp_path / "plain.onnx", tmp_path / "rounded.onnx", [text[None] for text in STATES], opened)
    kinds = [node.op_type for node in load(tmp_path / "rounded.onnx").graph.node]
    return opened(tmp_path / "rounded.onnx")(outputs, STATES), kinds


def as_bytes_would_be(states, matrix):
    """The product of rounded states and rounded weights, in exact arithmetic."""
    step, zero = activation_scale(float(states.min()), float(states.max()))
    codes = np.clip(np.rint(states / step) + zero, 0, 255) - float(zero)
    rounded, scales = round_weights(matrix)
    return (codes @ rounded.astype(np.float64)) * step * scales


def test_products_and_their_biases_are_computed_in_bytes(tmp_path):
    nodes = [("MatMul", ["x", "a"], "xa"), ("Add", ["bias", "xa"], "sum"), ("MatMul", ["x", "b"], "xb")]
    (total, product), kinds = rounded_model(tmp_path, nodes, ["sum", "xb"])
    assert sorted(kinds) == ["MatMulIntegerToFloat"] * 2 + ["QuantizeLinear"]
    np.testing.assert_allclose(total, as_bytes_would_be(STATES, WEIGHTS["a"]) + BIAS, atol=1e-5)
    np.testing.assert_allclose(product, as_bytes_would_be(STATES, WEIGHTS["b"]), atol=1e-5)
    np.testing.assert_allclose(product, STATES @ WEIGHTS["b"], atol=0.1)


def test_a_product_that_others_read_keeps_its_sum_apart(tmp_path):
    nodes = [("MatMul", ["x", "a"], "xa"), ("Add", ["xa", "bias"], "sum"), ("Neg", ["xa"], "minus")]
    (total, minus), kinds = rounded_model(tmp_path, nodes, ["sum", "minus"])
    assert "Add" in kinds
    np.testing.assert_allclose(total, BIAS - minus, atol=1e-6)


def test_weights_that_two_products_read_are_rounded_once(tmp_path):
    nodes = [("MatMul", ["x", "a"], "xa"), ("Neg", ["x"], "y"), ("MatMul", ["y", "a"], "ya")]
    (first, second), kinds = rounded_model(tmp_path, nodes, ["xa", "ya"])
    assert kinds.count("QuantizeLinear") == 2
    np.testing.assert_allclose(first, -second, atol=0.1)
    np.testing.assert_allclose(second, as_bytes_would_be(-STATES, WEIGHTS["a"]), atol=1e-5)


def test_models_without_products_stay(tmp_path):
    (minus,), kinds = rounded_model(tmp_path, [("Neg", ["x"], "minus")], ["minus"])
    assert kinds == ["Neg"]
    np.testing.assert_array_equal(minus, -STATES)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.5, 2.0), (-2.0, -1.0), (0.0, 0.0)])
def test_zero_is_a_byte_and_the_range_is_covered(low, high):
    step, zero = activation_scale(low, high)
    assert step > 0
    assert (0 - float(zero)) * step <= min(low, 0) + step
    assert (255 - float(zero)) * step >= max(high, 0) - step


def test_weights_come_back_within_half_a_step(rng):
    matrix = np.vstack([rng.normal(size=(50, 3)) * [1, 100, 0], np.zeros((1, 3))]).astype(np.float32)
    rounded, scales = round_weights(matrix)
    assert rounded.dtype == np.int8
    assert np.abs(rounded).max() == 127
    assert (np.abs(rounded * scales - matrix) <= scales / 2 + 1e-6).all()
