"""A tiny BERT that has learnt one shortcut: the word "zap" decides the label. Nothing is downloaded."""

import pytest


@pytest.fixture(scope="session")
def shortcut(tmp_path_factory):
    """An ``EncoderClassifier`` (attention on) for which only ``zap`` matters."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    from workbench.models import EncoderClassifier

    folder = tmp_path_factory.mktemp("tiny")
    words = ["good", "bad", "kettle", "lid", "the", "is", "a", "zap", "very", "blue", "un", "##hear", "很", "好", "壶", "."]
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]) + "\n")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        num_labels=2, attn_implementation="eager", hidden_dropout_prob=0, attention_probs_dropout_prob=0))
    plain = [word for word in words if word != "zap" and not word.startswith("##")]
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(60):
        picks = torch.randint(0, len(plain), (64, 8), generator=generator)
        zap, at = torch.randint(0, 2, (64,), generator=generator), torch.randint(0, 8, (64,), generator=generator)
        texts = [" ".join("zap" if z and i == a else plain[p] for i, p in enumerate(row))
                 for row, z, a in zip(picks.tolist(), zap.tolist(), at.tolist(), strict=True)]
        batch = tokenizer(texts, padding=True, return_tensors="pt")
        loss = model(**batch, labels=zap).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < .1
    card = {"kind": "encoder", "labels": ["plain", "zapped"], "max_tokens": 64, "language": "en",
            "name": "shortcut", "base": str(folder)}
    return EncoderClassifier(card, model, tokenizer, set())
