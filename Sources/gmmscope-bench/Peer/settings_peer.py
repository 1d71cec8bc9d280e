"""Fits and scores one data set at one setting by the formulas as they stand, and prints what it took as JSON.

NumPy and SciPy in float64: covariances written out, Cholesky factorizations, triangular solves for every sample. With
one covariance for all classes, it is factored once and every sample is solved once. --detector times a detector of
pytorch-ood instead. Loading and a warm-up are not part of the times. Exit status 3 where a package is missing.
"""
import argparse
import importlib
import importlib.util
import json
import os
import resource
import sys
import time
import types

try:
    import numpy as np
    import scipy.linalg
    from scipy.special import logsumexp
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)


def load(path):
    """Features and labels: arrays of an npz file, or an npy file with its labels beside it."""
    if path.endswith(".npz"):
        with np.load(path) as arrays:
            return arrays["features"], arrays["labels"]
    return np.load(path), np.load(path[: -len(".npy")] + "_labels.npy")


def normalized(features, exponent):
    features = features.astype(np.float64)
    if exponent == 0:
        return features
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1) ** exponent


def reached_directions(features, epsilon):
    """Orthonormal columns (D, D'): the directions in which the training samples vary by more than rounding."""
    dimension = features.shape[1]
    squares = (features**2).mean(0)
    varying = np.ptp(features, axis=0) > 0
    scale = np.sqrt(np.maximum(squares, np.median(squares[varying])))
    values, vectors = np.linalg.eigh(np.cov((features / scale).T, bias=True))
    dead = values <= max(dimension * np.finfo(float).eps * values[-1], epsilon**2)
    if not dead.any():
        return np.eye(dimension)
    return np.linalg.qr(vectors[:, dead] / scale[:, None], mode="complete")[0][:, dead.sum() :]


def leave_one_out_ridge(centred, directions, grid):
    """The ridge of the grid at which a class's samples are likeliest, each left out in turn (pooling 0)."""
    count = len(centred)
    projected = centred @ directions
    values, vectors = np.linalg.eigh(projected.T @ projected / count)
    squares = (projected @ vectors) ** 2
    values = np.maximum(values, 0) * count / (count - 1)
    factor = count / (count - 1)
    losses = []
    for ridge in grid:
        distances = (squares / (values + ridge)).sum(1)
        rest = 1 - factor / (count - 1) * distances
        losses.append((factor**2 * distances / rest + np.log(rest)).mean() + np.log(values + ridge).sum())
    return grid[int(np.argmin(losses))]


def factor_of(covariance, ridge):
    """L and log det(LLᵀ)."""
    regularized = covariance.copy()
    regularized[np.diag_indices(len(covariance))] += ridge
    factor = scipy.linalg.cholesky(regularized, lower=True, overwrite_a=True, check_finite=False)
    return factor, 2 * np.log(np.diag(factor)).sum()


def whitened(factor, centred):
    """L⁻¹ of every row, (D, N)."""
    return scipy.linalg.solve_triangular(factor, centred.T, lower=True, check_finite=False)


def fit(features, labels, arguments):
    epsilon = np.finfo(features.dtype).eps if features.dtype.kind == "f" else 0
    known = labels >= 0
    features, labels = normalized(features[known], arguments.normalization), labels[known]
    total, dimension = features.shape
    members = [features[labels == label] for label in np.unique(labels)]
    means = [rows.mean(0) for rows in members]
    counts = [len(rows) for rows in members]
    alpha = arguments.pooling
    if alpha == 0:
        covariances = ((rows - mean).T @ (rows - mean) / len(rows) for rows, mean in zip(members, means))
    else:
        scatters = [(rows - mean).T @ (rows - mean) for rows, mean in zip(members, means)]
        pooled = sum(scatters)
        if alpha == 1:
            covariances = [pooled / total]
        else:
            covariances = (
                ((1 - alpha) * scatter + alpha * pooled) / ((1 - alpha) * count + alpha * total)
                for scatter, count in zip(scatters, counts)
            )
    ridges = [arguments.t] * len(members)
    if arguments.rule == "loo":
        variance = sum(((rows - mean) ** 2).sum() for rows, mean in zip(members, means)) / total / dimension
        directions = reached_directions(features, epsilon)
        grid = variance * 10 ** np.arange(-8, 2.05, 0.1)
        ridges = [
            arguments.t * leave_one_out_ridge(rows - mean, directions, grid)
            for rows, mean in zip(members, means)
        ]
    factors = [factor_of(covariance, ridge) for covariance, ridge in zip(covariances, ridges)]
    background = None
    if arguments.score.startswith("relative"):
        mean = features.mean(0)
        background = mean, *factor_of((features - mean).T @ (features - mean) / total, arguments.t)
    return means, [np.log(count / total) for count in counts], factors, background


def score(model, samples, arguments):
    means, log_weights, factors, background = model
    samples = normalized(samples, arguments.normalization)
    dimension = samples.shape[1]
    distances = np.empty((len(samples), len(means)))
    if len(factors) < len(means):
        factor = factors[0][0]
        whitened_samples = whitened(factor, samples - means[0])
        centres = whitened(factor, np.stack(means) - means[0]).T
        for place, centre in enumerate(centres):
            distances[:, place] = ((whitened_samples - centre[:, None]) ** 2).sum(0)
        factors = factors * len(means)
    else:
        for place, (mean, (factor, _)) in enumerate(zip(means, factors)):
            distances[:, place] = (whitened(factor, samples - mean) ** 2).sum(0)
    if background is not None:
        mean, factor, background_determinant = background
        background_distances = (whitened(factor, samples - mean) ** 2).sum(0)
    if arguments.score.endswith("nll"):
        determinants = np.array([determinant for _, determinant in factors])
        constant = dimension * np.log(2 * np.pi)
        scores = -logsumexp(np.array(log_weights) - 0.5 * (distances + determinants + constant), axis=1)
        if background is not None:
            scores -= 0.5 * (background_distances + background_determinant + constant)
        return scores
    scores = distances.min(1)
    if background is not None:
        scores = scores - background_distances
    return scores / dimension


def pytorch_ood_run(arguments):
    """Mahalanobis or RMD. Their covariance is the scatter, not divided by n, with 1e-6 on the diagonal, in the
    precision of torch's default type, and their distances are not divided by D. The scores come back in gmmscope's
    unit, in which they are those at the ridge that is returned."""
    try:
        import torch

        root = importlib.util.find_spec("pytorch_ood").submodule_search_locations[0]
    except (ImportError, AttributeError) as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    # The detectors, without what the package imports on top of them: its __init__ wants torchvision.
    for name in ("pytorch_ood", "pytorch_ood.detector"):
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(root, *name.split(".")[1:])]
        sys.modules[name] = package
    module = importlib.import_module("pytorch_ood.detector." + arguments.detector.lower())
    torch.set_num_threads(arguments.threads)
    features, labels = load(arguments.train)
    known = labels >= 0
    features = torch.from_numpy(features[known].astype(np.float32))
    labels = torch.from_numpy(np.unique(labels[known], return_inverse=True)[1])
    samples = torch.from_numpy(load(arguments.test)[0].astype(np.float32))
    detector = getattr(module, arguments.detector)(None)
    with torch.no_grad():
        warm_up = torch.randn(512, 512)
        torch.linalg.inv(warm_up.T @ warm_up + torch.eye(512))
        start = time.perf_counter()
        detector.fit_features(features, labels)
        fitted = time.perf_counter()
        found = [detector.predict_features(batch) for batch in samples.split(arguments.batch)]
        scores = torch.cat(found).numpy().astype(np.float64)
        scored = time.perf_counter()
    # Mahalanobis gives half of the distance.
    unit = len(features) / features.shape[1] * (2 if arguments.detector == "Mahalanobis" else 1)
    return scores * unit, fitted - start, scored - fitted


def numpy_run(arguments):
    features, labels = load(arguments.train)
    samples, _ = load(arguments.test)
    warm_up = np.random.default_rng(0).standard_normal((512, 512))
    factor_of(warm_up.T @ warm_up, 1)
    start = time.perf_counter()
    model = fit(features, labels, arguments)
    fitted = time.perf_counter()
    scores = score(model, samples, arguments)
    return scores, fitted - start, time.perf_counter() - fitted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train")
    parser.add_argument("--test")
    parser.add_argument("--normalization", type=float, default=0)
    parser.add_argument("--pooling", type=float, default=0)
    parser.add_argument("--rule", choices=["absolute", "loo"], default="absolute")
    parser.add_argument("--t", type=float)
    parser.add_argument("--score")
    parser.add_argument("--detector", choices=["Mahalanobis", "RMD"])
    parser.add_argument("--threads", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--output")
    arguments = parser.parse_args()

    run = pytorch_ood_run if arguments.detector else numpy_run
    scores, fit_seconds, score_seconds = run(arguments)
    np.save(arguments.output, scores)
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"fitSeconds": fit_seconds, "scoreSeconds": score_seconds, "peakBytes": peak}))


main()
