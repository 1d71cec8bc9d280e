"""Fits and scores one data set with pytorch-ood's GMM, and prints what it took as one JSON object.

Loading and a warm-up are not part of the times. Exit status 3 where a package is missing.
"""
import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import os
import resource
import sys
import time
import types

try:
    import numpy
    import scipy
    import torch

    VERSION = importlib.metadata.version("pytorch-ood")
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)


def detector_class():
    """The GMM, without what the package imports on top of it: its __init__ wants torchvision."""
    root = importlib.util.find_spec("pytorch_ood").submodule_search_locations[0]
    for name in ("pytorch_ood", "pytorch_ood.detector"):
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(root, *name.split(".")[1:])]
        sys.modules[name] = package
    return importlib.import_module("pytorch_ood.detector.gmm").GMM


def load(path):
    """Features and labels: arrays of an npz file, or an npy file with its labels beside it."""
    if path.endswith(".npz"):
        with numpy.load(path) as arrays:
            return torch.from_numpy(arrays["features"]), torch.from_numpy(arrays["labels"])
    labels = numpy.load(path[: -len(".npy")] + "_labels.npy")
    return torch.from_numpy(numpy.load(path)), torch.from_numpy(labels)


def warm_up():
    """Starts the threads and chooses the kernels."""
    matrix = torch.randn(512, 512, dtype=torch.float64)
    covariance = matrix.T @ matrix + torch.eye(512, dtype=torch.float64)
    torch.cholesky_inverse(torch.linalg.cholesky_ex(covariance)[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--train")
    parser.add_argument("--test")
    parser.add_argument("--reg", type=float)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--output")
    arguments = parser.parse_args()

    report = {"pytorchOOD": VERSION, "torch": torch.__version__}
    report |= {"numpy": numpy.__version__, "scipy": scipy.__version__}
    gmm = detector_class()
    if arguments.check:
        print(json.dumps(report))
        return

    torch.set_num_threads(arguments.threads)
    features, labels = load(arguments.train)
    samples, _ = load(arguments.test)
    detector = gmm(None, reg=arguments.reg)
    with torch.no_grad():
        warm_up()
        start = time.perf_counter()
        detector.fit_features(features, labels)
        fitted = time.perf_counter()
        scores = torch.cat([detector.predict_features(batch) for batch in samples.split(arguments.batch)])
        scored = time.perf_counter()
    numpy.save(arguments.output, scores.numpy())
    report["fitSeconds"] = fitted - start
    report["scoreSeconds"] = scored - fitted
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    report["peakBytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps(report))


main()
