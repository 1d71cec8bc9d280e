"""The functions against the commands of the same name, and against formulas."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import DIGITS, command, has_command, nll

import gmmscope

#: Options and the keywords for them.
SETTINGS = [
    ({"reg": 1e-3}, ["--reg=0.001"]),
    ({"reg": "0.01x", "reg_scale": 2}, ["--reg=0.01x", "--reg-scale=2"]),
    ({"reg": "oas", "pooling": 0.25, "score": "mahalanobis"}, ["--reg=oas", "--pooling=0.25", "--score=mahalanobis"]),
    (
        {"normalization": "l2", "score": "relative-nll", "reg": 1e-4, "threads": 1},
        ["--normalization=l2", "--score=relative-nll", "--reg=1e-4", "--threads=1"],
    ),
]


@pytest.fixture
def digits():
    with np.load(DIGITS / "train.npz") as train, np.load(DIGITS / "test.npz") as test:
        return train["features"], train["labels"], test["features"], test["labels"]


def test_scores_follow_the_formula(data):
    scores = gmmscope.score(data.train, data.labels, data.test, reg=1e-2)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, nll(data.train, data.labels, data.test, 1e-2), rtol=1e-9)


def test_labels_below_zero_are_not_fitted(data):
    labels = data.labels.copy()
    labels[labels == 2] = -1
    scores = gmmscope.score(data.train, labels, data.test, reg=1e-2)
    np.testing.assert_allclose(scores, nll(data.train, labels, data.test, 1e-2), rtol=1e-9)


@pytest.mark.parametrize(("keywords", "options"), SETTINGS)
def test_scores_are_the_commands_to_the_last_bit(digits, tmp_path, keywords, options):
    train, labels, test, _ = digits
    command("score", DIGITS / "test.npz", "--train", DIGITS / "train.npz", "-o", tmp_path / "scores.npy", *options)
    scores = gmmscope.score(train, labels, test, **keywords)
    np.testing.assert_array_equal(scores, np.load(tmp_path / "scores.npy"))


def test_evaluate_is_the_command(digits):
    expected = json.loads(
        command("evaluate", DIGITS / "test.npz", "--train", DIGITS / "train.npz", "--reg=1e-3", "--format=json")
    )
    assert gmmscope.evaluate(*digits, reg=1e-3) == expected


def test_evaluate_counts_ood_samples_whatever_set_they_come_from(data):
    result = gmmscope.evaluate(data.train, data.labels, data.test, data.test_labels, ood=data.far, reg=1e-2)
    assert (result["inDistributionCount"], result["outOfDistributionCount"]) == (30, 15)
    scores = gmmscope.score(data.train, data.labels, np.concatenate([data.test, data.far]), reg=1e-2)
    higher = (scores[30:, None] > scores[:30]).mean()
    assert result["AUROC"] == pytest.approx(higher, abs=1e-12)


def test_evaluate_names_ood_sets(data, has_named_sets):
    if not has_named_sets:
        pytest.skip("this program takes no names of OOD sets")
    sets = {"far": data.far, "farther": data.far * 2}
    result = gmmscope.evaluate(data.train, data.labels, data.test, data.test_labels, ood=sets, reg=1e-2)
    assert [(entry["name"], entry["count"]) for entry in result["sets"]] == [("far", 15), ("farther", 15)]


def test_evaluate_takes_the_ood_set_of_each_sample(data, tmp_path, has_named_sets):
    if not has_named_sets:
        pytest.skip("this program takes no names of OOD sets")
    test = np.concatenate([data.test, data.far])
    labels = np.concatenate([data.test_labels, np.full(15, -1)])
    names = np.array(["ID"] * 30 + ["near"] * 5 + ["far"] * 10)
    expected = gmmscope.evaluate(
        data.train, data.labels, data.test, data.test_labels, ood={"far": data.far[5:], "near": data.far[:5]}, reg=1e-2
    )["sets"]
    np.savez(tmp_path / "test.npz", features=test, labels=labels, origin=names)
    table = {"features": test, "labels": labels, "origin": names}
    for arguments in (
        (test, labels, names),
        (table, None, "origin"),
        (tmp_path / "test.npz", None, "origin"),
    ):
        found = gmmscope.evaluate(data.train, data.labels, *arguments[:2], ood_sets=arguments[2], reg=1e-2)["sets"]
        assert sorted(found, key=lambda one: one["name"]) == sorted(expected, key=lambda one: one["name"])
    with pytest.raises(gmmscope.GmmscopeError, match="no column 'place'"), pytest.warns(gmmscope.GmmscopeWarning):
        gmmscope.evaluate(data.train, data.labels, table, ood_sets="place")
    with pytest.raises(gmmscope.GmmscopeError, match="2 OOD sets for 45 samples"):
        gmmscope.evaluate(data.train, data.labels, test, labels, ood_sets=["a", "b"])


@pytest.mark.parametrize("names", [["ant", "1", "cat"], {2: "cat", 0: "ant"}])
def test_classes_describe_every_class(data, names):
    result = gmmscope.classes(data.train, data.labels, class_names=names, reg=1e-2)
    assert [entry["name"] for entry in result] == ["ant", "1", "cat"]
    assert [entry["count"] for entry in result] == [40, 40, 40]
    rows = data.train[data.labels == 1].astype(np.float64)
    assert result[1]["trace"] == pytest.approx(np.trace(np.cov(rows.T, bias=True)), rel=1e-9)


def test_tune_proposes_from_the_path_asked_for(data):
    result = gmmscope.tune(data.train, data.labels, path=(1e-4, 1e2), points=13)
    assert [entry["regularization"] for entry in result["path"]] == pytest.approx(list(np.logspace(-4, 2, 13)))
    best = min(result["path"], key=lambda entry: entry["leaveOneOutNLL"])
    assert result["proposed"]["leaveOneOut"] == best["regularization"]


def test_tune_maps_pooling_too(data):
    result = gmmscope.tune(data.train, data.labels, data.test, data.test_labels, ood=data.far, map=True, points=5)
    assert {entry["pooling"] for entry in result["map"]} >= {0, 0.1, 1}
    assert result["path"][0]["AUROC"] is not None


def test_outliers_come_in_the_order_of_scores_with_their_ids(data):
    ids = [f"sample {number}" for number in range(len(data.test))]
    result = gmmscope.outliers(data.train, data.labels, data.test, data.test_labels, ids=ids, k=4, reg=1e-2)
    scores = gmmscope.score(data.train, data.labels, data.test, reg=1e-2)
    order = np.argsort(-scores)[:4]
    assert [entry["index"] for entry in result] == order.tolist()
    assert [entry["id"] for entry in result] == [ids[index] for index in order]
    assert [entry["score"] for entry in result] == scores[order].tolist()


def test_audit_finds_a_label_that_was_changed(data):
    if not has_command("audit"):
        pytest.skip("this program has no audit")
    labels = data.labels.copy()
    labels[5] = 2
    first = gmmscope.audit(data.train, labels, reg=1e-2)["samples"][0]
    assert (first["index"], first["label"], first["suggestedLabel"]) == (5, 2, 0)


def test_compare_has_rows(data):
    if not has_command("compare"):
        pytest.skip("this program has no compare")
    result = gmmscope.compare(data.train, data.labels, data.test, data.test_labels, ood={"far": data.far}, reg=1e-2)
    assert all({"name", "pooled", "sets"} <= set(row) for row in result["rows"])
    assert len({row["name"] for row in result["rows"]}) > 1


def test_an_unknown_keyword_is_a_type_error(data):
    with pytest.raises(TypeError, match="regg"):
        gmmscope.score(data.train, data.labels, data.test, regg=1)


def test_help_shows_the_setting():
    import inspect

    parameters = inspect.signature(gmmscope.score).parameters
    assert list(parameters)[:3] == ["train", "labels", "test"]
    assert (parameters["reg"].default, parameters["score"].default) == (1e-6, "nll")
