#!/usr/bin/env python3
"""Writes settings.json beside this script: the detector family on the data sets of make_goldens.py.

Needs numpy, scipy and scikit-learn. Every number follows the definitions literally and slowly in float64: explicit
covariance matrices, and leave-one-out by really leaving each sample out. Shrinkage coefficients are scikit-learn's.
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.special import logsumexp
from sklearn.covariance import ledoit_wolf_shrinkage, oas

HERE = pathlib.Path(__file__).parent
SETTINGS = [
    # (data, normalization, pooling, rule, t)
    *[(name, beta, alpha, rule, t)
      for name in ("tall", "wide", "degenerate")
      for beta, alpha, rule, t in [
          (0, 0.03, "absolute", 1e-2), (0, 1, "absolute", 1e-3), (0.5, 0, "absolute", 1e-2),
          (1, 0.1, "absolute", 1e-3), (0, 0, "relative", 1e-2), (0, 0.3, "relative", 0.1), (0, 0, "oas", 1),
          (0, 0.1, "oas", 0.5), (0, 0, "ledoit-wolf", 1), (0.5, 0.3, "ledoit-wolf", 2), (0, 0, "loo", 1),
          (0, 0.1, "loo", 1), (0, 1, "loo", 3), (0, 1, "oas", 1), (1, 1, "relative", 0.01)]],
]


def normalize(z, beta):
    length = np.linalg.norm(z, axis=1, keepdims=True)
    return z / np.where(length > 0, length, 1) ** beta


def scatter(x):
    centred = x - x.mean(0)
    return centred.T @ centred


def log_normal(v, covariance):
    return -0.5 * (v @ np.linalg.solve(covariance, v) + np.linalg.slogdet(covariance)[1] + len(v) * np.log(2 * np.pi))


def covariances(members, alpha):
    """C_k of every class."""
    pooled, total = sum(map(scatter, members)), sum(map(len, members))
    return [((1 - alpha) * scatter(x) + alpha * pooled) / ((1 - alpha) * len(x) + alpha * total) for x in members]


def held_out(members, k, index, alpha, s, ridge):
    """The held-out difference from the mean and covariance of one sample of class k, by refitting."""
    rest = [np.delete(x, index, 0) if j == k else x for j, x in enumerate(members)]
    return members[k][index] - rest[k].mean(0), s * covariances(rest, alpha)[k] + ridge * np.eye(members[k].shape[1])


def leave_one_out_sum(members, k, alpha, s, ridge):
    return -sum(log_normal(*held_out(members, k, i, alpha, s, ridge)) for i in range(len(members[k])))


def shrinkage(x, rule):
    if not np.ptp(x, axis=0).any():
        return 1.0
    centred = x - x.mean(0)
    if rule == "oas":
        return oas(centred, assume_centered=True)[1]
    return ledoit_wolf_shrinkage(centred, assume_centered=True)


def reached_directions(x):
    """(D, D') orthonormal columns that span the directions in which samples vary."""
    _, deviations, directions = np.linalg.svd(x - x.mean(0))
    return directions[deviations > 1e-10 * deviations[0]].T


def ridges(members, alpha, rule, t, reached):
    """(s, t r) of every class and of the background. `reached` spans the directions of leave-one-out."""
    everything = np.concatenate(members)
    dimension = everything.shape[1]
    mean_variance = np.trace(sum(map(scatter, members))) / len(everything) / dimension
    grid = mean_variance * 10 ** np.arange(-8, 2.05, 0.1)
    varying = [x @ reached for x in members]
    out = []
    if rule == "loo":
        curves = [[leave_one_out_sum(varying, k, alpha, 1, r) for r in grid] if len(x) > 1 else None
                  for k, x in enumerate(members)]
        common = grid[int(np.argmin(sum(np.array(c) for c in curves if c is not None)))]
        own = [grid[int(np.argmin(c))] if c is not None and cov.any() else common
               for c, cov in zip(curves, covariances(members, alpha))]
        total = [leave_one_out_sum([everything @ reached], 0, 0, 1, r) for r in grid]
        return [(1, t * r) for r in own] + [(1, t * grid[int(np.argmin(total))])]
    for x, c in [*zip(members, covariances(members, alpha)), (everything, scatter(everything) / len(everything))]:
        variance = np.trace(c) / dimension or mean_variance
        if rule == "absolute":
            s, r = 1, 1
        elif rule == "relative":
            s, r = 1, variance
        else:
            rho = shrinkage(x, rule)
            s, r = 1 - rho, rho * variance
        out.append((s, t * r))
    return out


def evaluate(data, beta, alpha, rule, t):
    dimension = data["dimension"]
    train = np.array(data["trainFeatures"]).reshape(-1, dimension)
    labels = np.array(data["trainLabels"])
    test = normalize(np.array(data["testFeatures"]).reshape(-1, dimension), beta)
    original = [train[labels == k] for k in np.unique(labels[labels >= 0])]
    members = [normalize(x, beta) for x in original]
    everything = np.concatenate(members)
    total = len(everything)
    reached = reached_directions(everything)
    ridge = ridges(members, alpha, rule, t, reached)
    means = [x.mean(0) for x in members] + [everything.mean(0)]
    fitted = covariances(members, alpha) + [scatter(everything) / total]
    regularized = [s * c + r * np.eye(dimension) for c, (s, r) in zip(fitted, ridge)]
    weights = [len(x) / total for x in members] + [1]
    density = np.array([[np.log(w) + log_normal(z - m, c) for w, m, c in zip(weights, means, regularized)] for z in test])
    distance = np.array([[(z - m) @ np.linalg.solve(c, z - m) for m, c in zip(means, regularized)] for z in test])
    nll = -logsumexp(density[:, :-1], axis=1)
    nearest = distance[:, :-1].min(1)

    # Leave-one-out in the directions that vary.
    varying = [x @ reached for x in members]
    projected = [reached.T @ c @ reached for c in regularized]
    held_sum, correct, used = 0.0, 0, 0
    for k, x in enumerate(varying):
        if len(x) < 2:
            continue
        for i in range(len(x)):
            v, c = held_out(varying, k, i, alpha, *ridge[k])
            own = np.log(weights[k]) + log_normal(v, c)
            others = [np.log(weights[j]) + log_normal(x[i] - means[j] @ reached, projected[j])
                      for j in range(len(varying)) if j != k]
            correct += own > max(others)
            used += 1
            held_sum -= own
            norm = np.linalg.norm(original[k][i])
            if 0 < beta < 1:
                held_sum += beta * reached.shape[1] * np.log(norm) - np.log(1 - beta)
    return {
        "normalization": beta, "pooling": alpha, "rule": rule, "t": t,
        "nll": nll.tolist(), "mahalanobis": (nearest / dimension).tolist(),
        "relative-nll": (nll + density[:, -1]).tolist(),
        "relative-mahalanobis": ((nearest - distance[:, -1]) / dimension).tolist(),
        "backgroundLogDensity": density[:, -1].tolist(),
        "scales": [s for s, _ in ridge], "ridges": [r for _, r in ridge],
        "logDeterminants": [float(np.linalg.slogdet(c)[1]) for c in regularized],
        "conditionNumbers": [float(np.linalg.cond(c)) for c in regularized],
        "leaveOneOutNLL": held_sum / used, "leaveOneOutAccuracy": correct / used,
    }


if __name__ == "__main__":
    sets = {name: json.loads((HERE / f"{name}.json").read_text()) for name in ("tall", "wide", "degenerate")}
    results = [{"data": name, **evaluate(sets[name], *rest)} for name, *rest in SETTINGS]
    (HERE / "settings.json").write_text(json.dumps({
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "results": results}))
