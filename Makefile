# make build: a virtual environment in .venv with numjit and what the tests need; quick when nothing changed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
BUILD  := .build
JOBS   ?= $(shell nproc)
SOURCES := $(shell find src numjit -type f 2>/dev/null) meson.build meson_options.txt pyproject.toml

.PHONY: build demo test wheel test-wheel test-pythons test-newest sanitize tsan fuzz bench clean
build: $(VENV)/.built

$(VENV)/.tools: pyproject.toml
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q python3-venv; } || \
	  { echo "numjit needs Python's venv: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; v = "%d.%d.%d" % sys.version_info[:3]; sys.exit(sys.version_info < (3, 11) and "numjit needs CPython 3.11 or newer, and $(PYTHON) is " + v)'
	@command -v cc >/dev/null && command -v c++ >/dev/null || { command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q gcc g++; } || \
	  { echo "numjit needs a C and a C++ compiler: apt-get install gcc g++"; exit 1; }
	@$(PYTHON) -c 'import sysconfig, os; os.stat(sysconfig.get_paths()["include"] + "/Python.h")' 2>/dev/null || \
	  { command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q python3-dev; } || \
	  { echo "numjit needs Python's headers: apt-get install python3-dev"; exit 1; }
	@test -e "$$(cc -print-file-name=libsleef.so.3)" || { command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q libsleef3; } || \
	  echo "numjit: without SLEEF (libsleef3) functions such as sin are not vectorized"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check "meson>=1.3" meson-python ninja "numpy>=2" "mlc-llvm-static[all]>=23,<24" \
	  pytest pytest-xdist pytest-timeout hypothesis mpmath mypy matplotlib || \
	  { echo "numjit is built with these packages, and pip could not install them (its words are above)"; exit 1; }
	@touch $@

# Its words only where it fails: the folder of the build, options
setup = test -f $(1)/build.ninja || words=$$(PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/meson setup $(1) $(2) $(MESON_OPTIONS) 2>&1) || \
  { echo "$$words" | tail -n 20; exit 1; }

$(VENV)/.built: $(VENV)/.tools $(SOURCES)
	@$(call setup,$(BUILD))
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ninja -C $(BUILD) --quiet
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["platlib"])'); rm -rf $$site/numjit; mkdir -p $$site/numjit; \
	 cp -r numjit/. $$site/numjit/; cp $(BUILD)/src/*.so $$site/numjit/; $(BIN)/python -m compileall -q $$site/numjit
	@touch $@

test: build
	$(BIN)/pytest -q -n $(JOBS) tests

# The sdist and, made from it, the wheel: in dist/
wheel: $(VENV)/.tools
	$(BIN)/python tools/wheel.py

# Likewise, with a look at what is in it; then it runs in an environment with nothing else but NumPy
test-wheel: $(VENV)/.tools
	$(BIN)/python tools/pythons.py --wheel

# One wheel, installed in an empty environment of each CPython from 3.11 to 3.15 found here, and the tests there
test-pythons: $(VENV)/.tools
	$(BIN)/python tools/pythons.py

# The wheel of test-wheel with the newest CPython, where Debian's can be had here: what depends on its bytecode and its words
NEWEST := 3.15
NEWEST_TESTS := tests/test_opcodes.py tests/test_interpreters.py tests/test_modes.py tests/test_pickling.py tests/diff
NEWEST_SKIPS := -k "not lib_ and not accuracy and not vector_math and not long_functions and not test_limit"
test-newest: $(VENV)/.tools
	@mkdir -p .pythons; tools/get_python.sh $(NEWEST) >.pythons/get.log 2>&1 || \
	  { echo "not tested with CPython $(NEWEST), which cannot be had here: $$(tail -n 1 .pythons/get.log)"; exit 0; }; \
	$(BIN)/python tools/pythons.py --built $(NEWEST) -- $(NEWEST_TESTS) $(NEWEST_SKIPS)

# The tests again with our C under the address and undefined-behaviour sanitizers and the IR checked after every pass. Tests that
# weigh memory or are of other programs than ours are skipped there (tests/conftest.py: `not_sanitized`).
# LLVM's archive is not instrumented. What CPython never frees is not a leak of ours: leaks are not looked for.
SANITIZED := .build-sanitize
SANITIZING = -Dbuildtype=debugoptimized -Doptimization=1 -Db_ndebug=false -Ddebug_checks=true -Db_sanitize=address,undefined \
  -Db_lundef=false "-Dc_args=-fno-sanitize-recover=undefined -Wno-error=maybe-uninitialized"
PRELOAD = $(shell cc -print-file-name=libasan.so) $(shell cc -print-file-name=libubsan.so)
sanitize: $(VENV)/.tools
	@$(call setup,$(SANITIZED),$(SANITIZING))
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ninja -C $(SANITIZED) --quiet
	@rm -rf $(SANITIZED)/site; mkdir -p $(SANITIZED)/site; cp -r numjit $(SANITIZED)/site/; cp $(SANITIZED)/src/*.so $(SANITIZED)/site/numjit/
	LD_PRELOAD="$(PRELOAD)" ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc \
	  PYTHONPATH=$(CURDIR)/$(SANITIZED)/site $(BIN)/pytest -q -n $(JOBS) tests

# The thread pool, worked from many sides for 20 s, with our C under the thread sanitizer. Compiled code and CPython are not
# instrumented; what they lock is seen. The first race ends it.
TSAN := .build-tsan
tsan: $(VENV)/.tools
	@$(call setup,$(TSAN),-Dbuildtype=debugoptimized -Doptimization=1 -Db_ndebug=false -Db_sanitize=thread -Db_lundef=false)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ninja -C $(TSAN) --quiet
	@rm -rf $(TSAN)/site; mkdir -p $(TSAN)/site; cp -r numjit $(TSAN)/site/; cp $(TSAN)/src/*.so $(TSAN)/site/numjit/
	NUMJIT_NUM_THREADS=5 LD_PRELOAD="$$(cc -print-file-name=libtsan.so)" TSAN_OPTIONS=halt_on_error=1:die_after_fork=0 \
	  PYTHONPATH=$(CURDIR)/$(TSAN)/site $(BIN)/python -P tests/pool_stress.py 20

# 20,000 generated programs beside CPython (the tests run 500), and every call of NumPy for 20 types of its operands (the tests: 1)
fuzz: build
	cd tests && ../$(BIN)/python fuzz.py --programs 20000
	cd tests && ../$(BIN)/python numpy_sweep.py --types 20 2>/dev/null

demo: build
	cd examples && ../$(BIN)/python terrain.py --out ../terrain.png

bench: build
	cd benchmarks && ../$(BIN)/python bench.py
	cd benchmarks && ../$(BIN)/python expressions.py
	cd benchmarks && ../$(BIN)/python region.py

clean:
	rm -rf $(BUILD) $(SANITIZED) $(TSAN) .build-wheel .pythons dist $(VENV)/.built
