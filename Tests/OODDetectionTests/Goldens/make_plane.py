#!/usr/bin/env python3
"""Writes plane.json beside this script: samples in the plane that separates their classes best.

Needs NumPy, SciPy and scikit-learn. Without a ridge the axes are those of scikit-learn's linear discriminant analysis
(solver "eigen"), and for one class those of its principal component analysis; with a ridge they come from SciPy's
generalized eigenvalues. Every axis is known up to its sign.
"""
import json
import pathlib

import numpy as np
from scipy.linalg import eigh, null_space
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

HERE = pathlib.Path(__file__).parent
DIMENSION = 6
COUNTS = [14, 9, 11, 8]


def samples(rng):
    parts = []
    for k, count in enumerate(COUNTS):
        mixing = rng.normal(size=(DIMENSION, DIMENSION)) * (1 + 0.4 * k)
        parts.append(rng.normal(size=(count, DIMENSION)) @ mixing + 4 * rng.normal(size=DIMENSION))
    # Few digits keep the file small; they are exact in float64.
    return np.round(np.concatenate(parts), 3), np.repeat(np.arange(len(COUNTS)) * 2, COUNTS)


def chosen(features, labels, classes):
    members = [features[labels == k] for k in classes]
    shares = np.array([len(x) for x in members]) / sum(map(len, members))
    means = np.stack([x.mean(0) for x in members])
    middle = shares @ means
    between = sum(s * np.outer(m - middle, m - middle) for s, m in zip(shares, means))
    return members, shares, middle, between


def directions(features, labels, classes, rule, t):
    members, shares, middle, between = chosen(features, labels, classes)
    regularized = [np.cov(x.T, bias=True) for x in members]
    regularized = [c + t * (np.trace(c) / DIMENSION if rule == "relative" else 1) * np.eye(DIMENSION) for c in regularized]
    within = sum(s * c for s, c in zip(shares, regularized))
    if len(classes) == 1:
        values, vectors = np.linalg.eigh(within)
        axes = vectors[:, ::-1][:, :2] / np.sqrt(values[::-1][:2])
        return axes, values[::-1][:2] / np.trace(within), middle, regularized
    values, vectors = eigh(between, within)
    values, vectors = values[::-1], vectors[:, ::-1]
    if len(classes) > 2:
        return vectors[:, :2], values[:2], middle, regularized
    first = vectors[:, :1]
    complement = null_space((within @ first).T)
    spread, inner = np.linalg.eigh(complement.T @ within @ complement)
    second = complement @ inner[:, -1:]
    second /= np.sqrt(second.T @ within @ second)
    return np.hstack([first, second]), np.array([values[0], spread[-1] / np.trace(within)]), middle, regularized


def main():
    rng = np.random.default_rng(7)
    features, labels = samples(rng)
    cases = []
    for classes, rule, t in [([0, 2, 4, 6], "absolute", 0), ([0, 2, 4, 6], "relative", 0.3), ([2, 4, 6], "absolute", 2.0),
                             ([0, 4], "absolute", 0.5), ([6, 2], "relative", 0.1), ([4], "absolute", 0), ([2], "absolute", 1.0)]:
        axes, figures, middle, regularized = directions(features, labels, classes, rule, t)
        if t == 0 and len(classes) > 2:
            inside = np.isin(labels, classes)
            analysis = LinearDiscriminantAnalysis(solver="eigen").fit(features[inside], labels[inside])
            scikit = analysis.scalings_[:, :2]
            assert np.allclose(np.abs(scikit / axes).std(0), 0, atol=1e-9)
            axes = scikit
        if t == 0 and len(classes) == 1:
            pca = PCA(2).fit(features[labels == classes[0]])
            count = (labels == classes[0]).sum()
            axes = pca.components_.T / np.sqrt(pca.explained_variance_ * (count - 1) / count)
        cases.append({
            "labels": classes, "rule": rule, "regularization": t, "figures": figures.tolist(),
            "coordinates": ((features - middle) @ axes).ravel().tolist(),
            "covariances": [[float(axes[:, 0] @ c @ axes[:, 0]), float(axes[:, 0] @ c @ axes[:, 1]),
                             float(axes[:, 1] @ c @ axes[:, 1])] for c in regularized],
        })
    content = {"dimension": DIMENSION, "labels": labels.tolist(), "features": features.ravel().tolist(), "cases": cases}
    (HERE / "plane.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
