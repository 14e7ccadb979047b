import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from workbench.models.metrics import counts, counts_by_group, evaluate, rates, softmax, temperature, wilson

codes = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=60)


@given(codes)
def test_rates_agree_with_scikit_learn(pairs):
    truth, predicted = np.array(pairs).T
    found = rates(counts(truth, predicted, 3))
    present = sorted(set(truth) | set(predicted))
    precision, recall, f1, _ = reference.precision_recall_fscore_support(truth, predicted, labels=[0, 1, 2],
                                                                         zero_division=0)
    np.testing.assert_allclose(found["precision"], precision)
    np.testing.assert_allclose(found["recall"], recall)
    np.testing.assert_allclose(found["f1"], f1)
    assert found["macro_f1"] == pytest.approx(f1[present].mean())
    assert found["accuracy"] == pytest.approx((truth == predicted).mean())


@given(codes, st.integers(1, 4))
def test_counts_of_units_add_up_to_the_counts_of_all(pairs, units):
    truth, predicted = np.array(pairs).T
    by_unit = counts_by_group(truth, predicted, np.arange(len(truth)) % units, 3)
    assert (by_unit.sum(axis=1) == counts(truth, predicted, 3)).all()
    confusion = reference.confusion_matrix(truth, predicted, labels=[0, 1, 2])
    assert (counts(truth, predicted, 3) == [np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)]).all()


def draw(rng, n, right):
    truth = rng.integers(0, 2, n)
    predicted = np.where(rng.random(n) < right, truth, 1 - truth)
    return truth, np.eye(2)[predicted] * 0.8 + 0.1


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, hits = np.random.default_rng(5), 0
    for seed in range(60):
        scores = evaluate(*draw(rng, 200, 0.8), ["a", "b"], np.arange(200), seed)
        _, low, high = scores.value("accuracy")
        hits += low <= 0.8 <= high
    assert hits >= 51  # 95% of 60 is 57


def test_texts_that_belong_together_widen_the_interval():
    truth, sure = draw(np.random.default_rng(1), 20, 0.7)
    truth, sure, groups = np.repeat(truth, 10), np.repeat(sure, 10, axis=0), np.repeat(np.arange(20), 10)
    together = evaluate(truth, sure, ["a", "b"], groups).value("accuracy")
    alone = evaluate(truth, sure, ["a", "b"], np.arange(200)).value("accuracy")
    assert together[0] == alone[0] and together[2] - together[1] > 2 * (alone[2] - alone[1])


def test_temperature_makes_boasting_logits_honest():
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, (4000, 3))
    truth = np.array([rng.choice(3, p=p) for p in softmax(honest)])
    assert temperature(truth, 4 * honest) == pytest.approx(4, rel=0.1)
    boasting = evaluate(truth, softmax(4 * honest), list("abc"), np.arange(4000)).value("ece")[0]
    mended = evaluate(truth, softmax(honest), list("abc"), np.arange(4000)).value("ece")[0]
    assert mended < 0.03 < 0.15 < boasting


def test_wilson_stays_inside_at_the_edges():
    assert wilson(0, 5)[0] == 0 and wilson(5, 5)[1] == pytest.approx(1)
