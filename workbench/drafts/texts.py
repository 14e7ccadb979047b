"""Files of texts: reviews with stars, and texts that have labels; how both are filled."""

import re
from statistics import median

import pandas as pd

from workbench.drafts.guesses import BY_PLACE, Finder, Guess, say_time, take_time
from workbench.drafts.kinds import MOST_ODD, codes, filled, is_number, is_text, is_unique
from workbench.drafts.names import NONE, SIDES, lexicon, rank, words_of
from workbench.tables.cells import LONGEST_SHOWN

OFTEN = 5  # rows in which one text stands that may say nothing
SPLITS = {word: side for side, words in SIDES.items() for word in words}
RARE = 0.02  # share of empty texts that are a mistake; where more are empty, that is how the shop is used
FEW = 4  # columns of a file in which a text and its label are told by what they hold
SENTENCE = 20  # letters that a text has: names of people have fewer
_RECORDS = ("customer", "order", "item", "price", "quantity", "country")  # a file that has one of these holds no texts alone
MANY = 500  # labels of a task, at most
#: a number that is the only one beside that of the best: 4星, star4, 5.0 out of 5 stars, 8/10
_COUNT = re.compile(r"[^\d-]*(\d+(?:[.,]\d+)?)[^\d.,]*?(?:(?:\bof\b|/|满分)\D*(5|10|100)(?:\.0+)?\D*)?")
_NUMERALS = {sign: place for place, signs in enumerate(("零", "一", "二两", "三", "四", "五")) for sign in signs}
_YES_NO = {"0", "1"}


def reviews(find: Finder) -> list[Guess]:
    """Reviews, and texts to learn from where they have labels too."""
    found = Guess("reviews", find.look)
    everything = find.left
    label = _label(find)
    text = find.take("text", is_text, own=True) or (find.take("title", is_text, own=True) if label else None)
    sides = {} if text else _two_sides(find)
    rating = find.take("rating", lambda values: _stars(values) is not None, own=True)
    find.fill(found, "item", "category", "customer")
    if product := found.columns.pop("item", None) or find.take("place"):
        found.columns["product"] = product
    if clock := take_time(find):
        say_time(found, clock)
    if not (text or sides) or not (rating or set(found.columns) - {"category"} or sides or (found.columns and label)) or (
            label and not rating and set(found.columns) <= {"product"}):
        return []  # texts with a label alone are no reviews
    found.columns["review"] = {"row_number": "true"} if sides else (
        find.take("review", is_unique) or find.take("id", is_unique) or {"row_number": "true"})
    find.fill(found, "language", holds=_is_language)
    if rating:
        how, doubt = _stars(everything[rating])
        found.columns["rating"] = {"from": rating, **how} if how else rating
        if doubt:
            found.doubts["rating"] = doubt
    find.fill(found, "title")
    if sides:
        return [_side(found, column, everything[column]) for column in sides]
    found.columns["text"] = text
    if everything[text].count(None) > RARE * len(everything[text]):
        found.keys["refuse"] = [{"column": text, "values": [""], "reason": "stars without a text"}]
    if again := _often(everything[text]):
        found.doubts["text"] = f"refuse “{again}” if it says nothing: it stands in many rows"
    if not label:
        return [found]
    taught = _taught(find, text, label, everything)
    taught.columns |= {name: found.columns[name] for name in ("language", "product") if name in found.columns}
    return [found, taught]


def _two_sides(find: Finder) -> dict[str, str]:
    """The columns of what was praised and what was not, where a row has both."""
    sides = {column: find.take(column, lambda values: len(filled(values)) > 0) for column in ("praise", "complaint")}
    return {raw: side for side, raw in sides.items() if raw} if all(sides.values()) else {}


def _side(of: Guess, column: str, values: list[str | None]) -> Guess:
    """One side of reviews whose rows have two, each a part of the table; what many say is that there was nothing."""
    often = pd.Series(filled(values), dtype=object).value_counts()
    nothing = [""] * (None in values) + [said for said, rows in often[:3].items() if rows > max(1, RARE * len(values))]
    found = Guess(of.table, of.look, of.columns | {"text": column}, dict(of.keys), dict(of.doubts))
    if nothing:
        found.keys["refuse"] = [{"column": column, "values": nothing, "reason": "nothing of the kind was said"}]
        found.doubts["refuse"] = "is that nothing?"
    return found


def _often(values: list[str | None]) -> str:
    """A text that stands in many rows, as shops write it where nobody wrote one."""
    some = pd.Series(filled(values), dtype=object).value_counts()
    return str(some.index[0])[:LONGEST_SHOWN] if len(some) and some.iloc[0] > max(OFTEN, RARE * len(values)) else ""


def _label(find: Finder) -> str | None:
    named = [name for name in find.left if rank("label", name) < NONE and len(codes(find.left[name], MANY)) > 1]
    signed = [name for name in find.left if rank("rating", name) < NONE and "-1" in codes(find.left[name], 3)]
    return find.use(min(named, key=lambda name: rank("label", name)) if named else signed[0]) if named or signed else None


def _taught(find: Finder, text: str, label: str, values: dict) -> Guess:
    different, words = codes(values[label], MANY), words_of(label)
    known = {word: name for name, said in lexicon()["sentiments"].items() for word in said}
    meant = {code: known[words_of(code)] for code in different} if all(words_of(code) in known for code in different) else {}
    coded = all(re.fullmatch(r"-?\d{1,3}(\.0)?", code) for code in different)
    signed = coded and {code.removesuffix(".0") for code in different} <= {"-1", "0", "1", "2", "4"}
    task = words if words in ("intent", "sentiment") else "sentiment" if meant or signed else "topic"
    found = Guess("labelled_texts", find.look, {"text": text, "label": label})
    if any(code != name for code, name in meant.items()):
        found.columns["label"] = {"from": label, "values": meant}
    find.fill(found, "task")
    find.fill(found, "language", holds=_is_language)
    if split := find.take("split", lambda cells: len(codes(cells)) > 0 and set(codes(cells)) <= set(SPLITS)):
        sides = {code: SPLITS[code] for code in codes(values[split])}
        found.columns["split"] = split if all(code == side for code, side in sides.items()) else {
            "from": split, "values": sides}
    if product := find.take("item"):
        found.columns["product"] = product
    if "task" not in found.columns:
        found.columns["task"], found.doubts["task"] = {"value": task}, "what do the labels tell?"
    if coded:
        found.doubts["label"] = (
            f"say what the codes mean, like {{from: {label}, values: {{\"0\": negative, \"1\": positive}}}}; they are "
            f"{', '.join(sorted(different, key=float)[:9])}{', …' if different[9:] else ''}")
    return found


def _is_language(values: list[str | None]) -> bool:
    return bool(filled(values)) and set(codes(values)) <= {"en", "zh"}


def _stars(values: list[str | None]) -> tuple[dict, str] | None:
    """What source.yml says of a rating, and a doubt; a cell among many that is out of place is left to be refused.

    >>> _stars(["4", "5"]), _stars(["star4", "star5"])
    (({}, ''), ({'values': {'star4': '4', 'star5': '5'}}, 'are these the stars that the words say?'))
    >>> _stars(["9/10", "1/10"]), _stars(["★★★☆☆", "五星"]), _stars(["-1", "1"])
    (({'unit': 'of ten', 'values': {'9/10': '9', '1/10': '1'}}, 'are these the stars that the words say?'), \
({'values': {'★★★☆☆': '3', '五星': '5'}}, 'are these the stars that the words say?'), None)
    """
    different, some = codes(values, 101), filled(values)
    if different and set(different) <= {"好评", "中评", "差评"}:
        return {"values": {"好评": "5", "中评": "3", "差评": "1"}}, ""
    told = {code: counted for code in different if (counted := _counted(code))}
    if not told or sum(value in told for value in some) < (1 - MOST_ODD) * len(some):
        return None
    plain = sum(value == told.get(value, ("",))[0] for value in some) >= (1 - MOST_ODD) * len(some)
    stars = sorted(float(told[value][0]) for value in some if value in told)
    most = max([stars[int(len(stars) * (1 - MOST_ODD))], *(float(best) for _, best in told.values() if best)])
    said = {} if plain else {"values": {code: number for code, (number, _) in told.items()}}
    for bound, how in ((5, {}), (10, {"unit": "of ten"}), (100, {"unit": "of hundred"})):
        if most <= bound:
            doubt = "is that the best there is?" if most <= bound / 2 else ""
            return how | said, doubt if plain else "are these the stars that the words say?"
    return None


def _counted(code: str) -> tuple[str, str] | None:
    """The number that a cell says, and that of the best where it says so too."""
    if set(code) <= set("★☆⭐ \ufe0f") and "★" in code.replace("⭐", "★"):
        return str(code.count("★") + code.count("⭐")), ""
    if len(code) == 2 and code[0] in _NUMERALS and code[1] in "星分":
        return str(_NUMERALS[code[0]]), ""
    told = _COUNT.fullmatch(code)
    return (told[1].replace(",", "."), told[2] or "") if told else None


def labelled(find: Finder) -> list[Guess]:
    """Texts to learn from: with a label, or with several columns of yes or no, each a task of its own."""
    everything = find.left
    if find.headless:
        return _by_place(find)
    text, label = find.take("text", is_text), _label(find)
    if not label and len(find.left) < FEW:
        label = find.take("category", lambda values: len(codes(values, len(values) // 5)) > 1)
    if text and label:
        return [_taught(find, text, label, everything)]
    tasks = [name for name, values in find.left.items() if set(codes(values, 2)) == _YES_NO] if text else []
    return [_task(find, text, name) for name in tasks] if len(tasks) > 1 else []


def _task(find: Finder, text: str, name: str) -> Guess:
    """One column of yes or no as a task, which is a part of the table."""
    columns = {"text": text, "label": {"from": name, "values": {"0": "no", "1": "yes"}}, "task": {"value": words_of(name)}}
    return Guess("labelled_texts", find.look, columns, {}, {"task": "is it a label of the text?"})


def by_look(find: Finder) -> list[Guess]:
    """Texts to learn from in a file of few columns, whatever these are called, none of which names a person or a thing."""
    if len(find.left) > FEW or any(rank(column, name) < NONE for column in _RECORDS for name in find.left):
        return []
    found = _by_place(find, scales=False)
    return [each for each in found if median(map(_length, filled(find.look.values[each.columns["text"]]))) >= SENTENCE]


def _length(text: str) -> int:
    """Letters, of which a Chinese sign counts for three."""
    return len(text) + 2 * len(re.findall("[\u4e00-\u9fff]", text))


def _by_place(find: Finder, scales: bool = True) -> list[Guess]:
    """Texts to learn from whose columns are told by what they hold: the longest texts, and what comes again and again."""
    everything, texts = find.left, [name for name, values in find.left.items() if is_text(values)]
    if not texts:
        return []
    text = find.use(max(texts, key=lambda name: median(map(len, filled(find.left[name])))))
    label = next((name for name, values in find.left.items() if 1 < len(codes(values, len(values) // 5)) <= MANY
                  and (scales or len(codes(values, 5)) or not is_number(values))), None)
    if not label:
        return []
    found = _taught(find, text, find.use(label), everything)
    found.doubts["text"] = BY_PLACE
    found.doubts.setdefault("label", BY_PLACE)
    return [found]
