"""Times pandas.read_csv, C engine, on one file: prints the seconds of each run as JSON."""
import json
import sys
import time

try:
    import pandas
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

path, runs = sys.argv[1], int(sys.argv[2])
seconds = []
for _ in range(runs):
    start = time.perf_counter()
    table = pandas.read_csv(path, engine="c")
    seconds.append(time.perf_counter() - start)
print(json.dumps({"version": pandas.__version__, "seconds": seconds, "rows": len(table)}))
