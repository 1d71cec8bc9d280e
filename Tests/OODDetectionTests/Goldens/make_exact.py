#!/usr/bin/env python3
"""Writes exact.json beside this script: small data sets that are hard for double precision, with values computed in
60-digit arithmetic. Leave-one-out really leaves each sample out and fits again.

Needs numpy and mpmath. Features are drawn here and written out in full.
"""
import json
import pathlib

import mpmath as mp
import numpy as np

mp.mp.dps = 60
HERE = pathlib.Path(__file__).parent


def layer_norm(z):
    z = z - z.mean(1, keepdims=True)
    return (z / z.std(1, keepdims=True)).astype(np.float32).astype(float)


def data_sets(rng):
    """(name, ε of the stored type, train, labels, test, test labels)."""
    def labelled(counts):
        return np.repeat(np.arange(len(counts)), counts)

    def rotated(exponent, dimension):
        q = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
        return lambda count: rng.normal(size=(count, dimension)) * 10 ** np.linspace(0, exponent / 2, dimension) @ q.T

    eps = 2.0 ** -52
    for exponent in (-7, -9.5, -14):
        draw, y = rotated(exponent, 6), labelled([14, 20])
        yield f"spectrum over {-exponent} decades", eps, draw(34) + y[:, None], y, draw(8), np.array([0, 0, 0, 1, 1, 1, -1, -1])
    scales = np.array([1e8, 1, 1e-4, 1e3, 1])
    y = labelled([16, 12, 13])
    mix = np.eye(5) + 0.3 * rng.normal(size=(5, 5))
    yield "features of different scale", eps, (rng.normal(size=(41, 5)) @ mix + y[:, None]) * scales, y, (rng.normal(size=(9, 5)) @ mix * 1.5) * scales, np.array([0, 0, 0, 1, 1, 1, 2, -1, -1])
    y = labelled([18, 15])
    yield "float32 after layer normalization", 2.0 ** -23, layer_norm(rng.normal(size=(33, 6)) + y[:, None] * np.arange(6) / 3), y, layer_norm(rng.normal(size=(8, 6))), np.array([0, 0, 0, 1, 1, -1, -1, -1])
    y = labelled([12, 15])
    yield "means of 1e8", eps, 1e8 + rng.normal(size=(27, 4)) * [1, 0.1, 1, 0.5] + y[:, None], y, 1e8 + rng.normal(size=(6, 4)), np.array([0, 0, 1, 1, -1, -1])
    y = labelled([5, 7])
    wide = np.array([1e6, 1, 1, 1, 1e-2, 1, 1, 10])
    yield "fewer samples than dimensions", eps, rng.normal(size=(12, 8)) * wide, y, rng.normal(size=(5, 8)) * wide, np.array([0, 0, 1, -1, -1])
    y = labelled([12, 9])
    z = rng.normal(size=(21, 4))
    z[3:9] = z[2]
    z[15:20] = z[14]
    yield "repeated samples", eps, z, y, rng.normal(size=(5, 4)), np.array([0, 0, 1, -1, -1])
    y = labelled([20, 14])
    z = np.maximum(rng.normal(size=(34, 6)) - 0.7, 0)
    z[:, 2] = 0
    z[:, 4] = 0
    z[7, 4] = 1e-4
    t = np.maximum(rng.normal(size=(6, 6)) - 0.5, 0)
    t[4:, 2] = 1
    yield "features that are seldom or never active", eps, z, y, t, np.array([0, 0, 1, 1, -1, -1])
    z = rng.normal(size=(24, 1))
    z[5] = 1e8
    yield "a wild outlier in one dimension", eps, z, labelled([24]), rng.normal(size=(3, 1)), np.array([0, 0, -1])
    yield "a class of one sample", eps, rng.normal(size=(13, 3)), labelled([1, 12]), rng.normal(size=(4, 3)), np.array([0, 1, 1, -1])


def reached_basis(z, epsilon):
    d = z.shape[1]
    square, varies = (z ** 2).mean(0), np.ptp(z, axis=0) > 0
    scale = np.sqrt(np.maximum(square, np.median(square[varies])))
    centred = (z - z[0] - (z - z[0]).mean(0)) / scale
    values, vectors = np.linalg.eigh(centred.T @ centred / len(z))
    dead = values <= max(d * 2.0 ** -52 * values.max(), epsilon ** 2)
    if not dead.any():
        return np.eye(d)

    return np.linalg.qr(vectors[:, dead] / scale[:, None], mode="complete")[0][:, dead.sum():]


def matrix(z):
    return mp.matrix([[mp.mpf(float(v)) for v in row] for row in z])


class Gaussian:
    """One class, exactly: mean and a Cholesky factor of covariance + ridge."""

    def __init__(self, rows, ridge):
        n, d = len(rows), len(rows[0])
        self.mean = [mp.fsum(r[j] for r in rows) / n for j in range(d)]
        c = [[r[j] - self.mean[j] for j in range(d)] for r in rows]
        a = mp.matrix(d, d)
        for i in range(d):
            for j in range(i + 1):
                a[i, j] = a[j, i] = mp.fsum(r[i] * r[j] for r in c) / n
        self.covariance = a.copy()
        for i in range(d):
            a[i, i] += ridge
        self.factor, self.dimension = mp.cholesky(a), d
        self.log_determinant = 2 * mp.fsum(mp.log(self.factor[i, i]) for i in range(d))

    def squared_distance(self, z):
        y = []
        for i in range(self.dimension):
            y.append((z[i] - self.mean[i] - mp.fsum(self.factor[i, j] * y[j] for j in range(i))) / self.factor[i, i])
        return mp.fsum(v * v for v in y)

    def nll(self, z):
        return (self.squared_distance(z) + self.log_determinant + self.dimension * mp.log(2 * mp.pi)) / 2


def results(epsilon, train, labels, test, test_labels, ridge):
    rows = [[mp.mpf(float(v)) for v in r] for r in train]
    queries = [[mp.mpf(float(v)) for v in r] for r in test]
    classes, n, d = np.unique(labels), len(labels), train.shape[1]
    members = {int(k): [r for r, y in zip(rows, labels) if y == k] for k in classes}
    ridge = mp.mpf(ridge)
    fitted = {k: Gaussian(m, ridge) for k, m in members.items()}
    weight = {k: mp.mpf(len(m)) / n for k, m in members.items()}
    nll = [-mp.log(mp.fsum(weight[k] * mp.exp(-g.nll(z)) for k, g in fitted.items())) for z in queries]
    distance = [min(g.squared_distance(z) for g in fitted.values()) / d for z in queries]
    conditions = []
    for k, g in fitted.items():
        values = mp.eigsy(g.covariance, eigvals_only=True)
        least = max(values[0], 0) if len(members[k]) > d else mp.mpf(0)
        conditions.append((values[d - 1] + ridge) / (least + ridge))
    basis = matrix(reached_basis(train, epsilon))

    def project(r):
        return [mp.fsum(r[i] * basis[i, j] for i in range(d)) for j in range(basis.cols)]

    inner = {k: [project(r) for r in m] for k, m in members.items()}
    held_out, used = mp.mpf(0), 0
    for k, m in inner.items():
        for i in range(len(m)) if len(m) > 1 else []:
            held_out += Gaussian(m[:i] + m[i + 1:], ridge).nll(m[i]) - mp.log(weight[k])
            used += 1
    inner_fitted = {k: Gaussian(m, ridge) for k, m in inner.items()}
    unseen = [inner_fitted[int(y)].nll(project(z)) - mp.log(weight[int(y)]) for z, y in zip(queries, test_labels) if y >= 0]
    return dict(
        regularization=float(ridge), nll=[float(v) for v in nll], mahalanobis=[float(v) for v in distance],
        logDeterminants=[float(g.log_determinant) for g in fitted.values()],
        conditionNumbers=[float(v) for v in conditions], leaveOneOutNLL=float(held_out / used),
        heldOutNLL=float(mp.fsum(unseen) / len(unseen)), unreached=d - basis.cols)


def main():
    sets = []
    for name, epsilon, train, labels, test, test_labels in data_sets(np.random.default_rng(7)):
        sets.append(dict(
            name=name, storedEpsilon=epsilon, dimension=train.shape[1], trainLabels=labels.tolist(),
            trainFeatures=train.ravel().tolist(), testLabels=test_labels.tolist(), testFeatures=test.ravel().tolist(),
            results=[results(epsilon, train, labels, test, test_labels, r) for r in (1e-8, 1e-6, 1e-3, 1.0)]))
    (HERE / "exact.json").write_text(json.dumps(sets, indent=1) + "\n")


if __name__ == "__main__":
    main()
