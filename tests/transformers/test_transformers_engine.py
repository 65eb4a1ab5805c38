"""The engine over a tiny model that these tests make: its weights are random, its classes and files real."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mentions.errors import UsageError
from processors.sentiment import transformers_engine
from processors.sentiment.engines import open_engine
from processors.sentiment.target import Target
from processors.sentiment.transformers_engine import TransformersEngine, open_transformers

pytestmark = [pytest.mark.transformers, pytest.mark.filterwarnings("default")]

TEXTS = [
    "lumbre es genial",
    "nubira no funciona " * 60,
    "",
    "@kolibri https://kolibri.example/a",
    "pan",
    "   ",
    "¡qué bien, lumbre! " * 300,
    "😀👍",
] * 9
ASKED = [(text, "es", None) for text in TEXTS]


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """No test asks the hub; the libraries look at this when they are loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


def make(folder: Path, labels: tuple[str, ...] = ("negative", "neutral", "positive"), seed: int = 7) -> Path:
    """Save an XLM-RoBERTa of a few thousand weights with a tokenizer of its own."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=120, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        initializer_range=1.0,
    )
    XLMRobertaForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the three classes."""
    return make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def engine(folder: Path) -> TransformersEngine:
    """It, opened."""
    return open_transformers(str(folder), "cpu")


def test_every_text_in_every_language_is_judged(engine: TransformersEngine) -> None:
    """Probabilities add up to 1, the label is the likeliest class, the score positive less negative."""
    for found in engine.judge_all(ASKED):
        assert found.p is not None
        assert sum(found.p) == pytest.approx(1, abs=1e-3)
        assert found.label == ("negative", "neutral", "positive")[found.p.index(max(found.p))]
        assert found.score == pytest.approx(found.p[2] - found.p[0], abs=2e-4)
    assert engine.judge("lumbre", "es") == engine.judge("lumbre", "sw") != engine.judge("pan", "es")


def test_batches_change_no_answer(engine: TransformersEngine) -> None:
    """Texts judged together, of whatever lengths, are judged as each alone, in their order."""
    together = engine.judge_all(ASKED)
    assert len(together) == len(TEXTS) > 2 * transformers_engine.BATCH
    for text, found in zip(TEXTS[:8], together, strict=False):
        alone = engine.judge(text, "es")
        assert alone.label == found.label
        assert alone.p == pytest.approx(found.p, abs=1e-3)
    assert engine.judge_all([]) == []


def test_a_text_is_read_once_for_all_who_ask(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Brands and languages change no answer, so the model sees each text of a batch once."""
    seen, model = list[str](), engine._probabilities
    monkeypatch.setattr(engine, "_probabilities", lambda texts: (seen.extend(texts), model(texts))[1])
    target = Target(frozenset(["lumbre"]))
    first, other, again = engine.judge_all([("lumbre", "es", None), ("pan", "es", None), ("lumbre", "en", target)])
    assert first == again != other
    assert sorted(seen) == ["lumbre", "pan"]


def test_what_has_nothing_to_read_is_neutral(engine: TransformersEngine) -> None:
    """An empty text is neutral without asking the model."""
    assert engine.judge("  ", "es").p == (0.0, 1.0, 0.0)


def test_handles_and_addresses_are_read_without_their_names(engine: TransformersEngine) -> None:
    """As in the texts that XLM-T learnt from, whose handle and whose page it is does not matter."""
    assert engine.judge("@lumbre https://lumbre.example/a", "es") == engine.judge("@nubira http://b.example", "es")


def test_the_order_of_the_classes_is_the_models(tmp_path: Path, engine: TransformersEngine) -> None:
    """The same weights under other names of the classes give the same probabilities under these names."""
    turned = open_transformers(str(make(tmp_path / "turned", ("positive", "negative", "neutral"))), "cpu")
    p, q = engine.judge("lumbre es genial", "es").p, turned.judge("lumbre es genial", "es").p
    assert p is not None
    assert q == (p[1], p[2], p[0])


def test_the_numbers_of_xlm_t_are_understood(tmp_path: Path, engine: TransformersEngine) -> None:
    """`LABEL_0` to `LABEL_2` are negative, neutral and positive."""
    numbered = open_transformers(str(make(tmp_path / "n", ("LABEL_0", "LABEL_1", "LABEL_2"))), "cpu")
    assert numbered.judge("pan", "es") == engine.judge("pan", "es")


def test_the_version_names_the_weights(folder: Path, tmp_path: Path, engine: TransformersEngine) -> None:
    """The same model has the same version wherever it lies; other weights or classes have another."""
    again = open_transformers(str(folder), "auto").version
    other = open_transformers(str(make(tmp_path / "tiny", seed=8)), "cpu").version
    renamed = open_transformers(str(make(tmp_path / "b" / "tiny", ("neg", "pos", "neu"))), "cpu").version
    assert again == engine.version
    assert engine.version.startswith("transformers-tiny-")
    assert len({engine.version, other, renamed}) == 3


@pytest.mark.parametrize("labels", [("negative", "positive"), ("1 star", "2 stars", "3 stars"), ("a", "b", "c", "d")])
def test_a_model_of_other_classes_is_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    """The error names the model and its classes."""
    with pytest.raises(UsageError, match=f"other cannot judge sentiment: its classes are {', '.join(labels)}"):
        open_transformers(str(make(tmp_path / "other", labels)), "cpu")


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path, folder: Path) -> None:
    """An empty folder, one that is not there, a damaged one and a name that the hub does not have are told in words."""
    with pytest.raises(UsageError, match=r"no model in .*: a folder with config\.json"):
        open_transformers(str(tmp_path))
    with pytest.raises(UsageError, match="no model in"):
        open_transformers(str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="nobody/nothing cannot be loaded"):
        open_transformers("nobody/nothing")
    damaged = make(tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(UsageError, match="damaged cannot be loaded"):
        open_transformers(str(damaged))
    (damaged / "config.json").write_text(json.dumps({"model_type": "no such type"}))
    with pytest.raises(UsageError, match="damaged cannot be loaded"):
        open_transformers(str(damaged))


def test_a_device_that_is_not_there_is_refused(folder: Path) -> None:
    """The error says which devices there are."""
    import torch

    missing: Any = next(
        (
            name
            for name, has in (("mps", torch.backends.mps.is_available()), ("cuda", torch.cuda.is_available()))
            if not has
        )
    )
    with pytest.raises(UsageError, match=f"device {missing} .* there is cpu"):
        open_transformers(str(folder), missing)


def test_the_switch_opens_it(folder: Path) -> None:
    """`open_engine` hands model and device on."""
    found = open_engine("transformers", model=str(folder), device="cpu").judge("lumbre es genial", "gl")
    assert found.label != "unjudged"
