#!/usr/bin/env python3
"""Writes audit.json beside this script: margins of label audits and quantiles of χ².

Needs what make_settings.py needs, whose data sets and literal formulas it uses. Some labels are flipped. Every sample
is really left out of its own class, and the other classes are fitted with it.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.stats import chi2

from make_settings import covariances, held_out, log_normal, normalize, reached_directions, ridges

HERE = pathlib.Path(__file__).parent
SETTINGS = [
    # (data, normalization, pooling, rule, t)
    ("tall", 0, 0, "absolute", 1e-2), ("tall", 0, 0.03, "absolute", 1e-2), ("tall", 0, 0.3, "ledoit-wolf", 1),
    ("wide", 0, 0, "relative", 1e-2), ("wide", 0.5, 0.3, "oas", 1), ("wide", 1, 1, "absolute", 1e-3),
    ("degenerate", 0, 0, "absolute", 1e-3), ("degenerate", 0, 0.1, "loo", 1), ("degenerate", 0, 1, "relative", 0.01),
]


def flipped(labels, seed):
    """Every fifth label of a class of at least four samples, moved to another class."""
    rng = np.random.default_rng(seed)
    labels = labels.copy()
    classes = np.unique(labels[labels >= 0])
    large = [k for k in classes if (labels == k).sum() >= 4]
    for k in large:
        for index in np.flatnonzero(labels == k)[::5]:
            labels[index] = rng.choice([j for j in classes if j != k])
    return labels


def audit(train, labels, beta, alpha, rule, t):
    dimension = train.shape[1]
    known = np.unique(labels[labels >= 0])
    places = [np.flatnonzero(labels == k) for k in known]
    members = [normalize(train[place], beta) for place in places]
    total = sum(map(len, members))
    reached = reached_directions(np.concatenate(members))
    ridge = ridges(members, alpha, rule, t, reached)
    varying = [x @ reached for x in members]
    fitted = [s * c + r * np.eye(reached.shape[1]) for c, (s, r) in zip(covariances(varying, alpha), ridge)]
    margins, suggested, distances = [[None] * len(train) for _ in range(3)]
    for k, x in enumerate(varying):
        if len(x) < 2:
            continue
        for i, row in enumerate(places[k]):
            v, c = held_out(varying, k, i, alpha, *ridge[k])
            own = np.log(len(x) / total) + log_normal(v, c)
            others = {j: np.log(len(varying[j]) / total) + log_normal(x[i] - varying[j].mean(0), fitted[j])
                      for j in range(len(known)) if j != k}
            best = max(others, key=others.get)
            margins[row] = (others[best] - own) / dimension
            suggested[row] = int(known[best])
            distances[row] = float(v @ np.linalg.solve(c, v))
    return {"margins": margins, "suggested": suggested, "squaredDistances": distances,
            "reachedDimension": reached.shape[1]}


if __name__ == "__main__":
    results = []
    for index, (name, beta, alpha, rule, t) in enumerate(SETTINGS):
        data = json.loads((HERE / f"{name}.json").read_text())
        train = np.array(data["trainFeatures"]).reshape(-1, data["dimension"])
        labels = flipped(np.array(data["trainLabels"]), index)
        results.append({"data": name, "normalization": beta, "pooling": alpha, "rule": rule, "t": t,
                        "labels": labels.tolist(), **audit(train, labels, beta, alpha, rule, t)})
    quantiles = [{"degreesOfFreedom": d, "probability": p, "value": float(chi2.ppf(p, d))}
                 for d in (1, 2, 3, 10, 64, 512, 2048)
                 for p in (1e-10, 1e-4, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-10)]
    (HERE / "audit.json").write_text(json.dumps({
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "results": results, "quantiles": quantiles}, separators=(",", ":")) + "\n")
