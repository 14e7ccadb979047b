"""Masked-language modelling on a shop's own texts: from scratch with a small BERT, or going on from any base.

Devlin et al. 2019, "BERT": 15% of the tokens are chosen; of these 80% are masked, 10% exchanged for a random
token, 10% left. Perplexity is measured on texts that training never sees, at places fixed by the seed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.device import best_device, has_bfloat16
from workbench.models.encoder import MOST_TOKENS, Base, batches, save_weights
from workbench.models.textset import text_hash
from workbench.models.vocabulary import train_tokenizer
from workbench.uncertainty import middle, resample

CHOSEN, MASKED, EXCHANGED = 0.15, 0.8, 0.1
IGNORED = -100  # where nothing is asked
FEWEST_TEXTS = 200
EXAM_TOKENS, ROUNDS = 20_000, 5  # held-out tokens that perplexity is measured on; how often a text may be masked
MEASURES = 12  # how often held-out perplexity is measured on the way
RESAMPLES = 1000


@dataclass(frozen=True)
class Practice:
    """How to pre-train.

    Attributes:
        epochs, max_tokens: passes over the texts, and tokens learnt from in all of them; the learning rate falls to
            zero with whichever runs out first, so the same texts give the same encoder.
        max_minutes: a stop for slow machines; where it cuts training short, the card says so.
        learning_rate: its peak; 0 chooses 1e-3 from scratch and 5e-5 going on from a base.
        batch_tokens: tokens of a batch, with padding; small batches get past word frequencies sooner (DECISIONS.md).
        layers, width, heads, pieces: size of an encoder made from scratch, and its vocabulary at most.
    """

    epochs: int = 20
    max_tokens: int = 6_000_000
    max_minutes: float = 10.0
    learning_rate: float = 0.0
    batch_tokens: int = 512
    layers: int = 4
    width: int = 192
    heads: int = 4
    pieces: int = 8000
    seed: int = 0


@dataclass
class Pretrained:
    """A pre-trained encoder: ``model`` and ``tokenizer`` of transformers, and its card.

    The card holds sizes, held-out perplexity before and after with 95% intervals, that of the unigram baseline, their
    ``ratio`` (below 1: better than the baseline; its interval is that of the pairs), and ``history``: one record a
    measurement with ``epoch, seconds, training_perplexity, held_out_perplexity``.
    """

    model: object
    tokenizer: object
    card: dict

    def save(self, folder: Path) -> Path:
        """Write weights, tokenizer and card whole or not at all."""
        with cards.replacing_folder(folder) as beside:
            save_weights(self.model, self.tokenizer, beside)
            cards.write_card(beside, self.card)
        return Path(folder)


@dataclass(frozen=True)
class Batch:
    """Token ids as the model sees them and as it must tell them, (n, length); ``rows`` are the texts' places."""

    seen: np.ndarray
    asked: np.ndarray
    attention: np.ndarray
    rows: np.ndarray


def pretrain(texts: list[str], language: str, base: Base | None = None, practice: Practice | None = None,
             tell: Callable[[str], None] = lambda line: None) -> Pretrained:
    """Learn a language from texts: nine in ten are learnt from, one in ten (by hash of the text) is held out.

    Interrupted (Ctrl-C), it keeps what it has learnt so far, and the card says so. ``tell`` is called with a line of
    progress at each measurement.

    Raises:
        ModelError: fewer than 200 different texts.
    """
    import torch

    practice, texts = practice or Practice(), sorted({text.strip() for text in texts if text.strip()})
    if len(texts) < FEWEST_TEXTS:
        raise ModelError(f"{len(texts)} different {language} texts; pre-training needs {FEWEST_TEXTS} or more")
    torch.manual_seed(practice.seed)
    learnt, held_out = ([text for text in texts if is_held_out(text) == side] for side in (False, True))
    tokenizer, model = _start(learnt, base, practice)
    train, test = _pieces(tokenizer, learnt), _pieces(tokenizer, held_out)
    exam = _exam(test, tokenizer, practice)
    before = _losses(model, exam)
    practice = replace(practice, learning_rate=practice.learning_rate or (5e-5 if base else 1e-3))
    run = _learn(model, train, exam, tokenizer, practice, tell)
    after, unigram = _losses(model, exam), _unigram(train, exam, len(tokenizer))
    against = np.column_stack([after[:, 0], after[:, 1] - unigram[:, 1]])
    scores = {"perplexity_before": before, "perplexity": after, "baseline_perplexity": unigram, "ratio": against}
    card = {
        "kind": "pretrained", "language": language, "base": base.name if base else "", "practice": asdict(practice),
        "texts": len(learnt), "held_out_texts": len(held_out), "tokens": sum(map(len, train)),
        "held_out_tokens": len(before), "vocabulary": len(tokenizer), "parameters": model.num_parameters(),
        **{name: _perplexity(losses, practice.seed) for name, losses in scores.items()}, "baseline": "unigram",
        **run, "versions": cards.versions("torch", "transformers", "tokenizers")}
    return Pretrained(model.to("cpu").eval(), tokenizer, card)


def is_held_out(text: str) -> bool:
    """Whether pre-training holds a text out: one in ten, by its hash.

    >>> sum(is_held_out(str(n)) for n in range(1000))
    107
    """
    return int(text_hash(text)[:8], 16) % 10 == 0


def mask(ids: np.ndarray, maskable: np.ndarray, mask_id: int, vocabulary: int, rng: np.random.Generator):
    """Mask a batch of token ids (n, length).

    Args:
        maskable: boolean (n, length), false for padding and special tokens.

    Returns:
        what the model sees and what it must tell (-100 where nothing is asked), both (n, length).
    """
    chosen, fate = maskable & (rng.random(ids.shape) < CHOSEN), rng.random(ids.shape)
    exchanged = chosen & (fate >= MASKED) & (fate < MASKED + EXCHANGED)
    seen = np.where(chosen & (fate < MASKED), mask_id, ids)
    seen[exchanged] = rng.integers(0, vocabulary, exchanged.sum())
    return seen, np.where(chosen, ids, IGNORED)


def _start(texts: list[str], base: Base | None, practice: Practice):
    if base:
        return base.tokenizer(), base.masked().to(best_device())
    from transformers import BertConfig, BertForMaskedLM

    tokenizer = train_tokenizer(texts, practice.pieces)
    tokenizer.model_max_length = MOST_TOKENS
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=practice.width, num_hidden_layers=practice.layers,
        num_attention_heads=practice.heads, intermediate_size=4 * practice.width,
        max_position_embeddings=MOST_TOKENS, pad_token_id=tokenizer.pad_token_id)
    return tokenizer, BertForMaskedLM(config).to(best_device())


def _pieces(tokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids of every text; a long one in several pieces, so that nothing of it is lost."""
    found = tokenizer(texts, truncation=True, max_length=MOST_TOKENS, return_overflowing_tokens=True)["input_ids"]
    return [list(ids) for ids in found]


def _batches(pieces: list[list[int]], tokenizer, most: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Masked batches of pieces of like length, in random order."""
    order = rng.permutation(len(pieces))
    parts = batches([len(pieces[i]) for i in order], most)
    for part in (order[parts[i]] for i in rng.permutation(len(parts))):
        ids = np.full((len(part), max(len(pieces[i]) for i in part)), tokenizer.pad_token_id)
        for row, i in enumerate(part):
            ids[row, :len(pieces[i])] = pieces[i]
        seen, asked = mask(ids, ~np.isin(ids, tokenizer.all_special_ids), tokenizer.mask_token_id, len(tokenizer), rng)
        yield Batch(seen, asked, ids != tokenizer.pad_token_id, part)


def _exam(pieces: list[list[int]], tokenizer, practice: Practice) -> list[Batch]:
    """Held-out pieces with fixed masks: a few are masked several times, of very many only some are taken."""
    rng = np.random.default_rng(practice.seed)
    order = rng.permutation(len(pieces))
    taken = order[np.cumsum([len(pieces[i]) for i in order]) <= EXAM_TOKENS]
    pieces = [pieces[i] for i in taken]
    rounds = int(np.clip(EXAM_TOKENS // max(1, sum(map(len, pieces))), 1, ROUNDS))
    return [batch for _ in range(rounds) for batch in _batches(pieces, tokenizer, practice.batch_tokens, rng)]


def _learn(model, pieces, exam, tokenizer, practice: Practice, tell: Callable) -> dict:
    """Train in place until the epochs, the tokens or the minutes run out; the history, how it ended, and its seconds."""
    import torch
    from rich.progress import Progress

    optimizer = torch.optim.AdamW(model.parameters(), lr=practice.learning_rate, weight_decay=0.01, fused=True)
    rng, began, tokens, done = np.random.default_rng(practice.seed + 1), time.perf_counter(), 0, 0.0
    history, recent, ended = [_measured(0.0, 0.0, [], model, exam)], [], "all epochs"
    with Progress(transient=True) as bar:
        task = bar.add_task("pre-training", total=1.0)
        try:
            for epoch, batch in _passes(pieces, tokenizer, practice, rng):
                seconds = time.perf_counter() - began
                if seconds >= 60 * practice.max_minutes or tokens >= practice.max_tokens:
                    clock = tokens < practice.max_tokens
                    ended = f"{practice.max_minutes:g} minutes" if clock else f"{practice.max_tokens:,} tokens"
                    break
                tokens += int(batch.attention.sum())
                done = min(1.0, max(epoch / practice.epochs, tokens / practice.max_tokens))
                if (batch.asked != IGNORED).any():
                    rate = practice.learning_rate * min(done / 0.06 + 0.02, 1.0) * (1 - done)
                    recent.append(_step(model, optimizer, batch, rate))
                bar.update(task, completed=done)
                if done * MEASURES >= len(history):
                    history.append(_measured(epoch, seconds, recent, model, exam))
                    recent = []
                    tell(f"pre-training: {done:.0%} after {seconds:,.0f} s, held-out perplexity "
                         f"{history[-1]['held_out_perplexity']:,.1f}")
        except KeyboardInterrupt:
            ended = "interrupted"
    seconds = time.perf_counter() - began
    if recent:
        history.append(_measured(epoch, seconds, recent, model, exam))
    return {"history": history, "ended": ended, "training_seconds": round(seconds, 1)}


def _passes(pieces, tokenizer, practice: Practice, rng) -> Iterator[tuple[float, Batch]]:
    """Batches, each with the passes made when it is learnt."""
    passed = 0
    while passed < practice.epochs * len(pieces):
        for batch in _batches(pieces, tokenizer, practice.batch_tokens, rng):
            passed += len(batch.rows)
            yield passed / len(pieces), batch


def _step(model, optimizer, batch: Batch, rate: float) -> float:
    import torch

    model.train()
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = _loss(model, batch).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _loss(model, batch: Batch):
    """Negative log probability of each asked token, (asked,), in nats; the head computes nothing else."""
    import torch

    seen, asked, attention = (torch.from_numpy(a).to(model.device) for a in (batch.seen, batch.asked, batch.attention))
    head = getattr(model, "cls", None) or getattr(model, "lm_head", None)
    where = asked != IGNORED
    with torch.autocast(model.device.type, torch.bfloat16, enabled=has_bfloat16()):
        if head is None:
            logits = model(input_ids=seen, attention_mask=attention.long()).logits[where]
        else:
            hidden = model.base_model(input_ids=seen, attention_mask=attention.long()).last_hidden_state
            logits = head(hidden[where])
    return torch.nn.functional.cross_entropy(logits.float(), asked[where], reduction="none")


def _losses(model, exam: list[Batch]) -> np.ndarray:
    """(asked tokens, 2): the place of the text and the loss in nats."""
    import torch

    model.eval()
    with torch.inference_mode():
        return np.concatenate([np.column_stack([_owners(batch), _loss(model, batch).cpu().numpy()]) for batch in exam])


def _owners(batch: Batch) -> np.ndarray:
    return batch.rows[np.nonzero(batch.asked != IGNORED)[0]]


def _measured(epoch: float, seconds: float, recent: list[float], model, exam) -> dict:
    return {"epoch": round(epoch, 2), "seconds": round(seconds, 1),
            "training_perplexity": round(float(np.exp(np.mean(recent))), 2) if recent else None,
            "held_out_perplexity": round(float(np.exp(_losses(model, exam)[:, 1].mean())), 2)}


def _unigram(pieces, exam: list[Batch], vocabulary: int) -> np.ndarray:
    """Losses of a model that knows only how frequent each token is (add one)."""
    counts = np.bincount(np.concatenate(pieces), minlength=vocabulary) + 1.0
    surprise = -np.log(counts / counts.sum())
    return np.concatenate([np.column_stack([_owners(b), surprise[b.asked[b.asked != IGNORED]]]) for b in exam])


def _perplexity(losses: np.ndarray, seed: int) -> dict[str, float]:
    """Perplexity of (asked tokens, 2) place and loss, with a 95% interval from a bootstrap of the texts."""
    owners = np.unique(losses[:, 0], return_inverse=True)[1]
    sums, counts = np.bincount(owners, losses[:, 1]), np.bincount(owners)
    weights = resample(len(sums), seed, RESAMPLES)
    low, high = middle(np.exp((weights @ sums) / (weights @ counts)))
    return {"value": round(float(np.exp(losses[:, 1].mean())), 3), "ci_lower": round(low, 3),
            "ci_upper": round(high, 3)}
