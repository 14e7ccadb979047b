import pandas as pd

from workbench.needs.background import Background, attribute_words, background, with_catalogue
from workbench.tables import Source, Week, conform, contract


def test_what_the_catalogue_names_leads_and_brings_its_own_aspects():
    known = Background(attributes={"k": attribute_words('{"colour": ["mint"], "thread_count": 300, "induction": "yes"}')})
    sentences = pd.DataFrame({"text": ["Mint is lovely", "thread count is a lie", "minty"], "product": "k"})
    told = with_catalogue(pd.DataFrame({"colour": [.2, .2, .2], "noise": [.3, .3, .8]}), sentences, known)
    assert told.idxmax(axis=1).tolist() == ["colour", "thread count", "noise"]


def test_attributes_that_are_missing_or_strange_are_no_words():
    assert attribute_words(None) == {} == attribute_words("") and attribute_words("{}") == {}
    assert attribute_words('{"size": "(30 cm)"}')["size"].search("a 30 cm pan") is None
    assert attribute_words('{"size": "30 cm"}')["size"].search("a 30cm pan")


def test_it_takes_what_the_source_has(tmp_path):
    week = Week(Source("shop", tmp_path), "2026-W46", tmp_path / "2026-W46")
    assert background(week).orders is None and background(week).known is None and background(week).names.empty
    orders = pd.DataFrame({"order": "o", "customer": ["a", "a", "b"], "item": "k", "quantity": [2, -1, 1], "price": 10.0,
                           "name": None, "country": None})
    orders["time"] = pd.to_datetime(["2026-11-10", "2026-11-10", "2026-08-01"], utc=True)
    week.write("orders", conform(orders, contract("orders")))
    known = background(week)
    assert known.spent(week.end).to_dict() == {"a": 10.0, "b": 10.0} and known.spent(week.start).to_dict() == {"b": 10.0}
