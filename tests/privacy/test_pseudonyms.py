import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.privacy import Door, Pseudonyms, key_fingerprint
from workbench.privacy.pseudonyms import Numbers, key_file, load_key
from workbench.tables import contract
from workbench.tables.contracts import RAW

IDS = pd.Series(["1", "2", "1", pd.NA], dtype="string")


def test_same_key_links_and_a_new_key_does_not():
    one, two = Pseudonyms(b"k" * 16), Pseudonyms(b"l" * 16)
    assert one.of(IDS, "customer").equals(one.of(IDS, "customer"))
    assert set(one.of(IDS, "customer").dropna()).isdisjoint(two.of(IDS, "customer").dropna())
    assert set(one.of(IDS, "customer").dropna()).isdisjoint(one.of(IDS, "order").dropna())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.integers(0, 10**18).map(str), st.integers(0, 30).map(str),
                                   st.sampled_from(["007", "7", "0", "1e3", "", "٣", "-4", "9" * 18, "9" * 19])),
                         max_size=12),
                max_size=5), st.sampled_from([3, 1000]))
def test_numbers_get_the_pseudonyms_that_other_ids_get(batches, most):
    names, numbers = Pseudonyms(b"k" * 16), Numbers(most)
    for batch in batches:
        ids = pa.array(batch, pa.large_string())
        made = numbers.of(ids, lambda new: names.each(new, "customer"))
        plain = all(one is None or (one.isascii() and one.isdigit() and one[0] != "0" and len(one) < 19) for one in batch)
        assert (made is not None) == plain
        if plain:
            expected = names.of(pd.Series(batch, dtype="string"), "customer")
            assert made.to_pylist() == [None if one is pd.NA else one for one in expected]


def test_key_file_is_made_once_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WORKBENCH_KEY", raising=False)
    first = load_key()
    assert load_key() == first and len(first) == 64
    assert key_file().stat().st_mode & 0o077 == 0
    assert [p.name for p in key_file().parent.iterdir()] == ["pseudonyms.key"]


def test_a_short_key_is_refused(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY", "short")
    with pytest.raises(ParameterError, match="16 or more"):
        load_key()


def test_the_fingerprint_tells_keys_apart(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY", "a" * 20)
    one = key_fingerprint()
    monkeypatch.setenv("WORKBENCH_KEY", "b" * 20)
    assert key_fingerprint() != one


def passed(door, table, frame):
    return door.through(table, pa.Table.from_pandas(frame, preserve_index=False)).to_pandas()


def test_the_door_leaves_no_id_no_mark_up_and_no_address():
    frame = pd.DataFrame({
        "review": ["r1"], "product": ["p"], "category": [None], "customer": ["secret-customer"], "time": [None],
        "rating": [5.0], "title": ["<b>Hi</b>"], "text": ["写信到li@example.com\ufeff"], "language": [None]})
    frame = frame.astype({"customer": "string", "text": "string", "title": "string", "language": "string"})
    door = Door(Pseudonyms(b"k" * 16))
    row = passed(door, "reviews", frame).iloc[0]
    assert row["customer"].startswith("c-") and "secret" not in row["customer"]
    assert (row["title"], row["text"], row["language"]) == ("Hi", "写信到[EMAIL]", "zh")
    assert door.masked == {"EMAIL": 1} and passed(door, "reviews", frame).iloc[0].equals(row)
    assert door.masked == {"EMAIL": 1}, "a text that comes again is not counted again"


def test_names_that_people_typed_are_masked_and_counted(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY", "k" * 16)
    orders = pd.DataFrame({"order": ["1", "2"], "name": ["Mug for jo@example.com", "Kettle HP-101, 0.8 L"]}, dtype="string")
    products = pd.DataFrame({
        "product": ["a"], "name": ["Mug, ring 13800138000"], "name_zh": ["马克杯 订单号20261101123456"],
        "description": ["As WH-1000XM4"], "description_zh": ["微信 liwei_2026"]}, dtype="string")
    door = Door()
    frames = {name: passed(door, name, frame.reindex(columns=contract(name).names).astype("string"))
              for name, frame in (("orders", orders), ("products", products))}
    assert frames["orders"]["name"].tolist() == ["Mug for [EMAIL]", "Kettle HP-101, 0.8 L"]
    assert frames["products"].iloc[0].dropna().tolist() == [
        "a", "Mug, ring [PHONE]", "马克杯 订单号[ORDER]", "As WH-1000XM4", "微信 [ACCOUNT]"]
    assert door.masked == {"EMAIL": 1, "PHONE": 1, "ORDER": 1, "ACCOUNT": 1}


def test_whatever_a_contract_calls_a_text_or_name_is_masked():
    typed = {"text", "title", "name", "name_zh", "description", "description_zh", "quotation", "phrase"}
    for table in (*RAW, *(contract(name) for name in ("sentences", "needs", "evidence"))):
        assert [column.name for column in table.columns if column.name in typed and column.personal != "text"] == []


def orders(customers: int = 40):
    rows = [{"order": f"o{i // 2}", "customer": f"u{i % customers}", "item": f"p{i % 7}", "quantity": 1 + i % 3,
             "price": 2.5, "time": pd.Timestamp("2026-11-10", tz="UTC") + pd.Timedelta(minutes=i)} for i in range(200)]
    return pd.DataFrame(rows).reindex(columns=contract("orders").names).astype({"order": "string", "customer": "string"})


def test_losing_the_key_loses_nothing_but_the_link():
    frame = orders()
    one, two = (passed(Door(Pseudonyms(key)), "orders", frame) for key in (b"k" * 16, b"l" * 16))
    ids = ["order", "customer"]
    assert set(one[ids].stack()).isdisjoint(two[ids].stack())
    pd.testing.assert_frame_equal(one.drop(columns=ids), two.drop(columns=ids))  # every fact is there
    for column in ids:  # who did what together is there, under other names
        assert (pd.factorize(one[column])[0] == pd.factorize(frame[column])[0]).all()
        assert (pd.factorize(two[column])[0] == pd.factorize(frame[column])[0]).all()


def test_pseudonyms_of_two_keys_share_no_order_and_no_prefix():
    ids = pd.Series([str(i) for i in range(2000)], dtype="string")
    one, two = (Pseudonyms(key).of(ids, "customer").str.removeprefix("c-") for key in (b"k" * 16, b"l" * 16))
    ranks = [found.rank().to_numpy() for found in (one, two, ids)]
    assert max(abs(pd.Series(ranks[a]).corr(pd.Series(ranks[b]))) for a, b in ((0, 1), (0, 2), (1, 2))) < .1
    same = (one.str[:2].to_numpy() == two.str[:2].to_numpy()).mean()
    assert same < .02  # 1 in 256 by chance
