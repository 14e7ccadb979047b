"""Sequences: what each customer did with each item, and all that each did, in time order; as lists and as training text.

Lists are collected and sorted, which costs less than aggregating strings (DECISIONS.md). Events of one microsecond stand in
the order view, favourite, cart, buy, then by item: the order of a file is not known to a cluster.
"""

from typing import TYPE_CHECKING

from workbench.behaviour.logs import COUNTS, Logs
from workbench.engine import moments
from workbench.tables import contract

if TYPE_CHECKING:
    import ibis.expr.types as ir

_BEHAVIOURS = tuple(COUNTS.values())
BETWEEN = "; "  # deeds of one customer


def sequences(logs: Logs) -> "ir.Table":
    """What each customer did with each item, in time order: table ``sequences``, by customer and item.

    Its text is ``<item>: <behaviour> <behaviour> ...``, the item by its name where the catalogue has one.
    """
    table = logs.events.mutate(key=_key(logs.events))
    made = table.group_by("customer", "item").aggregate(keys=table.key.collect(), events=table.count())
    made = made.mutate(keys=made["keys"].sort())
    made = made.mutate(behaviours=made["keys"].map(_behaviour), times=_times(made["keys"], logs))
    made = _named(made, logs.products)
    made = made.mutate(text=made.label + ": " + made.behaviours.join(" "))
    return made.select(*contract("sequences").names).order_by("customer", "item")


def paths(logs: Logs) -> "ir.Table":
    """Everything each customer did, in time order: table ``paths``, by customer.

    Its text is ``<behaviour> <item>; <behaviour> <item>; ...``, items by their names where the catalogue has them.
    """
    import ibis

    table = _named(logs.events.mutate(key=_key(logs.events)), logs.products)
    deed = {"key": table.key, "item": table["item"]} | ({} if logs.products is None else {"label": table.label})
    made = table.group_by("customer").aggregate(deeds=ibis.struct(deed).collect(), events=table.count())
    made = made.mutate(deeds=made.deeds.sort())
    label = "item" if logs.products is None else "label"
    made = made.mutate(items=made.deeds.map(lambda deed: deed["item"]), keys=made.deeds.map(lambda deed: deed["key"]),
                       words=made.deeds.map(lambda deed: _behaviour(deed["key"]) + " " + deed[label]))
    made = made.mutate(behaviours=made["keys"].map(_behaviour), times=_times(made["keys"], logs),
                       text=made.words.join(BETWEEN))
    return made.select(*contract("paths").names).order_by("customer")


def _key(events: "ir.Table") -> "ir.IntegerValue":
    """Time and behaviour in one whole number: four to a microsecond, far from the 63 bits for the next 70,000 years. Bits
    take them apart: engines divide as fractions, which are exact up to 2041 only.
    """
    import ibis

    rank = ibis.cases(*((events.behaviour == behaviour, i) for i, behaviour in enumerate(_BEHAVIOURS[:-1])),
                      else_=len(_BEHAVIOURS) - 1)
    return (events["at"] << 2) + rank.cast("int64")


def _behaviour(key: "ir.IntegerValue") -> "ir.StringValue":
    import ibis

    rank = key & 3
    return ibis.cases(*((rank == i, behaviour) for i, behaviour in enumerate(_BEHAVIOURS[:-1])), else_=_BEHAVIOURS[-1])


def _times(keys: "ir.ArrayValue", logs: Logs) -> "ir.ArrayValue":
    return keys.map(lambda key: moments(key >> 2, logs.connection.name))


def _named(table: "ir.Table", products: "ir.Table | None") -> "ir.Table":
    """With ``label``: the item's name, English before Chinese, else its code."""
    import ibis

    if products is None:
        return table.mutate(label=table["item"])
    names = products.select(product=products["product"], name=ibis.coalesce(products["name"], products.name_zh))
    joined = table.left_join(names, table["item"] == names["product"])
    return joined.mutate(label=ibis.coalesce(joined["name"], joined["item"])).drop("name", "product")
