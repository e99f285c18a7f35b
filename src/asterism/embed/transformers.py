"""Models of the Hugging Face hub, or of a folder, run by transformers and torch."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._deps import require
from asterism.embed import _torch
from asterism.embed._hub import folder_digest, read_json, transformer_folder
from asterism.embed.local import LocalModel
from asterism.embed.pooling import POOLINGS, pool, trained_pooling
from asterism.embed.schedule import plan_batches
from asterism.embed.tokens import Batch, FastSplitter, Tokens, special_edges, whole, whole_words
from asterism.errors import EmbedError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Encoding

    from asterism.embed.options import EmbedOptions
    from asterism.embed.tokens import Splitter

# Keys of config.json that give the width of hidden states; a model with another one is loaded to be asked.
_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
# Families whose last states are narrower than the others.
_OTHER_WIDTHS = ("word_embed_proj_dim", "text_config")
# Families that number positions from behind the padding id.
_OFFSET_POSITIONS = {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "data2vec-text"}
# Above this a length is a placeholder for "no limit".
ENDLESS = 1_000_000
_RUN = re.compile(r"\w+")


def load_transformers(model: str, options: EmbedOptions, *, attention: str | None = None) -> TransformerModel:
    """Load a transformer, encoder or decoder.

    Args:
        model: A folder, or an id of the Hugging Face hub ("bert-base-uncased").
        options: Pooling, layer, prompt and so on.
        attention: Which implementation, "eager", "sdpa" …; None for the library's choice. Vectors differ by rounding.

    Returns:
        The model; its weights are read when the first text is embedded.

    Raises:
        ModelNotFound: There is no such folder, it holds no model, or the hub does not give it.
        EmbedError: The weights are pickled and that was not allowed.
        InputError: An option that no transformer can honour.
        MissingDependency: torch or transformers is not installed.
    """
    _check(options)
    folder = transformer_folder(model, allow_pickle=options.allow_pickle, trust_remote_code=options.trust_remote_code)
    settings = (
        "transformers",
        options.pooling or "auto",
        options.layer,
        options.prompt or "",
        options.max_length,
        options.dtype or "float32",
        options.special_tokens,
    )
    engine = cache(partial(TransformerEngine, folder, options, attention))
    return TransformerModel(
        engine,
        name=model,
        fingerprint=folder_digest(folder, settings),
        dim=_width(folder) or engine().width,
        prompt=named_prompt(folder, options.prompt),
    )


def named_prompt(folder: Path, prompt: str | None) -> str:
    """What stands before every text.

    Args:
        folder: Of the model; it may name prompts in `config_sentence_transformers.json` ("query", "passage").
        prompt: The name of one, or the prompt itself; None for the one that the model takes without being asked.
    """
    settings = read_json(folder / "config_sentence_transformers.json")
    prompts = settings.get("prompts") or {}
    chosen = prompt if prompt is not None else settings.get("default_prompt_name")
    return str(prompts.get(chosen, prompt or ""))


class TransformerModel(LocalModel["TransformerEngine"]):
    """A transformer of the transformers library; an Embedder, and what is inside of it."""

    def token_embeddings(self) -> tuple[list[str], NDArray[np.float32]]:
        """The rows of the input embeddings that belong to whole words.

        Returns:
            Words, letters only, by token id, and their vectors (v, d) float32 as the model stores them. A word that
            the tokenizer splits has none; "King" and "king" are two. The width may differ from `dim`.
        """
        splitter = self.engine.fast_splitter("to list the words of a model")
        added = {token.content for token in splitter.tokenizer.get_added_tokens_decoder().values()}
        pairs = whole_words(splitter.tokenizer.get_vocab(with_added_tokens=False), added)
        rows = np.array([i for _, i in pairs], np.int64)
        return [word for word, _ in pairs], self.engine.input_embeddings(rows)

    def span_vectors(self, texts: Sequence[str], spans: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of parts of texts, seen in their contexts.

        Args:
            texts: n strings. Not modified.
            spans: Shape (m, 3): which text, first character, character behind the last.

        Returns:
            Shape (m, d) float32: the mean of the tokens that overlap the part, special tokens left out, at the layer
            of the model. Zeros where there is no such token (the text was cut before it).
        """
        wanted = np.unique(spans[:, 0])
        splitter = self.engine.fast_splitter("to find words in texts")
        contexts = [self.prompt + whole(texts[i]) for i in wanted]
        encodings = splitter.tokenizer.encode_batch(contexts)
        lengths = np.array([len(e.ids) for e in encodings], np.int64)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        tokens = Tokens(np.fromiter((i for e in encodings for i in e.ids), np.int32), offsets)
        vectors = np.zeros((len(spans), self.dim), np.float32)
        plan = self.engine.plans()[0]
        with self.engine.started(plan):
            for batch in plan_batches(lengths, plan.budget):
                states = self.engine.states(tokens.padded(batch, self.engine.pad))
                for place, i in enumerate(batch):
                    for m in np.flatnonzero(spans[:, 0] == wanted[i]):
                        picked = _covering(encodings[i], spans[m, 1:] + len(self.prompt))
                        if len(picked):
                            vectors[m] = states[place, picked].mean(0)
        return vectors

    def word_vectors_in_context(
        self, texts: Sequence[str], words: Sequence[str]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors of words, averaged over the texts in which they stand.

        Args:
            texts: n contexts. Not modified.
            words: m words; found where no letter or digit touches them, in upper or lower case alike.

        Returns:
            Vectors (m, d) float32, the mean over all places of a word (zeros where it stands nowhere), and how many
            places these are (m,) int64.

        Source:
            Bommasani, Davis & Cardie 2020, Interpreting Pretrained Contextualized Representations via Reductions to
                Static Embeddings: the mean of sub-words, then the mean of contexts.
        """
        spans, owners = find_words(texts, words)
        found = self.span_vectors(texts, spans)
        read = (found != 0).any(axis=1)
        counts = np.bincount(owners[read], minlength=len(words))
        vectors = np.zeros((len(words), self.dim), np.float32)
        np.add.at(vectors, owners[read], found[read])
        vectors /= np.maximum(counts, 1)[:, None]
        return vectors, counts


class TransformerEngine(_torch.Sessions):
    """A loaded transformer.

    Args:
        folder: Of the model.
        options: As given.
        attention: Which implementation; None for the library's choice.

    Attributes:
        pooling: What "auto" came to.
        n_layers: L; hidden states have L + 1 entries, the first of them the input embeddings.
        width: Length of a vector.
    """

    def __init__(self, folder: Path, options: EmbedOptions, attention: str | None) -> None:
        super().__init__(_torch.pick_device(options.device), options.threads)
        self._model, tokenizer = _loaded(folder, options, attention)
        self._model.to(self.device)
        config = self._model.config
        self.n_layers = int(config.num_hidden_layers)
        if options.layer is not None and not 0 <= options.layer <= self.n_layers:
            message = f"layer is {options.layer}, and the model in {folder} has {self.n_layers}; "
            raise InputError(f"{message}expected 0 (the input embeddings) to {self.n_layers}.")
        self._layer = options.layer
        self.max_length = _max_length(folder, config, tokenizer, options.max_length)
        self.splitter: Splitter = matched_splitter(tokenizer, self.max_length)
        pads = (tokenizer.pad_token_id, config.pad_token_id, 0)
        self.pad = int(next(pad for pad in pads if pad is not None))
        before, behind = self.splitter.edges()
        self.n_special = before + behind
        self.edges = (before, behind) if options.special_tokens is False else (0, 0)
        pooling = options.pooling or "auto"
        self.pooling = (trained_pooling(folder) or self._usual_pooling()) if pooling == "auto" else pooling
        self.width = int(self.states(_two_texts()).shape[2])

    def states(self, batch: Batch) -> NDArray[np.float32]:
        """Hidden states of a batch at the layer of the model.

        Args:
            batch: b texts of at most t tokens.

        Returns:
            Shape (b, t, d) float32; rows of padding mean nothing.
        """
        import torch

        with torch.inference_mode():
            states: NDArray[np.float32] = self._states(batch).float().cpu().numpy()
        return states

    def forward(self, batch: Batch) -> Any:  # noqa: ANN401 - a torch.Tensor
        """Vectors of a batch, shape (b, d)."""
        import torch

        counted = torch.from_numpy(batch.counted).to(self.device, torch.float32)
        return pool(self._states(batch).float(), counted, self.pooling)

    def input_embeddings(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows of the input embeddings, shape (len(ids), d)."""
        import torch

        weight = self._model.get_input_embeddings().weight
        rows: NDArray[np.float32] = weight[torch.from_numpy(ids).to(weight.device)].detach().float().cpu().numpy()
        return rows

    def traceable(self, *, pads: bool = True) -> Any:  # noqa: ANN401 - a torch.nn.Module
        """A module from ids and mask to the last hidden states, without anything else in its answer.

        Args:
            pads: Whether it takes padding; without, attention costs less, and a batch with padding has no finite
                states.
        """
        import torch

        class States(torch.nn.Module):  # type: ignore[misc]
            def __init__(self, model: Any) -> None:  # noqa: ANN401 - of transformers
                super().__init__()
                self.model = model

            def forward(self, ids: Any, mask: Any) -> Any:  # noqa: ANN401 - tensors
                if pads:
                    return self.model(input_ids=ids, attention_mask=mask, return_dict=True).last_hidden_state
                states = self.model(input_ids=ids, return_dict=True).last_hidden_state
                return states / mask.amin().to(states.dtype)  # by 0 where a token is padding

        return States(self._model).eval()

    def fast_splitter(self, why: str) -> FastSplitter:
        """The splitter, where it knows which characters a token covers.

        Raises:
            EmbedError: The model has a tokenizer of Python code, which does not.
        """
        if not isinstance(self.splitter, FastSplitter):
            raise EmbedError(f"A model with tokenizer.json is needed {why}; this one has a tokenizer of Python code.")
        return self.splitter

    def _states(self, batch: Batch) -> Any:  # noqa: ANN401 - a torch.Tensor
        import torch

        answer = self._model(
            input_ids=torch.from_numpy(batch.ids).to(self.device),
            # Attention is quicker without a mask; position ids of padding on the right are those of the texts alone.
            attention_mask=None if batch.mask.all() else torch.from_numpy(batch.mask).to(self.device),
            output_hidden_states=self._layer is not None,
            return_dict=True,
        )
        return answer.last_hidden_state if self._layer is None else answer.hidden_states[self._layer]

    def _usual_pooling(self) -> str:
        """Decoders have read a text with its last token, encoders with every one.

        Asked of the model itself: does its first token change with the second?
        """
        first, second = self.states(_two_texts())[:, 0]
        return "last" if np.array_equal(first, second) else "mean"


def _two_texts() -> Batch:
    ids = np.array([[5, 6], [5, 7]], np.int64)
    return Batch(ids, np.ones_like(ids), np.ones_like(ids))


def matched_splitter(tokenizer: Any, max_length: int | None) -> Splitter:  # noqa: ANN401 - a tokenizer of transformers
    """The fastest splitter that gives the ids that the tokenizer gives.

    Args:
        tokenizer: Of the transformers library.
        max_length: Tokens of a text that are kept, special ones included.
    """
    core = getattr(tokenizer, "backend_tokenizer", None)
    probe = ["Asterism (*) draws: 3 stars, it’s naïve…", " a  b\n", "星"]
    if core is not None:
        fast = FastSplitter(core, max_length)
        if fast.split(probe)[0] == tokenizer(probe, truncation=True, max_length=max_length)["input_ids"]:
            return fast
    return _SlowSplitter(tokenizer, max_length)


class _SlowSplitter:
    """Splits by a tokenizer of Python code."""

    def __init__(self, tokenizer: Any, max_length: int | None) -> None:  # noqa: ANN401 - of transformers
        self._tokenizer = tokenizer
        self._max_length = max_length

    def split(self, texts: Sequence[str]) -> tuple[list[list[int]], int]:
        """See Splitter."""
        lists = self._tokenizer(list(texts), verbose=False)["input_ids"]
        too_long = [i for i, ids in enumerate(lists) if self._max_length is not None and len(ids) > self._max_length]
        for i in too_long:
            lists[i] = self._tokenizer(texts[i], truncation=True, max_length=self._max_length)["input_ids"]
        return lists, len(too_long)

    def edges(self) -> tuple[int, int]:
        """See Splitter."""
        ids = self._tokenizer("a")["input_ids"]
        marks = self._tokenizer.get_special_tokens_mask(ids, already_has_special_tokens=True)
        return special_edges(marks)


def _loaded(folder: Path, options: EmbedOptions, attention: str | None) -> tuple[Any, Any]:
    """The model, ready to be asked, and its tokenizer."""
    from safetensors import SafetensorError

    transformers = require("transformers", extra="hf", why=f"to run the model in {folder}")
    common = {"trust_remote_code": options.trust_remote_code, "local_files_only": not options.trust_remote_code}
    given = {} if attention is None else {"attn_implementation": attention}
    dtype = _torch.pick_dtype(options.dtype)
    try:
        with _torch.reading_quietly():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **common)
            model, told = transformers.AutoModel.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=None if options.allow_pickle else True,
                output_loading_info=True,
                **common,
                **given,
            )
    except (ValueError, OSError, KeyError, RuntimeError, ImportError, SafetensorError) as exc:
        raise EmbedError(_torch.why_not_loaded(folder, options, exc)) from exc
    # Checkpoints for other tasks lack the pooler, which nobody asks here; without anything else vectors are noise.
    missing = sorted(name for name in told["missing_keys"] if "pooler" not in name)
    if missing:
        message = f"The weights in {folder} lack {len(missing)} tensors that the model needs ({missing[0]}). "
        raise EmbedError(f"{message}Fetch or save the model again.")
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    return model.eval(), tokenizer


def _max_length(folder: Path, config: Any, tokenizer: Any, asked: int | None) -> int:  # noqa: ANN401 - transformers
    """How many tokens of a text are read: as asked, or as trained, or as many as there are positions."""
    positions = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None) or ENDLESS
    if config.model_type in _OFFSET_POSITIONS:
        positions -= (config.pad_token_id or 0) + 1
    limit = min(positions, ENDLESS)
    if asked is not None:
        if not 1 <= asked <= limit:
            raise InputError(f"max_length is {asked}; expected 1 to the {limit} positions of the model in {folder}.")
        return asked
    trained = read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(min(limit, trained or tokenizer.model_max_length))


def _check(options: EmbedOptions) -> None:
    if options.pooling not in (None, *POOLINGS):
        raise InputError(f"pooling is '{options.pooling}'; expected one of {', '.join(POOLINGS)}.")
    if options.pooling == "cls" and options.special_tokens is False:
        raise InputError("pooling is 'cls', which is a special token, and special tokens are left out; choose one.")
    if options.dimensions is not None:
        message = f"dimensions is {options.dimensions}, and a transformer's vectors cannot be shortened; "
        raise InputError(f"{message}sentence-transformers models trained for it (Matryoshka) can.")


def _width(folder: Path) -> int | None:
    """Length of a vector, if config.json tells without doubt."""
    config = read_json(folder / "config.json")
    if any(name in config for name in _OTHER_WIDTHS):
        return None
    return next((int(config[name]) for name in _WIDTHS if isinstance(config.get(name), int)), None)


def _covering(encoding: Encoding, span: NDArray[np.int64]) -> list[int]:
    """Tokens that overlap characters, special ones left out."""
    start, stop = span
    marks = encoding.special_tokens_mask
    return [i for i, (left, right) in enumerate(encoding.offsets) if left < stop and right > start and not marks[i]]


def find_words(texts: Sequence[str], words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where words stand in texts.

    Args:
        texts: n strings.
        words: m words; found where no letter or digit touches them, in upper or lower case alike. Where some differ in
            case alone, each is found as it is written, and other spellings are of the first.

    Returns:
        Spans (s, 3): text, first character, character behind the last; and which word each is (s,).
    """
    exact = {word: i for i, word in enumerate(words)}
    owner: dict[str, int] = {}
    for i, word in enumerate(words):
        owner.setdefault(word.casefold(), i)
    longest_first = sorted(owner, key=len, reverse=True)
    if all(map(_RUN.fullmatch, owner)):  # no phrases: each run is one word or none, however many words there are
        pattern = _RUN
    else:
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    found = [
        (i, place.start(), place.end(), exact.get(place.group(), owner.get(place.group().casefold(), -1)))
        for i, text in enumerate(texts)
        for place in pattern.finditer(text)
    ]
    rows = np.array([row for row in found if row[3] >= 0], np.int64).reshape(-1, 4)
    return rows[:, :3], rows[:, 3]
