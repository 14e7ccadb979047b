"""What is hard to read: negation, conditionals, sarcasm, comparisons. Read by the linear models of the sample's gold.

What they get wrong stays here as a strict xfail: the day a model reads it right, the test says so.
"""

import pytest

from workbench import models, sample

SARCASM = "words of praise in earnest stand in the gold far more often than in mockery; the stars are not read"
NEGATED = "n-grams do not carry the negation over to the verb that it turns"
OTHERS = "whose product is meant is told by too few sentences of the gold to be learnt"

RIGHT = [
    ("en", "negation", "It is not noisy at all.", "praise"),
    ("en", "negation", "The lid does not leak.", "praise"),
    ("en", "conditional", "I would buy again if it came in blue.", "wish"),
    ("en", "conditional", "If only it held a full litre.", "wish"),
    ("en", "conditional", "Would be perfect if the strap were longer.", "wish"),
    ("en", "comparison", "My old one leaked all the time.", "none"),
    ("en", "comparison", "The blender I had before was much louder.", "none"),
    ("en", "comparison", "Far quieter than my last fan.", "praise"),
    ("en", "question", "Does anyone know whether it works on induction?", "missing_information"),
    ("zh", "negation", "一点都不吵", "praise"),
    ("zh", "negation", "根本充不进电", "complaint"),
    ("zh", "conditional", "要是有蓝色的我还会再买", "wish"),
    ("zh", "conditional", "容量再大一点就好了", "wish"),
    ("zh", "conditional", "如果带子再长一点就完美了", "wish"),
    ("zh", "comparison", "比我上一台安静多了", "praise"),
    ("zh", "comparison", "别家的吵得要命", "none"),
    ("zh", "question", "请问能不能用在电磁炉上？", "missing_information"),
]
WRONG = [
    ("en", "negation", "It doesn't hold its charge.", "complaint", NEGATED),
    ("en", "sarcasm", "Great, another kettle that leaks.", "complaint", SARCASM),
    ("en", "sarcasm", "Wonderful, it died on day two.", "complaint", SARCASM),
    ("en", "sarcasm", "Love waking the whole house with it.", "complaint", SARCASM),
    ("zh", "negation", "用了半年没有坏过", "praise", NEGATED),
    ("zh", "sarcasm", "呵呵，这静音效果全楼都听得见", "complaint", SARCASM),
    ("zh", "comparison", "以前那个老是漏水", "none", OTHERS),
]


@pytest.fixture(scope="module")
def readers():
    texts = sample.labelled_texts()
    found = {}
    for language in ("en", "zh"):
        data = models.split(texts[(texts["task"] == "needs") & (texts["language"] == language)], "needs", language)
        found[language] = models.refit_linear(models.fit_linear(data), data)
    return found


@pytest.mark.parametrize("language, what, text, kind", [
    *RIGHT, *(pytest.param(*case[:4], marks=pytest.mark.xfail(strict=True, reason=case[4])) for case in WRONG)])
def test_kinds_of_what_is_hard_to_read(readers, language, what, text, kind):
    told = readers[language].predict([text])["label"].iloc[0]
    assert told == kind, f"{what}: {text} is read as {told}"
