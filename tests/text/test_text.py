import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.segment import f1, gold, spans
from workbench import sample
from workbench.text import (
    Segmenter,
    catalogue_words,
    clean,
    foreign,
    language_of,
    own_sentences,
    replies,
    sentences,
    vocabulary,
    words,
)

AWKWARD = st.sampled_from(list("。！？.!? \n&<>/bｂ，0.5e.g. [PHONE]很好"))
TEXTS = st.text(st.characters(codec="utf-8") | AWKWARD, max_size=80)


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(TEXTS)
def test_sentences_cover_every_visible_character_in_order(text):
    found = sentences(text)
    assert all(text[s.start:s.end] == s.text for s in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    kept = set().union(*(range(s.start, s.end) for s in found))
    assert all(text[i].isspace() for i in range(len(text)) if i not in kept)


def test_markup_goes_and_meaning_stays():
    assert clean("<p>Fine &amp;lt;3</p><br>not &quot;waterproof&quot;") == 'Fine <3\nnot "waterproof"'
    assert clean("5 < 7 and 9 > 2") == "5 < 7 and 9 > 2"
    assert clean("做\u200b工\ufeff好") == "做工好"
    assert clean("太差了！！！！！！") == "太差了！！！"


def test_sentences_know_numbers_abbreviations_and_quotes():
    def split(text):
        return [s.text for s in sentences(text)]

    assert split("It is 62 dB. 0.8 L is too small, approx. two cups.") == [
        "It is 62 dB.", "0.8 L is too small, approx. two cups."]
    assert split('She said "never again." I agree') == ['She said "never again."', "I agree"]
    assert split("“太吵了！”他说。换了一个") == ["“太吵了！”", "他说。", "换了一个"]
    assert split("I wish... well. Fine :)") == ["I wish...", "well.", "Fine :)"]
    assert split("好评 😀😀") == ["好评 😀😀"]
    assert split("Does it fit? No. Send it back") == ["Does it fit?", "No.", "Send it back"]


def test_languages():
    assert language_of("非常好 very good") == "zh"
    assert language_of("The 豆浆 setting is missing on this one") == "en"
    assert language_of("12345 !!!") == "en"


def test_catalogue_words_are_kept_whole():
    assert "饭匣子电饭煲" in Segmenter(["饭匣子电饭煲"]).words("我家饭匣子电饭煲坏了", "zh")
    assert "饭匣子电饭煲" not in words("我家饭匣子电饭煲坏了", "zh")


def test_vocabulary_counts_texts_and_words():
    table = vocabulary(["壶 壶 很好", "壶不好"], ["zh", "zh"], at_least=1).set_index("word")
    assert (table.loc["壶", "count"], table.loc["壶", "texts"]) == (3, 2)


def test_chinese_is_cut_as_people_cut_it():
    texts = "".join(review["text"] for review in sample.reviews())
    assert len(gold()) == 80 and all("".join(words) in "".join(texts.split()) for words in gold())
    cut = Segmenter().pieces
    assert all("".join(cut("".join(words))) == "".join(words) for words in gold())
    assert f1([spans(cut("".join(words))) for words in gold()], [spans(words) for words in gold()]) > .79


@given(TEXTS)
def test_pieces_together_are_the_text(text):
    assert "".join(Segmenter().pieces(text)) == text


def test_catalogue_words_leave_out_sizes_and_hostile_values():
    assert catalogue_words(["LED灯带5米", "<script>壶</script>", None, "细雨冲锋衣"]) == ["灯带", "细雨冲锋衣"]


@pytest.mark.parametrize(("language", "texts"), [
    ("German", ["Der Motor ist viel zu laut", "Lieferung kam zu spät", "Ich bin rundum zufrieden"]),
    ("French", ["La livraison était rapide et le produit est conforme", "Bon rapport qualité prix"]),
    ("Spanish", ["Llegó muy tarde y la caja rota", "No lo recomiendo para nada"]),
    ("Italian", ["Troppo piccolo per me", "La batteria non dura molto"]),
    ("Dutch", ["De levering was snel en het product is goed"]), ("Portuguese", ["Muito bom, não esperava mais"]),
    ("Malay or Indonesian", ["Barang bagus dan cepat sampai"]),
    ("", ["Ooo la la! sooo chic!", "The crème de la crème of kettles", "I love the café on the box", "add 45 plus 54 plus",
          "Die-cast lid, und so weiter, as they say: it is great", "top", "5 stars from me"])])
def test_other_languages_in_latin_letters_are_told_from_english(language, texts):
    assert [foreign(text, "en") for text in texts] == [language] * len(texts)


PIECES = ["很好。", "Lid leaks. ", "客服回复：亲，", "宾馆反馈 2008年8月8日 ： 感谢", "\n", "商家回复：谢谢！", "追评：漏水",
          "0.5 L", "Owner's reply: sorry", "[PHONE]", "\nUpdate: fine"]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_own_sentences_are_those_outside_of_replies(text):
    own, spans = own_sentences(text), replies(text)
    assert all(text[one.start:one.end] == one.text for one in own)
    covered = [place for start, end in spans for place in range(start, end)]
    spoken = {place for one in own for place in range(one.start, one.end)}
    assert not spoken & set(covered) and len(covered) == len(set(covered))
    assert all(text[place].isspace() for place in set(range(len(text))) - spoken - set(covered))


@pytest.mark.parametrize("text, said", [
    ("不错\n【商家回复】：感谢亲的支持，期待再次光临", "不错"),
    ("客服回复慢，态度差。", "客服回复慢，态度差。"),
    ("房间小！酒店回复 2024-05-01 10:20：抱歉。追评：换了房，不错", "房间小！追评：换了房，不错"),
    ("Good. Reply from the seller: thanks!\nEdit: still good", "Good.\nEdit: still good"),
    ("Great app. Developer response (May 3, 2024): Thank you", "Great app."),
    ("The store answered: no refund.", "The store answered: no refund."),
])
def test_where_the_shop_speaks(text, said):
    cut = sorted({0, len(text), *(place for span in replies(text) for place in span)})
    kept = "".join(text[start:end] for start, end in itertools.pairwise(cut) if (start, end) not in replies(text))
    assert kept.replace(" \n", "\n").strip() == said
