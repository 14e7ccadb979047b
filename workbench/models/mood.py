"""How a sentence is meant, by the words that carry its mood: asking, advising, wishing, telling, complaining.

These cues name no product and no trade, so what a model learns from them moves to another domain better than what it
learns from topics. Families after Negi & Buitelaar 2015 ("Towards the extraction of customer-to-customer suggestions
from reviews") and Ramanand et al. 2010 ("Wishful thinking"); which of them tell what is left to the model.
"""

import re
from functools import cache

import numpy as np

_VERBS = ("add|allow|avoid|ask|book|bring|bear|be|beware|buy|call|change|check|choose|consider|contact|don't|dont|enable|"
          "ensure|expect|fix|forget|get|give|go|have|implement|improve|include|keep|leave|let|look|make|never|pay|pick|"
          "provide|put|read|remember|remove|replace|request|save|see|set|show|skip|spend|stay|stop|support|take|tell|try|"
          "turn|update|upgrade|use|visit|wait|walk|watch")
_BEFORE = r"so|and|but|also|ps|just|then|please|pls|kindly|always|instead|maybe|perhaps|or|when [^,]*,|if [^,]*,"
_GOOD = r"(?:nice|great|good|cool|better|best|useful|helpful|awesome|wonderful|lovely|ideal|perfect|handy|fantastic)"
CUES = {
    "en": {
        "opens with an imperative": rf"^\W*(?:(?:{_BEFORE})\W+)*(?:{_VERBS})\b",
        "imperative in a clause": r"(?:[,;:.!\-]|\band|\bbut|\bor|\bso)\s+(?:just |please |always )?"
                                  rf"(?!(?:be|get|have|look|read|save|see|set|show)\b)(?:{_VERBS})\b",
        "please": r"\b(?:please|pls|plz|kindly)\b",
        "should": r"\b(?:should|ought to|shouldn'?t)\b",
        "must": r"\b(?:must|needs? to|has to|have to)\b",
        "in need": r"\bneed(?:s|ed)?\b(?! to)|in need of|could do with",
        "could": r"\bcould\b",
        "would": r"\bwould\b",
        "would be good": rf"\b(?:would|'d|will|ll) (?:also |really )?be (?:\w+ )?(?:{_GOOD}|appreciated|advis\w+)",
        "good if": rf"\b{_GOOD}\b.{{0,20}}\b(?:if|to have)\b",
        "wish": r"\b(?:wish|hope|hoping|would like|'d like|would love|'d love|wants?)\b",
        "suggest": r"\b(?:suggest|suggestion|propose|idea|feature request|request|petition)\w*",
        "recommend": r"\b(?:recommend|advis|advice|tip)\w*",
        "why not": r"\b(?:why not|why can'?t|how about|what about|what if)\b",
        "if": r"\bif\b",
        "if you": r"\bif (?:you|ur|your)\b",
        "you": r"\b(?:you|your|yourself)\b",
        "you can": r"\byou (?:can|could|should|will|'ll|may|might|must|need|have|want|get)\b",
        "make sure": r"\b(?:make sure|be sure|be aware|beware|be prepared|be careful|keep in mind|take note|worth)\b",
        "instead": r"\b(?:instead|rather|alternative\w*|better off)\b",
        "lacks": r"\b(?:lack|missing|no way to|no option|can'?t|cannot|unable)\b",
        "allow": r"\b(?:allow|enable|support|provide|add|implement|include|option|ability)\w*\b",
        "question": r"\?",
        "we did": r"\b(?:i|we|my|our)\b.*\b(?:was|were|had|did|got|went|stayed|found|took|tried|used)\b",
        "first person": r"\b(?:i|we|my|our|me|us)\b",
        "past": r"\b(?:was|were|had|did|\w+ed)\b",
        "negation": r"\b(?:not|never|no)\b|n't\b",
        "do not": r"\b(?:don'?t|do not|never)\b",
        "comparison": r"\b(?:more|better|larger|bigger|less|easier|faster)\b",
        "like another": r"\b(?:similar to|same as|just like)\b",
    },
    "zh": {
        "please": r"请(?!问)|麻烦|拜托|求", "should": r"应该|应当|最好|不如|得", "wish": r"希望|但愿|盼|期待|想要|想让",
        "suggest": r"建议|推荐|提议|意见", "if": r"如果|要是|假如|的话", "it would be good": r"就好了|更好|就更|就完美|会更",
        "can": r"能不能|可不可以|可以|能否|能", "question": r"[?？]|吗|呢|请问|怎么|为什么|多少|哪|什么|是否",
        "do not": r"不要|别|千万|勿|慎", "negation": r"不|没|无|未", "lacks": r"没有|缺|少了|不带|不支持|不能|找不到",
        "more": r"更|再|多|加", "too": r"太|过于|有点|偏", "you": r"你|您|大家|亲", "first person": r"我|咱|本人",
        "done": r"了|过|已经", "but": r"但|不过|就是|可惜|虽然", "compared": r"比|像|跟|一样",
    },
}


def cues(texts: list[str], language: str) -> np.ndarray:
    """(n, cues + 1): 1 where a cue of ``CUES[language]`` occurs, and the length in words (en) or characters (zh), 0 to 1.

    >>> cues(["Please add a timer.", "We stayed two nights."], "en")[:, 2].tolist()  # please
    [1.0, 0.0]
    """
    patterns = _patterns(language)
    found = np.zeros((len(texts), len(patterns) + 1))
    for row, text in enumerate(texts):
        found[row, :-1] = [pattern.search(text) is not None for pattern in patterns]
        found[row, -1] = min((len(text.split()) if language == "en" else len(text)) / 40, 1.0)
    return found


@cache
def _patterns(language: str) -> list[re.Pattern]:
    return [re.compile(pattern, re.IGNORECASE) for pattern in CUES[language].values()]
