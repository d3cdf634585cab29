# A thin front door; the build itself is meson's.

PREFIX ?= /usr/local
BUILD ?= build

.PHONY: build demo test install bench clean packages

build: packages
	@[ -f $(BUILD)/build.ninja ] || meson setup $(BUILD) --prefix=$(PREFIX) >/dev/null
	@ninja -C $(BUILD) src/cli/tally
	@ln -sf src/cli/tally $(BUILD)/tally

packages:
	@tools/install_packages build

demo: build
	@$(BUILD)/tally demo

test:
	@tools/install_packages build test
	@$(MAKE) --no-print-directory build
	@tools/run_tests

bench: build
	@tools/install_packages bench
	@bench/run

install: build
	@ninja -C $(BUILD) install

clean:
	rm -rf build build-asan build-tsan
