#!/usr/bin/env python3
"""Writes baselines.json beside this script: scores of baselines by pytorch-ood and by plain NumPy.

Needs numpy, scipy, scikit-learn, torch and pytorch-ood 0.4.0 (pip install --no-deps pytorch-ood==0.4.0; torchvision is
not needed, since only the modules of the detectors are loaded).

"pytorch_ood" holds the scores of its KNN, MaxSoftmax, MaxLogit, EnergyBased and ViM; "oracle" those of the formulas in
float64. They differ in this:
- KNN refuses fewer training samples than k; the oracle takes the farthest one. So pytorch_ood has none there.
- ViM computes in float32, and it uses training samples with labels below 0, which KNN leaves out. It gets only the
  others here. Its own default for d is none; it gets that of the oracle.
"""
import importlib
import importlib.util
import json
import os
import pathlib
import sys
import types

import numpy as np
import scipy
import sklearn
import torch
from scipy.special import logsumexp, softmax

HERE = pathlib.Path(__file__).parent


def prepare_modules():
    """Lets modules of pytorch-ood be imported without what importing the whole package needs."""
    root = os.path.dirname(importlib.util.find_spec("pytorch_ood").origin)
    for package, path in [("pytorch_ood", root), ("pytorch_ood.detector", root + "/detector")]:
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = [path]
    utils = sys.modules["pytorch_ood.utils"] = types.ModuleType("pytorch_ood.utils")
    utils.is_known = lambda labels: labels >= 0
    utils.extract_features = None


def detector(module, name):
    found = getattr(importlib.import_module("pytorch_ood.detector." + module), name)
    found.device = property(lambda self: None)
    return found


def draw(seed, counts, dimension, test_count, offset):
    """Classes, out-of-distribution training samples, duplicates, and the last layer of a network. All are float32."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(len(counts), dimension)) * 3 + offset
    labels = np.repeat(np.arange(len(counts)), counts)
    scales = np.linspace(0.3, 2, dimension)
    train = means[labels] + rng.normal(size=(len(labels), dimension)) * scales
    train = np.concatenate([train, rng.normal(size=(5, dimension)) * 9])
    labels = np.concatenate([labels, [-1, -1, -2, -1, -3]])
    order = rng.permutation(len(labels))
    train, labels = train[order], labels[order]
    test = means[rng.integers(len(counts), size=test_count)] + rng.normal(size=(test_count, dimension)) * scales * 1.5
    test[0] = train[np.flatnonzero(labels >= 0)[3]]
    test[1] = test[2]
    weight = means * 0.4 + rng.normal(size=means.shape) * 0.2
    bias = rng.normal(size=len(counts))
    return [a.astype(np.float32).astype(np.float64) for a in (train, test, weight, bias)] + [labels]


def knn(train, test, k):
    unit = lambda z: z / np.linalg.norm(z, axis=1, keepdims=True)
    distances = np.sqrt(((unit(test)[:, None] - unit(train)[None]) ** 2).sum(-1))
    return np.sort(distances, axis=1)[:, min(k, len(train)) - 1]


def vim(train, test, weight, bias, d):
    origin = -np.linalg.pinv(weight) @ bias
    centred = train - origin
    values, vectors = np.linalg.eigh(centred.T @ centred / len(train))
    rest = vectors[:, : train.shape[1] - d]
    virtual = lambda z: np.linalg.norm((z - origin) @ rest, axis=1)
    alpha = (train @ weight.T + bias).max(1).mean() / virtual(train).mean()
    return alpha * virtual(test) - logsumexp(test @ weight.T + bias, axis=1)


def case(name, seed, counts, dimension, test_count, k, offset=0.0):
    train, test, weight, bias, labels = draw(seed, counts, dimension, test_count, offset)
    known, d = train[labels >= 0], dimension // 2
    logits = test @ weight.T + bias
    logits[4] *= 300  # exp overflows in float64
    tensor = torch.from_numpy
    peer = {
        "msp": detector("softmax", "MaxSoftmax").score(tensor(logits)),
        "max-logit": detector("maxlogit", "MaxLogit").score(tensor(logits)),
        "energy": detector("energy", "EnergyBased").score(tensor(logits)),
        "vim": detector("vim", "ViM")(None, d, tensor(weight), tensor(bias)).fit_features(
            tensor(known), tensor(labels[labels >= 0])).predict_features(tensor(test)),
    }
    if k <= len(known):
        peer["knn"] = detector("knn", "KNN")(None, k=k).fit_features(
            tensor(train), tensor(labels)).predict_features(tensor(test))
    oracle = {
        "knn": knn(known, test, k), "msp": -softmax(logits, axis=1).max(1), "max-logit": -logits.max(1),
        "energy": -logsumexp(logits, axis=1), "vim": vim(known, test, weight, bias, d),
    }
    number = lambda values: [float(v) for v in np.asarray(values).ravel()]
    return {
        "name": name, "dimension": dimension, "classCount": len(counts), "neighborCount": k, "principalCount": d,
        "train": number(train), "labels": labels.tolist(), "test": number(test), "logits": number(logits),
        "weight": number(weight), "bias": number(bias),
        "oracle": {key: number(value) for key, value in oracle.items()},
        "pytorch_ood": {key: number(value) for key, value in peer.items()},
    }


if __name__ == "__main__":
    prepare_modules()
    cases = [
        case("three classes", 1, [30, 25, 12], 6, 20, 50),
        case("fewer samples than k", 2, [9, 7, 3], 5, 12, 50, offset=4.0),
        # More classes than dimensions: W⁺ is that of a tall matrix.
        case("more classes than dimensions", 3, [6] * 9, 4, 12, 1),
    ]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
                "torch": torch.__version__, "pytorch-ood": "0.4.0"}
    (HERE / "baselines.json").write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")
