#!/usr/bin/env python3
"""A model of the time of fitting and scoring on many ranks, fitted to measured runs.

scaling.py measure GMMSCOPE > .github/scaling.json    measures 1 to 16 ranks on this machine (with mpirun and NumPy)
scaling.py tables                                     fits the model and evaluates it, as the documentation shows it

Work is counted, not timed: multiply-adds by the formulas of textbooks, values read, bytes and messages sent. The
measured times of 1 to 4 ranks give the cost of each; those of more ranks check the model. The network of a cluster is
an assumption.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent

# The assumed cluster: ranks of 16 cores, 8 to a node, 200 Gbit/s and 3 µs between nodes, a file system that gives 2 GB/s
# to a node and 200 GB/s to all. A rank's cores share its memory, so that they do 0.8 of what they do alone.
CORES_PER_RANK, RANKS_PER_NODE = 16, 8
NETWORK_BYTES, LATENCY = 25e9, 3e-6
NODE_READ_BYTES, TOTAL_READ_BYTES = 2e9, 200e9
CORE_SHARE = 0.8

# What a rank reads for a round of sending, in bytes of float64, and the samples of a batch to score.
ROUND_BYTES, BATCH_BYTES = 16 << 20, 32 << 20
# The number of directions in the bound of a class, and of the triangular solves that find them.
DIRECTIONS, REFERENCES = 16, 48

COUNTS = ["covariances", "factors", "bounds", "read", "bytes", "messages", "start"]


def counts(samples, dimension, classes, scored, ranks):
    """What the busiest rank does for a fit at one λ and for scoring, with classes of equal size."""
    own = -(-classes // ranks)
    others = ranks - 1
    rounds = -(-samples * dimension * 8 // (ROUND_BYTES * ranks))
    batches = -(-scored * (8 * dimension + 5 * own + 40) // BATCH_BYTES)
    return {
        "covariances": own * samples / classes * dimension**2 / 2,
        "factors": own * (dimension**3 / 6 + REFERENCES * dimension**2 / 2) + scored / ranks * dimension**2 / 2,
        "bounds": scored * own * DIRECTIONS * dimension,
        "read": (samples + scored) / ranks * dimension,
        "bytes": others / ranks * (samples / ranks * dimension * 4 + scored * (dimension * 4 + 200))
        + others * own * 8 * (2 * dimension + 7),
        "messages": others * (3 * rounds + 9 + 17 * batches),
        "start": 1,
    }


# MARK: Measuring

RUNS = [  # samples, dimension, classes, scored
    (48_000, 512, 48, 200),
    (144_000, 512, 48, 200),
    (48_000, 512, 48, 24_000),
    (36_000, 1_024, 24, 200),
    (24_000, 2_048, 8, 200),
    (38_400, 256, 192, 96_000),
]
FITTED_RANKS, CHECKED_RANKS = [1, 2, 3, 4], [8, 16]


def launched(command, ranks):
    """The command on some ranks of one thread each, without what mpirun says."""
    launcher = ["mpirun", "--quiet", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)]
    if os.getuid() == 0:
        launcher.append("--allow-run-as-root")
    return launcher + command + ["--threads", "1", "--quiet"]


def measure(binary):
    import numpy

    results = []
    with tempfile.TemporaryDirectory() as folder:
        for samples, dimension, classes, scored in RUNS:
            generator = numpy.random.default_rng(1)
            means = generator.normal(size=(classes, dimension)).astype(numpy.float32)

            def save(name, count):
                labels = numpy.arange(count) % classes
                features = generator.standard_normal((count, dimension), numpy.float32)
                for start in range(0, count, 4_096):
                    features[start : start + 4_096] += means[labels[start : start + 4_096]]
                numpy.save(f"{folder}/{name}.npy", features)
                numpy.save(f"{folder}/{name}-labels.npy", labels)

            save("train", samples)
            save("test", scored)
            command = [binary, "score", f"{folder}/test.npy", "--train", f"{folder}/train.npy", "--reg", "1e-2"]
            command += ["--labels", f"{folder}/train-labels.npy", "--test-labels", f"{folder}/test-labels.npy"]
            command += ["-o", f"{folder}/scores.npy"]
            for ranks in FITTED_RANKS + CHECKED_RANKS:
                times = []
                for _ in range(2):
                    start = time.monotonic()
                    subprocess.run(launched(command, ranks), check=True, stdin=subprocess.DEVNULL)
                    times.append(time.monotonic() - start)
                shape = {"samples": samples, "dimension": dimension, "classes": classes, "scored": scored}
                results.append(shape | {"ranks": ranks, "seconds": round(min(times), 3)})
                print(results[-1], file=sys.stderr)
    processor = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    json.dump({"processor": processor, "cores": os.cpu_count(), "runs": results}, sys.stdout, indent=1)
    print()


# MARK: Fitting


def fitted(runs):
    """Nonnegative seconds of a core for each count, by least squares of relative errors."""
    import numpy

    found = [counts(*shape(run), run["ranks"]) for run in runs]
    matrix = numpy.array([[of[name] / run["seconds"] for name in COUNTS] for of, run in zip(found, runs)])
    scale = matrix.max(axis=0)
    kept = list(range(len(COUNTS)))
    while True:  # Leaves out what would come out negative, the most negative first.
        solution = numpy.linalg.lstsq(matrix[:, kept] / scale[kept], numpy.ones(len(runs)), rcond=None)[0]
        if (solution >= 0).all():
            break
        del kept[int(solution.argmin())]
    return dict.fromkeys(COUNTS, 0.0) | {COUNTS[index]: value / scale[index] for index, value in zip(kept, solution)}


def shape(run):
    return [run[key] for key in ("samples", "dimension", "classes", "scored")]


def predicted(costs, run):
    found = counts(*shape(run), run["ranks"])
    return sum(costs[name] * found[name] for name in COUNTS)


# MARK: Evaluating

WORKLOADS = [
    ("ImageNet-1k, D = 2,048", 1_281_167, 2_048, 1_000, 50_000),
    ("ImageNet-21k, D = 1,024", 14_197_122, 1_024, 21_841, 50_000),
    ("10⁹ samples, D = 768", 10**9, 768, 1_000, 1_000_000),
]
RANKS = [1, 4, 16, 64, 256, 1_024]


def seconds(costs, workload, ranks):
    """The time of a job on the assumed cluster, by what takes it."""
    found = counts(*workload, ranks)
    nodes = -(-ranks // RANKS_PER_NODE)
    computing = sum(costs[name] * found[name] for name in ("covariances", "factors", "bounds", "read"))
    reading = found["read"] * ranks * 4 / min(nodes * NODE_READ_BYTES, TOTAL_READ_BYTES)
    # Copies on both sides, and between nodes the network, which the ranks of a node share.
    sending = costs["bytes"] * found["bytes"] / CORES_PER_RANK
    if nodes > 1:
        sending += found["bytes"] * RANKS_PER_NODE / NETWORK_BYTES
    return computing / (CORES_PER_RANK * CORE_SHARE), reading, sending + found["messages"] * LATENCY, costs["start"]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def row(cells):
    print("| " + " | ".join(cells) + " |")


def header(title):
    row([title] + [f"P = {ranks:,}" for ranks in RANKS])
    print("|---" * (len(RANKS) + 1) + "|")


def tables(measured):
    runs = measured["runs"]
    costs = fitted([run for run in runs if run["ranks"] in FITTED_RANKS])
    print(f"Measured on {measured['cores']} cores of {measured['processor']}.\n")
    print("| a core does, a second | |\n|---|---|")
    for name, what in [
        ("covariances", "multiply-adds of covariances"),
        ("factors", "multiply-adds of factors and of distances"),
        ("bounds", "multiply-adds of bounds, in float32 or less"),
        ("read", "values read, checked and rounded"),
        ("bytes", "bytes sent"),
    ]:
        row([what, number(1 / costs[name] / 1e9) + " · 10⁹" if costs[name] else "not measurable"])
    print(f"\nStarting takes {costs['start']:.2f} s, a message to another rank {1e6 * costs['messages']:.0f} µs.\n")
    row(["measured / modelled seconds"] + [f"P = {ranks}" for ranks in FITTED_RANKS + CHECKED_RANKS])
    print("|---" * (1 + len(FITTED_RANKS + CHECKED_RANKS)) + "|")
    errors = {True: 0.0, False: 0.0}
    for samples, dimension, classes, scored in RUNS:
        cells = [f"N = {samples:,}, D = {dimension:,}, K = {classes}, M = {scored:,}"]
        for run in runs:
            if shape(run) == [samples, dimension, classes, scored]:
                found = predicted(costs, run)
                is_fitted = run["ranks"] in FITTED_RANKS
                errors[is_fitted] = max(errors[is_fitted], abs(found / run["seconds"] - 1))
                cells.append(f"{run['seconds']:.2f} / {found:.2f}")
        row(cells)
    print(f"\nLargest error: {100 * errors[True]:.0f} % where fitted, {100 * errors[False]:.0f} % where checked.\n")
    header("strong scaling")
    for name, *workload in WORKLOADS:
        times = [seconds(costs, workload, ranks) for ranks in RANKS]
        totals = [sum(parts) for parts in times]
        row([f"{name}: seconds"] + [number(total) for total in totals])
        row(["– efficiency"] + [f"{100 * totals[0] / total / ranks:.0f} %" for total, ranks in zip(totals, RANKS)])
        row(["– computing / reading / sending"] + [" / ".join(number(part) for part in parts[:3]) for parts in times])
    print()
    header("weak scaling of a fit, efficiency")
    for name, samples, dimension, classes, _ in WORKLOADS:
        # As many classes for each rank, with all of their samples. Scoring would grow with the square of P.
        own = -(-classes // 64)
        first = sum(seconds(costs, [samples / classes * own, dimension, own, 0], 1))
        cells = []
        for ranks in RANKS:
            workload = [samples / classes * own * ranks, dimension, own * ranks, 0]
            cells.append(f"{100 * first / sum(seconds(costs, workload, ranks)):.0f} %")
        row([f"{name}: {own} classes for each rank"] + cells)


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"] and len(sys.argv) == 3:
        measure(sys.argv[2])
    elif sys.argv[1:] == ["tables"]:
        tables(json.loads((HERE / "scaling.json").read_text()))
    else:
        sys.exit(__doc__)
