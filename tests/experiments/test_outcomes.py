import pandas as pd
import pytest

from workbench.experiments import Plan, draw
from workbench.experiments.outcomes import from_outcomes


@pytest.fixture(scope="module")
def customers(drawn):
    return draw(drawn({"control": 100, "new": 100}), Plan())[0].customers


def measure(customers, rows, missing="auto"):
    found, notes = from_outcomes(customers, rows, missing, "SGD")
    return {each.metric.name: each for each in found}, notes


def everyone(metric, value, customers):
    return [(name, metric, value(i)) for i, name in enumerate(customers["customer"])]


def test_yes_no_metrics_are_proportions_and_come_first(customers, outcomes):
    rows = outcomes(everyone("spend", lambda i: i * 1.5, customers) + everyone("visit", lambda i: i % 2, customers))
    found, notes = measure(customers, rows)
    assert list(found) == ["visit", "spend"] and not notes
    assert (found["visit"].metric.kind, found["spend"].metric.kind) == ("proportion", "mean")
    assert found["visit"].metric.did == "visited" and found["spend"].metric.unit == "SGD"
    assert found["spend"].values(200)[0].sum() == sum(i * 1.5 for i in range(200))


def test_a_log_of_what_happened_counts_the_others_as_zero_and_says_so(customers, outcomes):
    rows = outcomes([("c1", "conversion", 1), ("c2", "conversion", 1), ("c2", "conversion", 1)])
    found, notes = measure(customers, rows)
    assert found["conversion"].values(200)[0].sum() == 2 and found["conversion"].known is None
    assert any("198 drawn customers have no “conversion” and count as zero" in note for note in notes)
    assert any("one yes is a yes" in note for note in notes)


def test_where_zeros_are_recorded_an_absent_customer_is_not_known(customers, outcomes):
    rows = outcomes([*everyone("visit", lambda i: i % 2, customers)[::2], ("c1", "visit", 1)])
    found, notes = measure(customers, rows)
    assert found["visit"].known.sum() == rows["customer"].nunique() and not found["visit"].withheld
    assert any("are left out of it" in note for note in notes)
    zero, _ = measure(customers, rows, missing="zero")
    assert zero["visit"].known is None


def test_unlike_gaps_withhold_the_metric(customers, outcomes):
    gone = set(customers.loc[(customers["arm"] == "new").to_numpy(), "customer"].head(40))
    rows = outcomes([row for row in everyone("visit", lambda i: i % 2, customers) if row[0] not in gone])
    found, _ = measure(customers, rows)
    assert "0.0% in “control”, 40.0% in “new”" in found["visit"].withheld


def test_values_before_the_draw_and_of_strangers_do_not_count(customers, outcomes):
    start = customers.set_index("customer")["time"]["c5"]
    early, late = start - pd.Timedelta(seconds=1), start + pd.Timedelta(days=1)
    rows = outcomes([("c5", "conversion", 1, early), ("c6", "conversion", 1, late), ("nobody", "conversion", 1, start)])
    found, notes = measure(customers, rows)
    assert found["conversion"].values(200)[0].sum() == 1
    assert any("1 values of “conversion” were measured before the draw" in note for note in notes)
    assert any("1 outcome rows belong to customers who were not drawn" in note for note in notes)


def test_several_amounts_add_up_and_less_may_be_better(customers, outcomes):
    found, notes = measure(customers, outcomes([("c1", "refund", 2.5), ("c1", "refund", 1.0)]))
    assert found["refund"].values(200)[0].sum() == 3.5 and found["refund"].metric.better == -1
    assert any("several values of “refund”, 1 beyond their first" in note and "added up" in note for note in notes)


@pytest.mark.parametrize(("name", "unit"), [
    ("支付金额", "SGD"), ("revenue_usd", "SGD"), ("order amount", "SGD"), ("GMV", "SGD"),
    ("消费次数", ""), ("time spent", ""), ("amount of items", ""), ("spender", "")])
def test_money_is_told_by_its_name(customers, outcomes, name, unit):
    found, _ = measure(customers, outcomes(everyone(name, lambda i: i * 1.5, customers)))
    assert found[name].metric.unit == unit


def test_chinese_words_for_an_order_decide():
    assert Plan().deciding(["加购", "下单"]) == "下单"


def test_a_ratio_is_of_sums_and_not_a_mean_of_customers_ratios(customers, outcomes):
    rows = everyone("clicks per view", lambda i: i % 3, customers)
    base = [None if i == 7 else 3 + i % 5 for i in range(len(rows))]
    found, notes = measure(customers, outcomes(rows, base=base))
    metric, (above, below) = found["clicks per view"].metric, found["clicks per view"].values(200)
    assert metric.kind == "ratio" and "of the sum of what it is measured on" in metric.words and metric.unit == "share"
    assert above.sum() == sum(i % 3 for i in range(200) if i != 7) and below.sum() == sum(b for b in base if b)
    more = measure(customers, outcomes(rows, base=[1.0] * 200))[0]["clicks per view"].metric
    assert more.unit == "", "more clicks than views are no share"
    assert notes[0] == "1 values of “clicks per view” have nothing that they are measured on and do not count."
