# gmmscope: `make explore` and `make test` are all a new machine needs; `make help` lists the rest.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
PYTHON ?= python3
ARGS ?=
SAMPLE := SampleData/digits/train.npz SampleData/digits/test.npz
BINARY := .build/release/gmmscope
BENCH := .build/release/gmmscope-bench
CLUSTER_SCRATCH := .build/cluster
CLUSTER := $(CLUSTER_SCRATCH)/release/gmmscope
SOURCES := Package.swift $(shell find Sources -path Sources/Python -prune -o -type f -print 2>/dev/null)

# The binary carries its Swift runtime, so that it runs on machines without a toolchain.
RELEASE := -c release
ifeq ($(shell uname -s),Linux)
RELEASE += --static-swift-stdlib
endif

.DEFAULT_GOAL := help
.PHONY: help explore build cluster test test-cluster test-python wheel soak bench bench-ui bench-compare install pictures clean packages cluster-packages test-packages toolchain

help:
	@echo 'make explore               install what is missing, build, explore the sample data'
	@echo 'make test                  install what is missing, build, run every test'
	@echo 'make test-cluster          build with MPI, run the tests that start several ranks on this machine'
	@echo 'make soak                  damaged files, signals, ten minutes of random keys, with what ARGS adds'
	@echo 'make build                 build the release binary: $(BINARY)'
	@echo 'make cluster               build the binary that mpirun and srun spread over machines: $(CLUSTER)'
	@echo 'make wheel                 pack the binary and the Python package into dist/, for pip install'
	@echo 'make test-python           run the tests of the Python package with PYTHON ($(PYTHON) by default)'
	@echo 'make install PREFIX=DIR    put the binary into DIR/bin (DIR is $(PREFIX) by default)'
	@echo 'make bench                 time the detector on fixed workloads, with what ARGS adds'
	@echo 'make bench-ui              time the explorer in a terminal: first paint, key to paint, idle time'
	@echo 'make bench-compare         the same beside pytorch-ood, run by PYTHON ($(PYTHON) by default)'
	@echo 'make pictures              draw the screens of the README anew'
	@echo 'make clean                 remove everything that was built'

explore: build
	@$(BINARY) explore $(SAMPLE)

build: $(BINARY)

# Built only when a source is newer, so that `sudo make install` after `make build` needs no compiler.
$(BINARY): $(SOURCES)
	@$(MAKE) --no-print-directory packages
	$(SWIFT) build $(RELEASE) --product gmmscope
	@touch $(BINARY)

# In a folder of its own: with MPI, every target is compiled anew.
cluster: $(CLUSTER)

$(CLUSTER): $(SOURCES)
	@$(MAKE) --no-print-directory packages cluster-packages
	$(SWIFT) build $(RELEASE) --traits MPI --scratch-path $(CLUSTER_SCRATCH) --product gmmscope
	@touch $(CLUSTER)

# One BLAS thread, as in the programs: with more, a test that forks while another computes stops OpenBLAS's threads
# under it. The tests with a terminal come after the others: they wait for what programs show, and beside tests that
# compute on every core they would wait for the cores.
test: packages test-packages
	OPENBLAS_NUM_THREADS=1 $(SWIFT) test --skip 'CursesFrontEndTests|EndToEndTests'
	OPENBLAS_NUM_THREADS=1 $(SWIFT) test --skip-build --filter CursesFrontEndTests
	OPENBLAS_NUM_THREADS=1 $(SWIFT) test --skip-build --filter EndToEndTests
	@$(MAKE) --no-print-directory test-python

# Starts the binary with MPI as several ranks; make test skips these tests.
test-cluster: $(CLUSTER)
	$(SWIFT) build $(RELEASE) --traits MPI --scratch-path $(CLUSTER_SCRATCH) --product communicator-check
	OPENBLAS_NUM_THREADS=1 GMMSCOPE_CLUSTER=$(CURDIR)/$(CLUSTER) $(SWIFT) test --filter ClusterTests

# With the binary that the tests have built.
test-python:
	@test -x .build/debug/gmmscope || $(SWIFT) build --product gmmscope
	@PYTHON=$(PYTHON) Tests/PythonTests/run .build/debug/gmmscope

wheel: $(BINARY)
	@PYTHON=$(PYTHON) Sources/Python/make-wheel $(BINARY) dist .build/wheel

# Searches for crashes, hangs, leaks and terminals left changed, from a seed: ARGS="keys --seed 7" is one part from
# another seed. What failed is kept in .build/soak.
soak: $(BINARY)
	@$(PYTHON) Tests/Soak/soak.py --gmmscope $(BINARY) --keep .build/soak $(ARGS)

# Kernels are measured as BLAS chooses them on its own; other OPENBLAS_ settings are the user's.
bench: $(BENCH)
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BENCH) $(ARGS)

bench-ui: $(BENCH) $(BINARY)
	@$(BENCH) ui $(ARGS)

bench-compare: $(BENCH) $(BINARY)
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BENCH) --compare --python $(PYTHON) $(ARGS)

$(BENCH): $(SOURCES)
	@$(MAKE) --no-print-directory packages
	$(SWIFT) build $(RELEASE) --product gmmscope-bench
	@touch $(BENCH)

install: $(BINARY)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -s -m 755 $(BINARY) "$(DESTDIR)$(PREFIX)/bin/gmmscope"

# The pictures of the screens and the recorded tour.
pictures: $(BINARY)
	@.github/make-pictures $(BINARY) .github/images

clean:
	rm -rf .build dist

toolchain:
	@command -v $(SWIFT) >/dev/null || { \
	  echo 'gmmscope needs Swift 6.2 or newer, and "$(SWIFT)" was not found: see https://swift.org/install' >&2; \
	  exit 1; }

# A library is there when a program that includes its header links against it: $(call need-library,
# header,library,package,use).
define need-library
printf '#include <%s>\nint main(void) { return 0; }\n' $(1) \
  | $$compiler -x c - -l$(2) -o "$$probe" 2>/dev/null || { missing="$$missing $(3)"; why="$$why, $(3) for $(4)"; }
endef

# Installs $$missing where apt can, and names it elsewhere.
define install-missing
if [ -n "$$missing" ]; then \
  if ! command -v apt-get >/dev/null; then \
    echo "gmmscope needs (by their Debian names) $${why#, }: install them, then run make again." >&2; exit 1; fi; \
  sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
  echo "Installing with apt: $${why#, }." >&2; \
  { $$sudo apt-get update -qq && \
    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
  } </dev/null >&2 || { echo "apt could not install$$missing: install by hand, then run make again." >&2; exit 1; }; \
fi
endef

packages: toolchain
	@missing=; why=; compiler=$$(command -v clang || command -v cc || command -v gcc); \
	probe=$$(mktemp); trap 'rm -f "$$probe"' EXIT; \
	$(call need-library,curses.h,ncursesw,libncursesw5-dev,the terminal); \
	$(call need-library,cblas.h,openblas,libopenblas-dev,linear algebra); \
	$(call need-library,zlib.h,z,zlib1g-dev,npz files); \
	$(call need-library,xxhash.h,xxhash,libxxhash-dev,checksums of the cache); \
	$(install-missing)

# mpirun comes with it: the binary needs the library that it was built with.
cluster-packages: toolchain
	@missing=; why=; \
	pkg-config --exists ompi-c 2>/dev/null || { missing=' libopenmpi-dev pkg-config'; why=', libopenmpi-dev and pkg-config for MPI'; }; \
	command -v mpirun >/dev/null || { missing="$$missing openmpi-bin"; why="$$why, openmpi-bin for mpirun"; }; \
	$(install-missing)

test-packages:
	@missing=; why=; command -v tmux >/dev/null || { missing=' tmux'; why=', tmux for the end-to-end tests'; }; \
	command -v python3 >/dev/null || { missing="$$missing python3"; why="$$why, python3 for the soak tests"; }; \
	command -v h5dump >/dev/null || { missing="$$missing hdf5-tools"; why="$$why, hdf5-tools for HDF5 files"; }; \
	$(install-missing)
