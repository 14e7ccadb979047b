import pytest

from workbench import sample
from workbench.needs.advice import ADVICE, WARNING, meant


@pytest.mark.parametrize("language, text, told", [
    ("en", "If you are tall you should size up.", ADVICE), ("en", "It would look great with black boots.", ADVICE),
    ("en", "I would recommend going down a size.", ADVICE), ("en", "This would be lovely for someone taller.", ADVICE),
    ("en", "I was worried it would be too short.", ADVICE), ("en", "Save your money.", WARNING),
    ("en", "Would buy again.", ADVICE), ("en", "I'd definitely order from them again in a heartbeat", ADVICE),
    ("en", "Would repurchase", ADVICE), ("en", "Would not buy again!", WARNING),
    ("en", "I would not recommend this.", WARNING),
    ("en", "I won't be ordering from here again", WARNING), ("en", "I would buy it again if it came in red", None),
    ("en", "Please make it again, I would buy two.", None), ("en", "I would not buy it again unless it had a lid", None),
    ("en", "I would not recommend sizing down!", ADVICE),
    ("en", "I'm hoping it is restocked as I would buy it again", None),
    ("en", "I wish it looked good with boots.", None), ("en", "You should make it in blue.", None),
    ("en", "It would be great if you made it in red.", None),
    ("en", "Please bring it back, whatever you want for it!", None),
    ("zh", "建议大家拍大一码", ADVICE), ("zh", "大家可以放心买", ADVICE), ("zh", "奉劝大家不要买", WARNING),
    ("zh", "建议商家改进包装", None), ("zh", "希望大家可以有更多颜色", None),
])
def test_whom_a_sentence_speaks_to(language, text, told):
    assert meant(text, language) == told


def test_hardly_a_wish_of_the_gold_is_taken_for_advice():
    gold = sample.gold_sentences()
    wishes = gold[gold["kind"] == "wish"]
    taken = [text for text, language in zip(wishes["text"], wishes["language"], strict=True) if meant(text, language)]
    assert len(taken) <= .01 * len(wishes), taken
