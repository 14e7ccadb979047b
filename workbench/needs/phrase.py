"""A need in its customers' own words: the sentence closest to the middle of all that voice it."""

import numpy as np
import pandas as pd

#: characters a phrase should have, by language: shorter says little, longer is not read
LENGTHS = {"en": (18, 140), "zh": (6, 50)}


def phrase(members: pd.DataFrame) -> str:
    """The most typical of these sentences, masked as they are.

    Typical: largest mean similarity (cosine of TF-IDF over character n-grams) to the sentences of its language,
    in the language most of them are in, weighed by how surely they voice the need; of fitting length where there is one.

    Args:
        members: ``text, language, surely`` (0 to 1), at least one row.

    >>> phrase(pd.DataFrame({"text": ["I wish it held more water", "wish the kettle held more water", "Blue!"],
    ...                      "language": "en", "surely": .9}))
    'I wish it held more water'
    """
    language = members["language"].mode().iloc[0]
    rows = members[(members["language"] == language).to_numpy(dtype=bool)].drop_duplicates("text").head(400)
    texts = rows["text"].tolist()
    short, long = LENGTHS[language]
    fitting = np.array([short <= len(text) <= long for text in texts])
    if len(texts) == 1:
        return texts[0]
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb" if language == "en" else "char", ngram_range=(2, 4)).fit_transform(texts)
    middle = np.asarray(vectors @ vectors.sum(axis=0).T).ravel() / len(texts)
    score = middle * rows["surely"].to_numpy(dtype=float) + (fitting if fitting.any() else 0)
    return texts[int(score.argmax())]
