#!/usr/bin/env python3
"""Writes the golden values beside this script: what other people's libraries say about small data sets.

Needs numpy, scipy, scikit-learn, torch, and pytorch-ood 0.4.0 installed with --no-deps. Only that package's
detector, metrics and utilities are loaded, so torchvision is not needed. The features are drawn here and written
out in full: the tests need no random numbers of NumPy's.
"""
import importlib
import importlib.metadata
import importlib.util
import json
import logging
import pathlib
import sys
import types

import numpy as np
import torch
from scipy.special import logsumexp
from scipy.stats import chi2, multivariate_normal
from sklearn.covariance import EmpiricalCovariance
from sklearn.metrics import roc_auc_score

HERE = pathlib.Path(__file__).parent
REGULARIZATIONS = [1e-6, 1e-3, 1e-1, 10.0]


def bare_package(name, folder):
    """A package that finds its modules without running its own __init__."""
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return package


def pytorch_ood():
    """(GMM, OODMetrics) of pytorch-ood, without the parts that need torchvision."""
    root = pathlib.Path(importlib.util.find_spec("pytorch_ood").origin).parent
    for name in ("", ".detector", ".utils"):
        bare_package("pytorch_ood" + name, root / name.lstrip("."))
    utilities = importlib.import_module("pytorch_ood.utils.utils")
    sys.modules["pytorch_ood.utils"].is_known = utilities.is_known
    sys.modules["pytorch_ood.utils"].extract_features = utilities.extract_features
    gmm = importlib.import_module("pytorch_ood.detector.gmm").GMM
    return gmm, importlib.import_module("pytorch_ood.metrics").OODMetrics


GMM, OODMetrics = pytorch_ood()
logging.disable(logging.WARNING)


def draw(seed, dimension, counts, test_count, constant=(), duplicated=(), spread=1.0):
    """Features and labels of a training and a test set. `counts` maps labels to numbers of samples; classes in
    `duplicated` repeat the first half of their samples; dimensions in `constant` are the same everywhere."""
    rng = np.random.default_rng(seed)
    blocks, labels = [], []
    for label, count in counts.items():
        mixing = rng.normal(size=(dimension, dimension)) * np.geomspace(1, spread, dimension)
        samples = rng.normal(size=(count, dimension)) @ mixing.T + 3 * rng.normal(size=dimension)
        if label in duplicated:
            samples[count - count // 2:] = samples[:count // 2]
        blocks.append(samples)
        labels += [label] * count
    features, labels = np.concatenate(blocks), np.array(labels)
    order = rng.permutation(len(labels))
    features, labels = features[order], labels[order]
    known = np.flatnonzero(labels >= 0)
    picked = rng.choice(known, test_count)
    test = features[picked] + rng.normal(size=(test_count, dimension))
    test_labels = labels[picked].copy()
    out = rng.random(test_count) < 0.4
    test[out] += 4 * rng.normal(size=(out.sum(), dimension))
    test_labels[out] = -1
    features[:, list(constant)] = 0.1
    test[:, list(constant)] = 0.1
    # Single precision, as networks give it.
    return [a.astype(np.float32).astype(np.float64) for a in (features, test)] + [labels, test_labels]


def golden_set(seed, dimension, counts, **options):
    train, test, labels, test_labels = draw(seed, dimension, counts, 40, **options)
    known = labels >= 0
    classes = np.unique(labels[known])
    results = []
    for regularization in REGULARIZATIONS:
        detector = GMM(None, reg=regularization)
        type(detector).device = property(lambda self: None)
        detector.fit_features(torch.from_numpy(train), torch.from_numpy(labels))
        scores = detector.predict_features(torch.from_numpy(test)).numpy()
        densities, distances, determinants, conditions = [], [], [], []
        for label in classes:
            estimate = EmpiricalCovariance().fit(train[labels == label])
            covariance = estimate.covariance_ + regularization * np.eye(dimension)
            weight = (labels == label).sum() / known.sum()
            gaussian = multivariate_normal(estimate.location_, covariance)
            densities.append(np.log(weight) + gaussian.logpdf(test))
            centred = test - estimate.location_
            distances.append((centred * np.linalg.solve(covariance, centred.T).T).sum(1))
            determinants.append(np.linalg.slogdet(covariance)[1])
            conditions.append(np.linalg.cond(covariance))
        metrics = OODMetrics()
        metrics.update(torch.from_numpy(scores), torch.from_numpy(test_labels))
        metrics = {name: float(value) for name, value in metrics.compute().items()}
        assert abs(metrics["AUROC"] - roc_auc_score(test_labels < 0, scores)) < 1e-12
        results.append({
            "regularization": regularization,
            "pytorchOOD": scores.tolist(),
            "scipy": (-logsumexp(densities, axis=0)).tolist(),
            "mahalanobis": (np.min(distances, axis=0) / dimension).tolist(),
            "logDeterminants": [float(value) for value in determinants],
            "conditionNumbers": [float(value) for value in conditions],
            "metrics": {name: metrics[name] for name in ("AUROC", "AUPR-IN", "AUPR-OUT", "FPR95TPR")},
        })
    return {"dimension": dimension, "trainLabels": labels.tolist(), "trainFeatures": train.ravel().tolist(),
            "testLabels": test_labels.tolist(), "testFeatures": test.ravel().tolist(), "results": results}


def tied_metrics(seed):
    """Metrics of scores with many ties."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(200) < 0.3, -1, 3)
    scores = np.round(rng.normal(size=200) + (labels < 0), 1)
    metrics = OODMetrics()
    metrics.update(torch.from_numpy(scores), torch.from_numpy(labels))
    values = metrics.compute()
    return {"labels": labels.tolist(), "scores": scores.tolist(),
            "metrics": {name: float(values[name]) for name in ("AUROC", "AUPR-IN", "AUPR-OUT", "FPR95TPR")}}


def chi_squared_tails():
    rows = []
    for degrees in (1, 2, 3, 10, 64, 512, 2048):
        values = [0.0, *np.geomspace(1e-3, 0.9, 4) * degrees, degrees, degrees + 1e-6]
        values += [float(chi2.isf(tail, degrees)) for tail in (0.9, 0.5, 0.05, 1e-3, 1e-10, 1e-50, 1e-150, 1e-300)]
        rows += [{"degreesOfFreedom": degrees, "value": float(v), "tail": float(chi2.sf(v, degrees))} for v in values]
    return rows


def write(name, content):
    packages = ("numpy", "scipy", "scikit-learn", "torch", "pytorch-ood")
    content = {"madeWith": {p: importlib.metadata.version(p) for p in packages}, **content}
    (HERE / name).write_text(json.dumps(content, separators=(",", ":")) + "\n")


write("tall.json", golden_set(1, 4, {0: 12, 1: 9, 2: 30, -1: 5}))
write("wide.json", golden_set(2, 10, {0: 3, 1: 5, 2: 1, 3: 10, 4: 11}))
write("degenerate.json", golden_set(3, 6, {2: 20, 7: 5, 40: 12, -2: 4}, constant=(1, 4), duplicated=(7, 40), spread=0.05))
write("ties.json", tied_metrics(4))
write("chi_squared.json", {"tails": chi_squared_tails()})
