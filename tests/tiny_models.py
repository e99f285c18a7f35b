"""Tiny transformers with random weights, in folders as the hub has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = [
    "the king spoke to the queen",
    "a dog and a cat sleep",
    "stars make a pattern in the sky",
    "the cat sees the king and the dog and the stars in the sky",
    "one",
    "an unexpected question: where does the king sleep?",
]
LAYERS = 3
WIDTH = 16


def save_tiny(kind: str, folder: Path, *, padding_side: str = "right") -> Path:
    """Build a model from its configuration and save it with a tokenizer trained on SENTENCES."""
    import torch
    import transformers

    torch.manual_seed(7)
    tokenizer = wordpiece() if kind == "bert" else byte_level(kind)
    tokenizer.padding_side = padding_side
    shape = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    if kind == "gpt2":
        config = transformers.GPT2Config(
            n_embd=WIDTH, n_layer=LAYERS, n_head=2, n_positions=48, bos_token_id=None, eos_token_id=None, **shape
        )
        model = transformers.GPT2LMHeadModel(config).transformer
    elif kind == "llama":
        config = transformers.LlamaConfig(
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=4,
            num_key_value_heads=2,
            intermediate_size=32,
            max_position_embeddings=48,
            bos_token_id=None,
            eos_token_id=None,
            **shape,
        )
        model = transformers.LlamaModel(config)
    else:
        made = {"bert": transformers.BertConfig, "roberta": transformers.RobertaConfig}[kind]
        positions = 48 if kind == "bert" else 50
        config = made(
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=positions,
            **shape,
        )
        model = {"bert": transformers.BertModel, "roberta": transformers.RobertaModel}[kind](config)
    # Larger than at the start of a training, so that tokens and positions make a difference.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def wordpiece():
    import transformers
    from tokenizers import BertWordPieceTokenizer

    core = BertWordPieceTokenizer(lowercase=True)
    core.train_from_iterator(SENTENCES, vocab_size=90, min_frequency=1, show_progress=False)
    names = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    core.post_processor = _around("[CLS]", "[SEP]", core)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core._tokenizer, model_max_length=48, **names)


def byte_level(kind):
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(SENTENCES, trainer)
    if kind == "roberta":
        core.post_processor = _around("<s>", "</s>", core)
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core, model_max_length=48, **names)


def _around(first, last, core):
    from tokenizers.processors import TemplateProcessing

    ids = [(token, core.token_to_id(token)) for token in (first, last)]
    return TemplateProcessing(single=f"{first} $A {last}", special_tokens=ids)
