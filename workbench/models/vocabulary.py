"""Tokenizers made from a shop's own texts: WordPiece, in which every Chinese character stands alone."""

import re
from collections import Counter

MASK = re.compile(r"\[[A-Z][A-Z_ ]{1,20}\]")  # [PHONE], [EMAIL]: left by the door, one token each
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def train_tokenizer(texts: list[str], most: int = 8000, at_least: int = 2):
    """A lower-case BERT tokenizer with at most ``most`` pieces that occur ``at_least`` times.

    Returns:
        a ``transformers`` BERT tokenizer; the same texts give the same pieces in the same order.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertTokenizerFast

    special = [*SPECIAL, *sorted({mark for text in texts for mark in MASK.findall(text)} - set(SPECIAL))]

    def tokenizer(model) -> Tokenizer:
        made = Tokenizer(model)
        made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
        return made

    learning = tokenizer(models.WordPiece(unk_token="[UNK]"))
    letters = _letters(learning, texts, at_least)
    # The trainer numbers continuing letters as it meets them, in random order, and breaks ties by number; it keeps
    # the order of special tokens, so they go in as such.
    trainer = trainers.WordPieceTrainer(vocab_size=most, min_frequency=at_least, special_tokens=[*special, *letters],
                                        limit_alphabet=0, show_progress=False)
    learning.train_from_iterator(texts, trainer)
    pieces = [*special, *sorted(set(learning.get_vocab()) - set(special))]
    made = tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    made.add_special_tokens(special)
    made.post_processor = processors.BertProcessing(("[SEP]", special.index("[SEP]")), ("[CLS]", special.index("[CLS]")))
    return BertTokenizerFast(tokenizer_object=made, do_lower_case=True)


def _letters(tokenizer, texts: list[str], at_least: int) -> list[str]:
    """Letters that begin a word, and with ``##`` those that go on with one, where they occur often enough."""
    counts: Counter[str] = Counter()
    for text in texts:
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)):
            counts.update([word[0], *(f"##{letter}" for letter in word[1:])])
    return sorted(piece for piece, n in counts.items() if n >= at_least)
