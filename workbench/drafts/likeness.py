"""Which tables a file is like, and how it would fill them: one function a table."""

import re

from workbench.drafts.guesses import BY_PLACE, Finder, Guess, say_time, take_time
from workbench.drafts.kinds import (
    codes,
    filled,
    is_code,
    is_number,
    is_number_of,
    is_unique,
    numbers,
    stands_above,
    times,
)
from workbench.drafts.looks import Look
from workbench.drafts.names import NONE, lexicon, rank, words_of
from workbench.drafts.texts import by_look, labelled, reviews

OUTCOMES = re.compile(r"conver|purchas|bought|buy|order|revenue|spend|spent|amount|sales|visit|click|view|sessions|"
                      r"retention|sign ?up|subscrib|open|round|"
                      r"转化|购买|金额|收入|点击|访问|下单")
WEAK_ARMS = ("segment", "version", "group", "cell", "bucket", "treatment", "分组", "版本")
ARM_CODES = re.compile(r"control|treat|test|variant|^[ab]$|group|arm|gate|new|old|mail|实验|对照|[01]$", re.IGNORECASE)


def guess(look: Look, beside: dict[str, list] | None = None) -> list[Guess]:
    """The tables that a file fills, none where it is like none.

    Args:
        beside: further columns (``name.column``) that could be looked up, with the cells of their own first rows.
    """
    for kind in (_experiment, _events, _orders, reviews, labelled, _products, by_look):
        if found := kind(Finder(look, beside)):
            return found
    return []


def _events(find: Finder) -> list[Guess]:
    known, named, found = lexicon()["behaviours"], not find.headless, Guess("events", find.look)
    acts = {name: told for name, values in find.left.items() if (not named or rank("behaviour", name) < NONE)
            and (told := _acts(codes(values), known))}
    if not acts:
        return []
    name, told = next(iter(acts.items()))
    find.use(name)
    if not (clock := take_time(find)):
        return []
    if named:
        find.fill(found, "customer", "item", holds=is_code)
        find.fill(found, "category")
    else:
        for column, place in zip(("customer", "item", "category"), [one for one in find.left if is_code(find.left[one])],
                                 strict=False):
            found.columns[column], found.doubts[column] = find.use(place), BY_PLACE
    if not {"customer", "item"} <= set(found.columns):
        return []
    found.columns["behaviour"] = {"from": name, "values": told}
    say_time(found, clock)
    if others := [code for code in codes(find.look.values[name]) if code not in told]:
        found.keys["refuse"] = [{"column": name, "values": others, "reason": "no action on an item"}]
        found.doubts["refuse"] = "are these no view, favourite, cart or buy?"
    return [found, *_bought(found, find, name, told)]


def _bought(events: Guess, find: Finder, behaviour: str, told: dict[str, str]) -> list[Guess]:
    """Orders, where events have prices: each buy is a line of one."""
    buys = [code for code, act in told.items() if act == "buy"]
    price = find.take("price", is_number)
    if not (price and buys):
        return []
    order = find.take("order", is_number_of) or find.take("session", is_code)
    same = {column: events.columns[column] for column in ("customer", "item", "time")}
    line = {"order": order or same["customer"], "quantity": {"value": "1"}, "price": price}
    orders = Guess("orders", find.look, same | line)
    orders.keys = numbers(find.look.values[price]) | {
        "refuse": [{"column": behaviour, "except": buys, "reason": "no purchase"}]}
    orders.doubts["order"] = "is what is bought together one order?"
    return [orders]


def _acts(different: list[str], known: dict[str, list[str]]) -> dict[str, str]:
    """Code -> behaviour, where at least two codes, or the only one, tell of a behaviour."""
    told = {code: act for code in different for act, said in known.items() if words_of(code) in said}
    return told if len(told) >= min(2, len(different)) and told else {}


def _orders(find: Finder) -> list[Guess]:
    found, everything = Guess("orders", find.look), find.left
    if item := find.take("item", own=True):  # what holds a row for each of its lines is the table
        found.columns["item"] = item
    find.fill(found, "order", holds=is_number_of)
    find.fill(found, "customer")
    price, clock = find.take("price", is_number), take_time(find)
    if not ({"order", "item"} <= set(found.columns) and price and clock):
        return []
    pieces = find.take("quantity", is_number)
    found.columns |= {"quantity": pieces or {"value": "1"}, "price": price}
    if not pieces:
        found.doubts["quantity"] = "no column of pieces was found: is each line one piece?"
    found.keys |= numbers(everything[price])
    say_time(found, clock)
    find.fill(found, "name", "country")
    _refuse_undone(found, find)
    own = find.look.values
    if (order := found.columns["order"]) in own and (
            above := [name for name in own if name in found.used and stands_above(own[name], own[order])]):
        found.keys["fill_down"] = {"of": order, "columns": above}
    return [found]


def _refuse_undone(guess: Guess, find: Finder) -> None:
    told = lexicon()
    for name, values in find.left.items():
        if words_of(name) in told["undone_columns"] and (
                undone := [code for code in codes(values) if words_of(code) in told["undone"]]):
            guess.keys["refuse"] = [{"column": name, "values": undone, "reason": "the order did not come about"}]
            guess.doubts["refuse"] = f"all codes: {', '.join(codes(values))}"
            return


def _products(find: Finder) -> list[Guess]:
    found, everything = Guess("products", find.look), find.left
    product = find.take("item", is_unique, own=True) or find.take("id", is_unique, own=True)
    find.fill(found, "description", "description_zh", "name_zh", "attributes")
    find.fill(found, "name", "category", holds=lambda values: len(set(filled(values))) > 1)
    if "name" not in found.columns and "description" in found.columns:
        found.columns["name"] = found.columns.pop("description")
    if "name" not in found.columns and "category" in found.columns:
        found.columns["name"], found.doubts["name"] = found.columns["category"], "no name: the category stands for it"
    if not product or "name" not in found.columns:
        return []
    found.columns = {"product": product, **found.columns}
    if price := find.take("price", is_number):
        found.columns["price"] = price
        found.keys |= numbers(everything[price])
    return [found]


def _experiment(find: Finder) -> list[Guess]:
    by_rank = sorted(find.left, key=lambda name: rank("arm", name))
    arm = next((name for name in by_rank if _is_arm(name, find.left[name])), None)
    if arm is None:
        return []
    find.use(arm)
    many = find.take("counts", _is_whole) if not any(rank("customer", name) < NONE for name in find.left) else None
    named = find.take("experiment", lambda values: bool(codes(values)))
    where = {"experiment": named or {"value": "test"}, "customer": find.take("customer", is_code) or {"row_number": "true"}}
    clock = take_time(find)
    metrics = {words_of(name): how for name, values in find.left.items()
               if OUTCOMES.search(words_of(name)) and (how := _metric(name, values)) is not None
               and (not many or _at_most(values, find.look.values[many]))}
    if not (metrics or (clock and isinstance(where["customer"], str))):
        return []
    counts = {"counts": many} if many else {}
    drawn = Guess("assignments", find.look, where | {"arm": arm}, dict(counts))
    if not named:
        drawn.doubts["experiment"] = "call it by its name"
    find.fill(drawn, "platform", "country", "channel", "segment", holds=lambda values: len(codes(values)) > 1)
    if clock:
        say_time(drawn, clock)
        drawn.doubts.setdefault("time", "is it when the customer was drawn?")
    if not metrics:  # what they did may stand in the logs
        return [drawn]
    others = [name for name, values in find.left.items() if name not in drawn.used and is_number(values)
              and not OUTCOMES.search(words_of(name))]
    told = Guess("outcomes", find.look, dict(where), counts | {"metrics": metrics})
    if many:
        drawn.doubts["counts"] = "is each row so many customers, and an outcome how many of them did it?"
    zero = [name for name, how in metrics.items() if isinstance(how, dict) and "default" in how]
    told.doubts["metrics"] = "those of before the test are called 'before …'" + (
        f"; also numbers: {', '.join(others)}" if others else "") + (
        f"; empty is taken for 0: {', '.join(zero)}" if zero else "")
    if isinstance(where["customer"], str) and not is_unique(find.look.values[where["customer"]]):
        drawn.doubts["customer"] = told.doubts["customer"] = "it is there more than once"
    return [drawn, told]


def _is_whole(values: list[str | None]) -> bool:
    return bool(filled(values)) and all(re.fullmatch(r"\d+(\.0*)?", value) for value in filled(values))


def _at_most(values: list[str | None], most: list[str | None]) -> bool:
    """Whether each cell is a whole number up to that of the row."""
    return _is_whole(values) and _is_whole(most) and all(
        float(value or 0) <= float(bound or 0) for value, bound in zip(values, most, strict=True))


def _is_arm(name: str, values: list[str | None]) -> bool:
    if rank("arm", name) == NONE or len(different := codes(values, 12)) < 2:
        return False
    return words_of(name) not in WEAK_ARMS or any(map(ARM_CODES.search, different))


def _metric(name: str, values: list[str | None]) -> str | dict | None:
    """What source.yml says of an outcome; None where the cells are no numbers and no yes or no."""
    different, empty = codes(values, 2), len(filled(values)) < len(values)
    yes = dict.fromkeys(("true", "yes", "y", "t", "是"), "1") | dict.fromkeys(("false", "no", "n", "f", "否"), "0")
    how = {"from": name}
    if different and all(code.lower() in yes for code in different):
        how["values"] = {code: yes[code.lower()] for code in different}
    elif numbers(values) != {} or (times(values) or ({}, ""))[0].get("unit"):
        return None
    if empty:
        how["default"] = "0"
    return how if len(how) > 1 else name
