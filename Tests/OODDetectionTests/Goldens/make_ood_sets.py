#!/usr/bin/env python3
"""Writes ood_sets.json beside this script: metrics of OOD sets with ties, infinities, NaN and sets of one sample.

Needs numpy, scipy, scikit-learn and torchmetrics. AUROC, AUPR and FPR95TPR are scikit-learn's, and torchmetrics must
agree. FPR95ID and DeLong's interval follow their definitions pair by pair. scikit-learn takes no infinity, so it gets
the ranks of the scores. Bootstrap intervals come from really drawing samples.
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
import torch
import torchmetrics
from scipy.stats import norm, rankdata
from sklearn.metrics import auc, precision_recall_curve, roc_auc_score, roc_curve
from torchmetrics.functional.classification import binary_auroc, binary_precision_recall_curve

HERE = pathlib.Path(__file__).parent


def metrics(ident, other):
    ranks = rankdata(np.r_[other, ident], method="dense").astype(float)
    positive = np.r_[np.ones(len(other), int), np.zeros(len(ident), int)]

    def aupr(positive, ranks):
        precision, recall, _ = precision_recall_curve(positive, ranks)
        return auc(recall, precision)

    fpr, tpr, _ = roc_curve(positive, ranks, drop_intermediate=False)
    found = {"AUROC": roc_auc_score(positive, ranks), "AUPR-IN": aupr(1 - positive, -ranks),
             "AUPR-OUT": aupr(positive, ranks), "FPR95TPR": fpr[np.argmax(tpr >= 0.95)]}
    threshold = np.sort(ident)[int(np.ceil(0.95 * len(ident))) - 1]
    found["FPR95ID"] = np.mean(other <= threshold)
    scaled, target = torch.tensor(ranks / (ranks.max() + 1)), torch.tensor(positive)
    assert abs(binary_auroc(scaled, target).item() - found["AUROC"]) < 1e-6
    precision, recall, _ = binary_precision_recall_curve(scaled, target)
    assert abs(auc(recall.numpy(), precision.numpy()) - found["AUPR-OUT"]) < 1e-6
    return {name: float(value) for name, value in found.items()}


def delong(ident, other):
    """The variance from the share of won pairs of every sample."""
    m, n = len(other), len(ident)
    if m < 2 or n < 2:
        return None
    wins = (other[:, None] > ident).astype(float) + 0.5 * (other[:, None] == ident)
    area = wins.mean()
    variance = wins.mean(1).var(ddof=1) / m + wins.mean(0).var(ddof=1) / n
    if variance < 1e-15 or area in (0, 1):
        return [float(area)] * 2
    half = norm.ppf(0.975) * np.sqrt(variance) / (area * (1 - area))
    return [float(1 / (1 + np.exp(-(np.log(area / (1 - area)) + side * half)))) for side in (-1, 1)]


def bootstrap(ident, other, rng, draws=2000):
    drawn = [metrics_without_check(rng.choice(ident, len(ident)), rng.choice(other, len(other))) for _ in range(draws)]
    return {name: np.quantile([one[name] for one in drawn], [0.025, 0.975]).tolist()
            for name in ("AUPR-IN", "AUPR-OUT", "FPR95TPR", "FPR95ID")}


def metrics_without_check(ident, other):
    def points(positive, negative):
        thresholds = np.unique(np.r_[positive, negative])[::-1]
        return np.array([[np.sum(positive >= t), np.sum(negative >= t)] for t in thresholds], float)

    def aupr(hits, alarms):
        return np.trapezoid(np.r_[1, hits / (hits + alarms)], np.r_[0, hits / hits[-1]])

    hits, alarms = points(other, ident).T
    limit = np.sort(ident)[int(np.ceil(0.95 * len(ident))) - 1]
    return {"AUPR-OUT": aupr(hits, alarms), "AUPR-IN": aupr(*points(-ident, -other).T),
            "FPR95TPR": alarms[np.argmax(hits / hits[-1] >= 0.95)] / len(ident), "FPR95ID": np.mean(other <= limit)}


def case(name, ident, sets, rng, draws):
    """Scores with the sets in turn, so that nothing depends on the order of samples."""
    scores = np.concatenate([ident, *sets])
    members = np.concatenate([np.full(len(ident), -1)] + [np.full(len(s), i) for i, s in enumerate(sets)])
    order = rng.permutation(len(scores))
    scores, members = scores[order], members[order]
    comparable = [np.where(np.isnan(s), np.inf, s) for s in (ident, *sets)]
    results = [{**metrics(comparable[0], s), "AUROC95": delong(comparable[0], s),
                "bootstrap": bootstrap(comparable[0], s, rng) if draws else None} for s in comparable[1:]]
    pooled = np.concatenate(comparable[1:])
    return {"name": name, "sets": members.tolist(), "results": results,
            "pooled": {**metrics(comparable[0], pooled), "AUROC95": delong(comparable[0], pooled)},
            "scores": [None if np.isnan(s) else float(np.clip(s, -1e300, 1e300)) for s in scores]}


def main():
    rng = np.random.default_rng(14)
    normal = rng.normal
    inf = np.inf
    cases = [
        case("plain", normal(0, 1, 61), [normal(1, 1, 40), normal(2.5, 1, 23), normal(-1, 1, 1)], rng, True),
        case("ties", np.round(2 * normal(0, 1, 100)) / 2, [np.round(2 * normal(1, 1, n)) / 2 for n in (50, 2, 1, 20)],
             rng, False),
        case("infinite", np.r_[normal(0, 1, 30), inf, -inf, np.nan],
             [np.r_[normal(1, 1, 9), inf, inf, -inf], np.array([inf, np.nan, inf]), np.array([-inf]),
              np.array([np.nan])], rng, False),
        case("separated", np.arange(20.0), [np.arange(30.0, 37), -np.arange(1.0, 4), np.full(3, 25.0)], rng, False),
        case("equal", np.full(5, 7.0), [np.full(4, 7.0), np.array([7.0, 8.0])], rng, False),
        case("oneID", np.array([0.5]), [np.array([0.0, 1.0, 2.0]), np.array([0.5])], rng, False),
    ]
    versions = {p.__name__: p.__version__ for p in (np, scipy, sklearn, torchmetrics)}
    (HERE / "ood_sets.json").write_text(json.dumps({"versions": versions, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
