"""The vocabulary of a collection of texts."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from workbench.text.segment import Segmenter


def vocabulary(texts: Iterable[str], languages: Iterable[str], extra: Iterable[str] = (),
               at_least: int = 2) -> pd.DataFrame:
    """Count every word of the texts.

    Args:
        texts, languages: as many of each; a language is ``en`` or ``zh``.
        extra: words that segmentation keeps whole.
        at_least: words that occur less often are left out.

    Returns:
        ``language, word, count, texts`` (in how many texts), most frequent first, ties by word.

    >>> vocabulary(["good kettle", "Good lid"], ["en", "en"], at_least=2).to_dict("records")
    [{'language': 'en', 'word': 'good', 'count': 2, 'texts': 2}]
    """
    segmenter = Segmenter(extra)
    counts, documents = Counter(), Counter()
    for text, language in zip(texts, languages, strict=True):
        keys = [(language, word) for word in segmenter.words(text, language)]
        counts.update(keys)
        documents.update(set(keys))
    rows = [(language, word, n, documents[language, word]) for (language, word), n in counts.items() if n >= at_least]
    frame = pd.DataFrame(rows, columns=["language", "word", "count", "texts"])
    return frame.sort_values(["language", "count", "word"], ascending=[True, False, True], ignore_index=True)
