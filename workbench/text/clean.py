"""Cleaning: what never carries meaning goes, everything a reader would miss stays."""

import html
import re
import unicodedata

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\s*/?>", re.IGNORECASE)
# Byte-order marks, zero-width spaces and joiners between plain letters, direction marks, controls.
_INVISIBLE = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f"
                        "\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]")
_REPEATED = re.compile(r"([!?！？。，,~～\-=*_#])\1{3,}")
_SPACES = re.compile(r"[^\S\n]+")


def clean(text: str) -> str:
    """The text without mark-up, invisible characters and runs of spaces; composed Unicode (NFC).

    Full-width letters and digits become plain ones, Chinese punctuation stays. Runs of more than three of
    the same punctuation mark are cut to three. Case, emoji and spelling are left alone. Cleaning twice is
    the same as cleaning once.

    >>> clean("\\ufeffSo&nbsp;so <b>good</b>!!!!!!  ＡＢＣ１２３，真的")
    'So so good!!! ABC123，真的'
    """
    text = str(text)
    for _ in range(4):  # mark-up may be escaped more than once
        stripped = _TAG.sub("", _BREAK.sub("\n", html.unescape(text)))
        if stripped == text:
            break
        text = stripped
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = text.translate(_FULL_WIDTH)
    text = _REPEATED.sub(r"\1\1\1", text)
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B),
                                                *range(0xFF41, 0xFF5B), 0xFF20)} | {0x3000: 0x20}
