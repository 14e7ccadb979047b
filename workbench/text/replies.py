"""What a shop answers below a review stands in the same text in many exports: it is not what the customer says."""

import re

from workbench.text.sentences import Sentence, sentences

_SHOP = "宾馆|酒店|旅馆|民宿|商家|商户|店家|店主|掌柜|卖家|客服|官方|房东"
_OWNER = "owner|seller|shop|store|business|developer|manufacturer|merchant|vendor|host|hotel|management|manager|company"
_DATE = r"\s*\d{2,4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?\s*"
# Who quotes the shop ("我问了，客服回复：不退") does so within a sentence; an answer begins one, or bears a date.
_BEGINS = r"(?:^|(?<=[\n。.！!？?~～…]))\s*[\[【(（]?"
_ANSWERED = f"(?:{_SHOP})的?(?:反馈|回复|回应|答复)"
_REPLY = re.compile(
    rf"{_ANSWERED}{_DATE}[:：]|{_BEGINS}{_ANSWERED}[\]】)）]?\s*[:：]"
    rf"|{_BEGINS}(?:(?:response|reply|answer) from (?:the )?(?:{_OWNER})|(?:{_OWNER})(?:['’]s)? (?:response|reply|answer))"
    r"\]?(?: on [^:\n]{4,24}|\s*\([^)\n]{4,24}\))?\s*:", re.IGNORECASE)
_AGAIN = re.compile(  # the customer goes on
    rf"(?:补充点评|追加评[价论]|追评)(?:{_DATE})?\s*[:：]|\n\s*(?:edit|update|follow[- ]up)\b[^:\n]{{0,24}}:", re.IGNORECASE)


def replies(text: str) -> list[tuple[int, int]]:
    """Where the shop speaks: from the words that say so to where the customer goes on, or to the end.

    >>> text = "早餐不错！宾馆反馈 2008年8月8日 ： 感谢您的支持。补充点评 2008年8月9日：还会再来。"
    >>> [text[start:end] for start, end in replies(text)]
    ['宾馆反馈 2008年8月8日 ： 感谢您的支持。']
    >>> replies("我问能不能退，客服回复：不能。"), replies("The seller's reply was rude.")
    ([], [])
    """
    found, end = [], 0
    while mark := _REPLY.search(text, end):
        start = mark.end() - len(mark.group().lstrip())
        again = _AGAIN.search(text, mark.end())
        end = again.start() if again else len(text)
        found.append((start, end))
    return found


def own_sentences(text: str) -> list[Sentence]:
    """The sentences of a review that are the customer's own, each with its place in the whole text.

    >>> [s.text for s in own_sentences("Lid leaks.\\nResponse from the owner: We are sorry, please write to us.")]
    ['Lid leaks.']
    """
    ends = [0, *(place for span in replies(text) for place in span), len(text)]
    return [Sentence(one.text, one.start + start, one.end + start) for start, end in zip(ends[::2], ends[1::2], strict=True)
            for one in sentences(text[start:end])]
