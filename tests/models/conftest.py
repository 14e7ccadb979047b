"""Tiny models and labelled texts with a planted truth: one word decides the label."""

import pandas as pd
import pytest

WORDS = {"en": ["kettle", "lid", "tent", "lamp", "bag", "blue", "green", "soft", "heavy", "today"],
         "zh": ["水壶", "盖子", "帐篷", "台灯", "背包", "蓝色", "绿色", "柔软", "很沉", "今天"]}
TELLING = {"en": {"good": "positive", "broken": "negative", "so-so": "neutral"},
           "zh": {"真好": "positive", "坏了": "negative", "一般": "neutral"}}


def labelled(language: str = "en", products: int = 20, each: int = 12, labels: int = 3) -> pd.DataFrame:
    """Texts of several products; the label follows from one word of the text."""
    words, telling = WORDS[language], list(TELLING[language].items())[:labels]
    space = " " if language == "en" else ""
    rows = []
    for product in range(products):
        for i in range(each):
            sign, label = telling[i % labels]
            around = [words[(product + 3 * i) % 10], words[(7 * product + i) % 10], words[(product * i) % 10]]
            around.insert(i % 4, sign)
            rows.append((space.join([*around, str(100 * product + i)]), label, f"P{product:02d}"))
    return pd.DataFrame(rows, columns=["text", "label", "product"])


@pytest.fixture(scope="session")
def planted():
    """The maker of such texts: ``planted("zh", products=20, each=12, labels=3)``."""
    return labelled


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory):
    """Folder of a BERT of one layer whose vocabulary is a few words."""
    import torch
    from transformers import BertConfig, BertForMaskedLM

    from workbench.models.vocabulary import train_tokenizer

    torch.manual_seed(0)
    texts = [text for language in WORDS for text in labelled(language)["text"]]
    tokenizer = train_tokenizer(texts, 1000, at_least=1)
    config = BertConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=64, initializer_range=0.1)
    folder = tmp_path_factory.mktemp("tiny")
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def trained(tiny_base):
    """Both models of one task, trained on the planted truth."""
    from workbench import models

    data = models.split(labelled(), "sentiment", "en", seed=1, origin="planted")
    recipe = models.Recipe(epochs=8, learning_rate=3e-3, batch=8, patience=8)
    return models.train_task(data, models.load_base(tiny_base), recipe)


@pytest.fixture(scope="session")
def stored(trained, tmp_path_factory):
    """The folder they lie in."""
    return trained.save(tmp_path_factory.mktemp("models") / "sentiment_en")
