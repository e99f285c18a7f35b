from __future__ import annotations

import json

import numpy as np
import pytest

from asterism._progress import SILENT
from asterism.embed.options import EmbedOptions
from asterism.embed.pooling import POOLINGS
from asterism.embed.transformers import find_words, load_transformers
from asterism.errors import EmbedError, InputError, ModelNotFound
from tiny_models import LAYERS, SENTENCES, WIDTH, save_tiny

torch = pytest.importorskip("torch", reason="torch is not installed (pip install 'asterism[hf]')")
transformers = pytest.importorskip("transformers", reason="transformers is not installed (pip install 'asterism[hf]')")

KINDS = ["bert", "roberta", "gpt2", "llama"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    sides = {"right": "", "left": "-left"}
    return {
        kind + ending: save_tiny(kind, folder / (kind + ending), padding_side=side)
        for kind in KINDS
        for side, ending in sides.items()
    }


def load(folder, **options):
    attention = options.pop("attention", None)
    return load_transformers(str(folder), EmbedOptions(device="cpu", **options), attention=attention)


def states_alone(folder, text, layer=-1):
    """Hidden states of one text without padding, straight from the library: (t, d)."""
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        answer = model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True)
    return answer.hidden_states[layer][0].numpy()


def slow_pool(rows, pooling):
    if pooling == "weighted-mean":
        return np.average(rows, axis=0, weights=np.arange(1, len(rows) + 1))
    return {"cls": rows[0], "last": rows[-1], "mean": rows.mean(0), "max": rows.max(0)}[pooling]


@pytest.mark.parametrize("ending", ["", "-left"])
@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_those_of_each_text_alone(folders, kind, ending):
    alone = [states_alone(folders[kind + ending], text) for text in SENTENCES]
    for pooling in POOLINGS[1:]:
        model = load(folders[kind + ending], pooling=pooling)
        expected = [slow_pool(rows, pooling) for rows in alone]
        np.testing.assert_allclose(model.encode(SENTENCES), expected, atol=2e-5)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_with_every_attention(folders, kind, attention):
    for layer in range(LAYERS + 1):
        model = load(folders[kind], pooling="mean", layer=layer, attention=attention)
        expected = [states_alone(folders[kind], text, layer).mean(0) for text in SENTENCES]
        np.testing.assert_allclose(model.encode(SENTENCES), expected, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_layer_is_what_a_hook_on_it_sees(folders, kind):
    model = load(folders[kind], pooling="cls", layer=2)
    core = model.engine._model
    seen = []
    layers = {"gpt2": lambda: core.h, "llama": lambda: core.layers}.get(kind, lambda: core.encoder.layer)()
    layers[1].register_forward_hook(lambda _module, _given, answer: seen.append(answer))
    vector = model.encode([SENTENCES[0]])[0]
    states = seen[-1][0] if isinstance(seen[-1], tuple) else seen[-1]
    np.testing.assert_array_equal(vector, states.reshape(-1, WIDTH)[0].numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_layer_zero_is_the_input_embeddings(folders, kind):
    model = load(folders[kind], pooling="cls", layer=0)
    core = model.engine._model
    ids = torch.tensor(model.engine.splitter.split([SENTENCES[0]])[0])
    with torch.inference_mode():
        if kind == "gpt2":
            expected = core.wte(ids) + core.wpe(torch.arange(ids.shape[1]))
        elif kind == "llama":
            expected = core.embed_tokens(ids)
        else:
            expected = core.embeddings(input_ids=ids)
    np.testing.assert_allclose(model.encode([SENTENCES[0]])[0], expected[0, 0].numpy(), atol=1e-6)


def test_encoder_is_pooled_by_its_mean_and_decoder_by_its_last_token(folders):
    assert {kind: load(folders[kind]).engine.pooling for kind in KINDS} == {
        "bert": "mean",
        "roberta": "mean",
        "gpt2": "last",
        "llama": "last",
    }


def test_auto_is_what_the_model_was_trained_with(tmp_path):
    folder = save_tiny("bert", tmp_path / "m")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    expected = [states_alone(folder, text)[0] for text in SENTENCES]
    np.testing.assert_allclose(load(folder).encode(SENTENCES), expected, atol=2e-5)


def test_special_tokens_can_be_left_out(folders):
    model = load(folders["bert"], pooling="mean", special_tokens=False)
    expected = [states_alone(folders["bert"], text)[1:-1].mean(0) for text in SENTENCES]
    np.testing.assert_allclose(model.encode(SENTENCES), expected, atol=2e-5)


def test_another_batching_changes_rounding_only(folders):
    model = load(folders["roberta"])
    big = model.with_plan({"budget": 10_000, "sessions": 1, "threads": 1})
    alone = model.with_plan({"budget": 1, "sessions": 2, "threads": 1})
    np.testing.assert_allclose(big.encode(SENTENCES), alone.encode(SENTENCES), atol=2e-5)
    assert big.plan == {"budget": 10_000, "sessions": 1, "threads": 1}


def test_rows_are_kept_as_they_are_finished(folders):
    kept = np.zeros((len(SENTENCES), WIDTH), np.float32)
    model = load(folders["bert"]).with_plan({"budget": 1, "sessions": 2, "threads": 1})

    def keep(rows, vectors):
        kept[rows] = vectors

    np.testing.assert_array_equal(model.encode(SENTENCES, keep=keep), kept)


def test_prompt_stands_before_every_text(tmp_path, folders):
    model, plain = load(folders["gpt2"], prompt="the cat sees "), load(folders["gpt2"])
    np.testing.assert_allclose(model.encode(["a dog"]), plain.encode(["the cat sees a dog"]), atol=1e-6)
    folder = save_tiny("gpt2", tmp_path / "m")
    named = {"prompts": {"query": "the cat sees ", "passage": ""}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(named))
    assert [load(folder, prompt=prompt).prompt for prompt in (None, "passage", "query", "")] == [
        "the cat sees ",
        "",
        "the cat sees ",
        "",
    ]


class Remarks:
    start = advance = done = staticmethod(lambda *_args, **_options: None)

    def __init__(self):
        self.heard = []

    def remark(self, message):
        self.heard.append(message)


def test_cut_texts_are_counted(folders):
    report = Remarks()
    model = load(folders["bert"], max_length=10)
    vectors = model.encode(["the king " * 50, "a dog", "the king " * 60], report=report)
    assert len(report.heard) == 1
    assert report.heard[0].startswith("2 of 3 texts are longer than the 10 tokens")
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)


def test_awkward_texts_have_finite_vectors(folders):
    texts = ["", " ", "\u200b", "\ud800", "😀", "مرحبا", "<b>bold</b> & more", "[SEP]", "x" * 100_000]
    for kind in KINDS:
        vectors = load(folders[kind]).encode(texts)
        assert np.isfinite(vectors).all()
        assert not vectors[0].any()
        assert vectors[4:].any(axis=1).all()
        assert load(folders[kind]).encode([]).shape == (0, WIDTH)


def test_words_of_the_vocabulary_have_their_input_embeddings(folders):
    for kind in KINDS:
        model = load(folders[kind])
        words, matrix = model.token_embeddings()
        assert "king" in words
        assert not any(mark in word for word in words for mark in ("#", "Ġ", "[", "<"))
        token = "king" if kind == "bert" else "Ġking"
        row = model.engine.splitter.tokenizer.token_to_id(token)
        expected = model.engine._model.get_input_embeddings().weight[row].detach().numpy()
        np.testing.assert_array_equal(matrix[words.index("king")], expected)


def test_word_in_context_is_the_mean_of_its_tokens_and_places(folders):
    texts = ["the king spoke", "a dog sees the King", "nothing here", "viking"]
    for kind in KINDS:
        model = load(folders[kind], prompt="a ")
        vectors, counts = model.word_vectors_in_context(texts, ["king", "absent", "dog"])
        assert counts.tolist() == [2, 0, 1]
        assert not vectors[1].any()
        places = []
        for text in texts[:2]:
            encoding = model.engine.splitter.tokenizer.encode("a " + text)
            start = ("a " + text).lower().index("king")
            picked = [i for i, (left, right) in enumerate(encoding.offsets) if left < start + 4 and right > start]
            places.append(states_alone(folders[kind], "a " + text)[picked].mean(0))
        np.testing.assert_allclose(vectors[0], np.mean(places, axis=0), atol=2e-5)


def test_words_are_found_whole_in_either_case():
    spans, owners = find_words(["New York, new york!", "Newton"], ["new york", "York", "new"])
    assert spans.tolist() == [[0, 0, 8], [0, 10, 18]]
    assert owners.tolist() == [0, 0]
    assert find_words(["a"], [])[0].shape == (0, 3)


def test_words_that_differ_in_case_alone_are_found_as_they_are_written():
    _, owners = find_words(["The king met the King, a KING"], ["the", "king", "King"])
    assert owners.tolist() == [0, 1, 0, 2, 1]


def test_fingerprint_follows_what_moves_vectors(folders):
    def prints(**options):
        return load(folders["bert"], **options).fingerprint

    same = [prints(), prints(threads=1), prints(pooling="auto"), prints(dtype="float32")]
    others = [
        prints(pooling="max"),
        prints(layer=1),
        prints(prompt="x"),
        prints(max_length=5),
        prints(dtype="bfloat16"),
    ]
    assert len(set(same)) == 1
    assert len({*same, *others, load(folders["roberta"]).fingerprint}) == 7


@pytest.mark.parametrize("dtype", ["bfloat16", "auto"])
def test_dtype_rounds_vectors(folders, dtype):
    exact = load(folders["bert"]).encode(SENTENCES)
    rounded = load(folders["bert"], dtype=dtype).encode(SENTENCES)
    np.testing.assert_allclose(rounded, exact, atol=0.1)
    assert (rounded == exact).all() == (dtype == "auto")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pooling": "median"}, "pooling is 'median'; expected one of auto, cls"),
        ({"layer": 4}, "layer is 4, and the model in .* has 3; expected 0"),
        ({"layer": -1}, "expected 0 .* to 3"),
        ({"max_length": 49}, "max_length is 49; expected 1 to the 48 positions"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
        ({"dimensions": 8}, "cannot be shortened"),
        ({"pooling": "cls", "special_tokens": False}, "choose one"),
    ],
)
def test_options_that_cannot_be_honoured_are_refused(folders, options, message):
    for kind in ("bert", "roberta"):
        with pytest.raises(InputError, match=message):
            load(folders[kind], **options).encode(["x"])


def test_device_that_is_not_here_is_refused(folders):
    with pytest.raises(InputError, match="this machine offers"):
        load_transformers(str(folders["bert"]), EmbedOptions(device="tpu")).encode(["x"])


def test_pickled_weights_are_refused_unless_allowed(tmp_path):
    folder = save_tiny("bert", tmp_path / "m")
    expected = load(folder).encode(SENTENCES)
    model = transformers.AutoModel.from_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(EmbedError, match=r"pickled \(pytorch_model.bin\).*--allow-pickle"):
        load(folder)
    np.testing.assert_allclose(load(folder, allow_pickle=True).encode(SENTENCES), expected, atol=1e-6)
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(ModelNotFound, match="no weights in the safetensors format"):
        load(folder)


def test_weights_that_lack_tensors_are_refused(tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = save_tiny("bert", tmp_path / "m")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(EmbedError, match="lack 1 tensors"):
        load(folder).encode(["x"])
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(EmbedError, match="cannot be loaded"):
        load(folder).encode(["x"])


def test_code_of_a_model_is_run_only_if_asked(tmp_path):
    folder = save_tiny("bert", tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "homemade", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    code = [
        "from pathlib import Path",
        "from transformers import BertConfig, BertModel",
        f"Path({str(tmp_path / 'ran')!r}).touch()",
        "class Config(BertConfig): model_type = 'homemade'",
        "class Model(BertModel): config_class = Config",
    ]
    (folder / "code.py").write_text("\n".join(code))
    with pytest.raises(EmbedError, match="--trust-remote-code"):
        load(folder).encode(["x"])
    assert not (tmp_path / "ran").exists()


def test_what_is_neither_here_nor_on_the_hub_is_not_found(monkeypatch, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFound, match="is no folder here, and the Hugging Face hub did not give it"):
        load("nobody/nothing-like-this")
    for path in ("./no/such/folder", "/no/such/folder", "models/of/mine"):
        with pytest.raises(ModelNotFound, match=f"There is no folder '{path}' with a model"):
            load(path)
    with pytest.raises(ModelNotFound, match="holds no model"):
        load(tmp_path)


def test_nothing_is_said_while_a_model_is_read(folders, capfd):
    load(folders["bert"]).encode(["x"], report=SILENT)
    assert capfd.readouterr() == ("", "")
