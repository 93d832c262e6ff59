# SPDX-License-Identifier: GPL-2.0
#
# The front end: it sets up, builds, checks and boots kernels with Clang LTO, and handles the patch
# series.  It is never copied into a kernel.  In a kernel, LTO is an option of the configuration.

LTO    ?= thin
ARCH   ?= x86_64
CONFIG ?= boot
# clang 14 is tested most.  LLVM=-19 takes clang-19 and so on; LLVM=1 takes the tools without a
# version in their names.
LLVM   ?= -14
J      ?= $(shell nproc)
# The caller's values are data: make must not expand variables in them, and the shell of a recipe
# must not run commands in them.
settings := LTO ARCH CONFIG LLVM J KSRC KDIR O V LAUNCHER SUITE QEMU_CPU REFERENCE \
	T SETS SEEDS CONFIGURE
$(foreach v,$(settings),$(if $(filter command environment,$(origin $v)), \
	$(eval override $v := $$(value $v))))
export $(settings)

.PHONY: help kernel deb rpm tar boot check check-full bench bench-run profile apply series
.PHONY: clean distclean
help:
	@sed 1d front/help.txt

kernel:
	@front/kernel

# packages of a kernel, in build/packages
deb:
	@front/kernel deb
rpm:
	@front/kernel rpm
tar:
	@front/kernel tar

boot:
	@front/boot

# T=sort-inputs,badinput runs only these two tests.
check:
	@front/packages check
	@ARCH=arm64 front/packages check
	@tests/run "$$T"

apply:
	@patches/apply "$$KDIR"

# tests/full (arm64, other configurations and compilers, sets of options, every commit of the
# series), and the tests of `check` that do more with FULL=1, such as kernels in every mode.
# T=sets,randconfig runs only these two tests.
full := full,profile,kernels,modules,incremental,thin-dist,rebuild
check-full:
	@front/packages check
	@ARCH=arm64 front/packages check
	@FULL=1 tests/run "$${T:-$(full)}"

# RUNS=5, CLEAN=1, MODES="none thin thin-dist"
bench:
	@front/packages
	@bench/thin-dist

series:
	@patches/mkseries "$${O:-build/patches}" "$$KDIR"

# MODES="none thin thin-dist full", RUNS=3, ONLY=pipe,tcp, ICACHE=0
# The default is CONFIG=bench: that configuration has all operations.
ifeq ($(origin CONFIG),file)
bench-run: CONFIG := bench
endif
bench-run:
	@bench/run

# WORKLOAD=ops or a script or program, ONLY=pipe,tcp, HALF=1, OUT=FILE
profile:
	@bench/profile

# objects of kernels and tests; sources and downloads stay
clean:
	rm -rf build/*-none build/*-full build/*-thin build/*-thin-dist build/tests build/bench
	rm -rf build/tools build/patches build/sets build/randconfig build/profile build/packages

# everything that the front end makes here; downloads and compilations stay in the user's cache
distclean:
	rm -rf build
