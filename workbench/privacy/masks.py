r"""Masks: personal data in texts are replaced by what they were: [EMAIL], [PHONE], [ID], [CARD], [ORDER], [ACCOUNT],
[ADDRESS], [NAME].

``\b`` does not break between a digit and a Chinese character, so every pattern looks around itself for
ASCII neighbours only; check digits keep prices and codes from being taken for cards and ids. Numbers of orders and
accounts have no form of their own: they are told by the word before them, and the weaker the word the longer they must be.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from workbench.privacy import people

MASKS = ("EMAIL", "CARD", "ID", "PHONE", "ORDER", "ACCOUNT", "ADDRESS", "NAME")

_NOT_AFTER = r"(?<![A-Za-z0-9])"
_NOT_BEFORE = r"(?![A-Za-z0-9])"
_GAP = r"[ \-.·]?"


@dataclass(frozen=True)
class _Rule:
    mask: str
    pattern: re.Pattern
    holds: Callable[[str], bool] = lambda found: True


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a card number (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def resident_id(number: str) -> bool:
    """Whether 18 characters are a Chinese resident id: a birth date and the check digit (GB 11643-1999).

    >>> resident_id("11010519491231002X"), resident_id("110105194912310021")
    (True, False)
    """
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def nric(number: str) -> bool:
    """Whether nine characters are a Singapore NRIC or FIN with its check letter.

    >>> nric("S1234567D"), nric("S1234567A")
    (True, False)
    """
    number = number.upper()
    total = sum(int(d) * w for d, w in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    place = 10 - total % 11 if number[0] == "M" else total % 11
    return letters[number[0]][place] == number[8]


def _digits(found: str) -> str:
    return re.sub(r"\D", "", found)


def _card(found: str) -> bool:
    digits = _digits(found)
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits)


def _plausible_international(found: str) -> bool:
    return 8 <= len(_digits(found)) <= 15


def _rule(mask: str, pattern: str, holds: Callable[[str], bool] = lambda found: True) -> _Rule:
    return _Rule(mask, re.compile(_NOT_AFTER + pattern + _NOT_BEFORE, re.IGNORECASE), holds)


_AT = r"(?:\s?[@＠]\s?|\s?[\[(]\s?at\s?[\])]\s?)"
_DOT = r"(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)"
# The order matters: what is longer and has a check digit comes before what is shorter and has none.
_RULES = (
    _rule("EMAIL", rf"[a-z0-9](?:[a-z0-9._%+-]*[a-z0-9_])?{_AT}(?:[a-z0-9-]+{_DOT})+[a-z]{{2,24}}"),
    _rule("ID", r"[1-9]\d{16}[\dX]", resident_id),
    _rule("ID", r"[1-9]\d{5}[ -]?(?:19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dX]",
          lambda found: resident_id(re.sub(r"[ -]", "", found))),
    _rule("CARD", r"\d(?:[ -]?\d){12,18}", _card),
    _rule("ID", r"[STFGM]\d{7}[A-Z]", nric),
    _rule("ID", r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"),  # US social security number
    _rule("ID", r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),  # UK NI
    _rule("PHONE", rf"(?:(?:\+|00)86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}"),  # mainland mobile
    _rule("PHONE", rf"(?:(?:\+|00)86{_GAP})?1[3-9]\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}"),
    _rule("PHONE", rf"\(?0\d{{2,3}}\)?[- ]?[2-9]\d{{2,3}}{_GAP}\d{{4}}(?:\s?(?:转|ext\.?)\s?\d{{1,5}})?"),  # landline
    _rule("PHONE", r"400[- ]?\d{3}[- ]?\d{4}"),
    _Rule("PHONE", re.compile(r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}(?:[ \-.()]{0,2}\d){6,13}(?!\d)"),
          _plausible_international),
    _rule("PHONE", r"(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-. ]\d{4}"),  # North America
    _rule("PHONE", r"\(0\d\) ?\d{4}[ -]?\d{4}"),  # Australia
    _rule("PHONE", r"07\d{3} ?\d{3} ?\d{3}"),  # UK mobile
    _rule("PHONE", r"(?<!\d[ -])[689]\d{3}[ -]?\d{4}(?![ -]\d)"),  # Singapore
)
_NAMED = re.compile(
    r"(?:(?:微信号?|威信|薇信|v信|wechat|weixin|vx|QQ号?|telegram|line id)"
    r"(?:\s*(?:id|号码?|是|为|搜|加|[:：]))*\s*)"
    r"(?<![A-Za-z0-9])(?P<found>[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{4,11})(?![A-Za-z0-9_-])", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?P<before>(?:(?P<order>(?<![a-z0-9])(?:orders?|invoice|booking|reservation|tracking|consignment)(?![a-z0-9])"
    r"|订单|订购单|定单|运单|快递单|物流单|发票|单(?=号))"
    r"|(?<![a-z0-9])(?:account|acct|acc|member(?:ship)?|customer)(?![a-z0-9])|[账帐](?=[号户])|会员卡?|客户)"
    r"(?P<said>(?:\s*(?:\b(?:no\b\.?|nr\b\.?|num(?:ber)?\b|id\b|ref(?:erence)?\b\.?|code\b)|[#＃№]|编?号码?|编码))*)户?"
    r"(?:\s*(?:\b(?:is|was)\b|是|为|[:：(（\[]))*\s*)"
    r"(?P<found>(?<![a-z0-9])[a-z0-9]+(?:-[a-z0-9]+)*)(?![a-z0-9@＠]|-[a-z0-9]|[.,]\d)", re.IGNORECASE)
_MARKETPLACE = re.compile(r"\d{2,3}-\d{5,7}-\d{5,7}")
_YEAR = r"(?:19|20)\d\d"
_DATED = re.compile(rf"{_YEAR}(-?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|\d\d?-\d\d?-{_YEAR}|{_YEAR}-{_YEAR}")


def _long(number: str, said: bool) -> bool:
    """Whether a number behind "order" or "account" is one of theirs, and not a date, a quantity or a model.

    Behind "order number" (``said``) five digits in a row are enough, six where there are letters too; behind the bare
    word it takes eight and no round number, six where there are letters too, or the form of a marketplace.

    >>> _long("536365", said=True), _long("536365", said=False), _long("123-4567890-1234567", said=False)
    (True, False, True)
    >>> _long("WH-1000XM4", said=True), _long("20261115", said=True), _long("10000000", said=False)
    (False, True, False)
    """
    if _DATED.fullmatch(number) and not (said and number.isdigit()):
        return False
    run = max(map(len, re.findall(r"\d+", number)), default=0)
    if any(mark.isalpha() for mark in number):
        return run >= 6
    if _MARKETPLACE.fullmatch(number):
        return True
    return run >= 5 if said else run >= 8 and not number.endswith("000")


_WORTH_A_LOOK = re.compile(
    r"\d{3}|\d[ -]\d|[@＠]|\bat\b|微信|威信|薇信|v信|wechat|weixin|vx|QQ|telegram|line id", re.IGNORECASE)


_HIDDEN = "\0"  # in the place of what was found: no later rule takes it for a letter, a digit or a word


@dataclass(frozen=True)
class Span:
    """Where a text holds personal data: ``text[start:end]`` is of the kind ``mask``."""

    start: int
    end: int
    mask: str


class _Search:
    """A text and what was found in it; what is found is hidden from later rules, and places stay as they are."""

    def __init__(self, text: str):
        self.text, self.found = text, []

    def take(self, pattern: re.Pattern, kind: Callable[[re.Match], str]) -> None:
        """Note the group ``found`` of each match (the whole, where there is none) that ``kind`` gives a mask."""
        group = "found" if "found" in pattern.groupindex else 0
        for match in pattern.finditer(self.text):
            if mask := kind(match):
                start, end = match.span(group)
                self.found.append(Span(start, end, mask))
        for span in self.found:
            self.text = self.text[:span.start] + _HIDDEN * (span.end - span.start) + self.text[span.end:]


_CODED = re.compile(  # what a word calls a code is no phone and no card
    r"(?:(?<![a-z])(?:ref|sku|model|part|item|article|batch|lot|serial|ean|isbn|barcode|version|coupon)|货号|条码|编[号码]|型号|批号"
    r"|序列号|防伪码|激活码|兑换码)(?![a-z])[.:：# ]*(?:(?:no|number|code)\b)?[.:：# ]*(?:is|是|为)?\s*$", re.IGNORECASE)


def _ruled(match: re.Match, rule: _Rule) -> str:
    if not rule.holds(match.group()):
        return ""
    coded = rule.mask in ("PHONE", "CARD") and _CODED.search(match.string[max(0, match.start() - 24):match.start()])
    return "" if coded else rule.mask


def _numbered(match: re.Match) -> str:
    if not _long(match["found"], bool(match["said"])):
        return ""
    return "ORDER" if match["order"] else "ACCOUNT"


def find(text: str) -> list[Span]:
    """Where the text holds personal data, in reading order; spans do not overlap.

    >>> find("张先生13800138000")
    [Span(start=0, end=1, mask='NAME'), Span(start=3, end=14, mask='PHONE')]
    """
    search = _Search(text)
    if _WORTH_A_LOOK.search(text):
        search.take(_NUMBERED, _numbered)  # first: a part of such a number may look like a phone
        for rule in _RULES:
            search.take(rule.pattern, lambda match, rule=rule: _ruled(match, rule))
        search.take(_NAMED, lambda match: "ACCOUNT")
    if people.WORTH_A_LOOK.search(text):
        for kind, pattern in people.PATTERNS:
            search.take(pattern, lambda match, kind=kind: kind)
    return sorted(search.found, key=lambda span: span.start)


def mask(text: str) -> tuple[str, Counter]:
    """The text with its personal data masked, and how many of each mask.

    Masking twice is the same as masking once. Dates, prices, sizes and names of models stay, and so does a number of
    an order or account that no word before it tells.

    >>> mask("请发到li.wei@example.com或打13800138000，谢谢")[0]
    '请发到[EMAIL]或打[PHONE]，谢谢'
    >>> mask("Card 4111 1111 1111 1111, NRIC S1234567D, call +65 9123 4567. Cost 129.90, order 20261115.")[0]
    'Card [CARD], NRIC [ID], call [PHONE]. Cost 129.90, order 20261115.'
    >>> mask("Order #536365 of the WH-1000XM4 never came. 订单号20261101123456")[0]
    'Order #[ORDER] of the WH-1000XM4 never came. 订单号[ORDER]'
    >>> mask("Ask Mrs O'Connor, 17 Churchill Road. Love my Dr. Martens. 王女士住建设路12号, 王老吉")[0]
    'Ask Mrs [NAME], [ADDRESS]. Love my Dr. Martens. [NAME]女士住[ADDRESS], 王老吉'
    """
    parts, last = [], 0
    found = find(text)
    for span in found:
        parts += [text[last:span.start], f"[{span.mask}]"]
        last = span.end
    return "".join([*parts, text[last:]]), Counter(span.mask for span in found)
