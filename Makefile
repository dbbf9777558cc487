# SPDX-License-Identifier: GPL-2.0-only
#
# For people; kbuild reads Kbuild.  Everything that is generated goes to $(O).

KVERS := 6.1 6.12 6.12-rt
DEBUG_KERNELS := memory locks
# The kernel of the demonstration.
DEMO_KVER := 6.12

O := build
JOBS ?= $(shell nproc)
V ?= 0
KDIR ?= $(if $(KERNELDIR),$(KERNELDIR),/lib/modules/$(shell uname -r)/build)

override O := $(abspath $(O))
Q := $(if $(filter 1,$(V)),,@)

# KVER= narrows what would otherwise be done for all of them.
kvers := $(if $(KVER),$(KVER),$(KVERS))
debug_kernels := $(if $(KVER),$(KVER),$(DEBUG_KERNELS))
kbuild_args := $(if $(W),W=$(W)) $(if $(C),C=$(C))

# In order here, parallel below: with the jobs of "make -j" if there are any.
.NOTPARALLEL:
submake = $(MAKE) $(if $(Q),-s) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) \
	--no-print-directory O=$(O) -C
export O V JOBS TESTS ARGS PARAMS BOOT CPUS GUESTS

all: module-if-possible lib tools

modules:
ifdef KVER
	$(Q)tools/kernels.sh $(KVER)
	$(Q)tools/build-module.sh $(KVER) $(kbuild_args)
else
	$(Q)[ -d "$(KDIR)" ] || { echo "no kernel headers at $(KDIR): set KDIR= or KVER=" >&2; exit 1; }
	$(Q)tools/build-module.sh $(KDIR) $(kbuild_args)
endif

module-if-possible:
	$(Q)if [ -d "$(KDIR)" ]; then tools/build-module.sh $(KDIR) $(kbuild_args); \
	else echo "qmsg: no headers of the running kernel ($(KDIR)); the module is not built"; fi

# Debian's gcc comes without the headers of the C library if it is told to.
compiler:
	$(Q)echo '#include <errno.h>' | $(CC) -E -x c - >/dev/null 2>&1 || \
		{ echo "no C compiler, or no C library: apt-get install build-essential" >&2; exit 1; }

lib: compiler
	+$(Q)$(submake) libqmsg O=$(O)/libqmsg

tools:
	+$(Q)$(submake) tools

man:
	$(Q)command -v rst2man >/dev/null || tools/deps.sh man
	+$(Q)$(submake) Documentation man

doc:
	$(Q)tools/doc.sh

# All but the module, which is the kernel's business: modules_install, or a package.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR
install: lib tools man
	+$(Q)$(submake) libqmsg O=$(O)/libqmsg install
	+$(Q)$(submake) libqmsg/python install
	+$(Q)$(submake) tools install
	+$(Q)$(submake) Documentation install
	+$(Q)$(submake) system install
	$(Q)[ -n "$(DESTDIR)" ] || tools/after-install.sh installed

# What an installation would put there now is removed.
uninstall:
	$(Q)rm -rf $(O)/uninstall
	+$(Q)$(MAKE) --no-print-directory install DESTDIR=$(O)/uninstall >/dev/null
	$(Q)tools/uninstall.sh $(O)/uninstall "$(DESTDIR)"
	$(Q)rm -rf $(O)/uninstall
	$(Q)[ -n "$(DESTDIR)" ] || tools/after-install.sh removed

modules_install: modules
	$(Q)tools/install-module.sh "$(or $(KVER),$(KDIR))"

selftests:
	+$(Q)$(submake) selftests

deps:
	$(Q)tools/deps.sh

# One of Debian's, or one of selftests/kernel/.
get-kernel = $(if $(filter $1,$(KVERS)),tools/kernels.sh,tools/debug-kernel.sh) $1

run-guests = ROUNDS=$(or $(ROUNDS),$(rounds)) TIMEOUT=$(or $(TIMEOUT),$(timeout)) \
	selftests/qemu/check.sh

# Ten thousand rounds of every race, together. The heart, which is the calls and the state machine
# with its races, is done on every kernel; what lies around it on one of them, in turn.
check: export DEAL := _32 hazards/ window/ tool/ qnx/ programs/ differential/ fuzz/ \
	managers/ resmgr/ event/ scenarios/
check: rounds = $(shell expr \( 9999 + $(words $(kvers)) \) / $(words $(kvers)))
check: timeout := 120
check: run-tests

# Long enough for anything that depends on luck.
stress: rounds := 1000000
stress: timeout := 3600
stress: run-tests

# The scripts for bpftrace, by bpftrace, which fills a guest.
check-bpftrace: kvers := $(or $(KVER),$(DEMO_KVER))
check-bpftrace: timeout := 3600
check-bpftrace: export TESTS := $(or $(TESTS),tool/bpftrace)
check-bpftrace: export BPFTRACE := 1
check-bpftrace: export MEMORY := 3G
check-bpftrace: run-tests

# The kernels are fetched while the tests are compiled.
run-tests:
	$(Q)tools/deps.sh build qemu $(if $(BPFTRACE),bpftrace)
	+$(Q)tools/kernels.sh $(kvers) & kernels=$$!; \
		$(submake) selftests; rc=$$?; wait $$kernels && [ $$rc = 0 ]
	$(Q)set -e; for kver in $(kvers); do tools/build-module.sh $$kver; done
	$(Q)$(run-guests) $(kvers)

# The heart again, boot by boot: other kinds of preemption, one processor and more.
check-variants: variants_kver := $(or $(KVER),$(DEMO_KVER))
check-variants: export TESTS := $(or $(TESTS),channel/ connect/ msg/ pulse/ unblock/ races/ stress/ \
	life/ event/ timer/ name/ priority/ scenarios/)
check-variants: export ROUNDS := $(or $(ROUNDS),500)
check-variants: export TIMEOUT := $(or $(TIMEOUT),120)
check-variants:
	$(Q)tools/deps.sh build qemu
	$(Q)$(call get-kernel,$(variants_kver))
	+$(Q)$(submake) selftests
	$(Q)tools/build-module.sh $(variants_kver)
	$(Q)selftests/qemu/variants.sh $(variants_kver)

check-debug: rounds := 2000
check-debug: timeout := 120
# Data races: on a kernel of its own, whose watchpoints make everything slow, and only what
# lets threads meet.
check-kcsan: debug_kernels := races
check-kcsan: rounds := 200
check-kcsan: timeout := 300
check-kcsan: export TESTS := $(or $(TESTS),races/ stress/ priority/ event/ timer/ name/ unblock/ \
	channel/ window/ hazards/flood hazards/poll hazards/lifetime hazards/kill hazards/order)
check-debug check-kcsan:
	$(Q)tools/deps.sh build qemu kernel
	$(Q)set -e; for name in $(debug_kernels); do tools/debug-kernel.sh $$name; done
	+$(Q)$(submake) selftests
	$(Q)set -e; for name in $(debug_kernels); do tools/build-module.sh $$name; done
	$(Q)$(run-guests) $(debug_kernels)

# Tests that need modules of their own, below $(MODULES): what is built is built with $(with).
# inject: with points at which tests hold the module's threads.
check-inject: with := QMSG_INJECT=1
check-inject: special_kvers := $(or $(KVER),$(DEMO_KVER))
check-inject: export TESTS := $(or $(TESTS),inject/)
check-inject: export MODULES := $(O)/inject
check-inject: timeout := 120
check-inject:
	$(Q)tools/deps.sh build qemu
	$(Q)set -e$(foreach kver,$(special_kvers),; $(call get-kernel,$(kver)))
	+$(Q)$(submake) selftests $(with)
	$(Q)set -e; for kver in $(special_kvers); do \
		FARM=$(MODULES)/$$kver tools/build-module.sh $$kver $(with); done
	$(Q)$(run-guests) $(special_kvers)

# On a kernel that sees most, all that hammers, beside each other.
soak: soak_kver := $(or $(KVER),memory)
soak: export TESTS := $(or $(TESTS),stress/ races/ priority/storm event/race timer/race)
soak:
	$(Q)tools/deps.sh build qemu
	$(Q)$(call get-kernel,$(soak_kver))
	+$(Q)$(submake) selftests
	$(Q)tools/build-module.sh $(soak_kver)
	$(Q)MINUTES=$(or $(MINUTES),60) ROUNDS=$(or $(ROUNDS),500) TIMEOUT=$(or $(TIMEOUT),300) \
		selftests/qemu/run.sh $(soak_kver) soak

# What of the module the tests run, on one that counts it. On a debug kernel if KVER says so:
# where there is fault injection more of it runs.
coverage: rounds := 500
coverage: timeout := 240
coverage: counted_kvers := $(or $(KVER),$(DEMO_KVER))
coverage: export MODULES := $(O)/count
coverage:
	$(Q)tools/deps.sh build qemu report
	$(Q)set -e; $(foreach kver,$(counted_kvers),$(call get-kernel,$(kver));)
	+$(Q)$(submake) selftests
	$(Q)set -e; for kver in $(counted_kvers); do \
		FARM=$(MODULES)/$$kver tools/build-module.sh $$kver QMSG_COUNT=1; done
	$(Q)rc=0; $(run-guests) $(counted_kvers) || rc=1; \
		selftests/coverage/report.sh $(counted_kvers) && exit $$rc

# The fuzzer, where memory is watched. REPLAY=FILE runs the programs in there instead.
fuzz: minutes := $(or $(MINUTES),10)
fuzz: fuzz_kver := $(or $(KVER),memory)
fuzz: export MODULES := $(O)/count
fuzz: export TESTS := fuzz/
fuzz: export FUZZ_CORPUS := $(abspath $(REPLAY))
fuzz: export ARGS := $(if $(REPLAY),rounds=$(or $(ROUNDS),1),minutes=$(minutes) seed=$(or $(SEED),1))
fuzz: timeout := $(shell expr $(minutes) \* 60 + 900)
fuzz:
	$(Q)tools/deps.sh build qemu report
	$(Q)$(call get-kernel,$(fuzz_kver))
	+$(Q)$(submake) selftests
	$(Q)FARM=$(MODULES)/$(fuzz_kver) tools/build-module.sh $(fuzz_kver) QMSG_COUNT=1
	$(Q)selftests/fuzz/run.sh $(fuzz_kver) $(or $(TIMEOUT),$(timeout))

demo:
	$(Q)tools/deps.sh build qemu
	$(Q)tools/kernels.sh $(DEMO_KVER)
	+$(Q)$(submake) tools
	+$(Q)$(submake) selftests qemu
	$(Q)tools/build-module.sh $(DEMO_KVER)
	$(Q)selftests/qemu/run.sh $(DEMO_KVER) demo

# What is measured, and on which kernels, says plan.sh.
bench: export QUICK := $(QUICK)
bench: export KVER := $(KVER)
bench: export SETTINGS := $(SETTINGS)
bench: export BOOTS := $(BOOTS)
bench:
	$(Q)tools/deps.sh build qemu bench
	$(Q)tools/kernels.sh $$(bench/plan.sh kernels)
	+$(Q)$(submake) selftests qemu
	+$(Q)$(submake) bench
	$(Q)set -e; for kver in $$(bench/plan.sh kernels); do tools/build-module.sh $$kver; done
	$(Q)bench/run.sh

# Where the instructions of one round trip go.
profile:
	$(Q)tools/deps.sh build qemu bench
	$(Q)tools/kernels.sh $(or $(KVER),$(DEMO_KVER))
	+$(Q)$(submake) selftests qemu
	+$(Q)$(submake) bench
	$(Q)tools/build-module.sh $(or $(KVER),$(DEMO_KVER))
	$(Q)bench/profile.sh $(or $(KVER),$(DEMO_KVER)) $(or $(METHOD),qmsg) $(or $(SIZE),0)

# One boot for each of some twenty mistakes.
selfcheck:
	$(Q)selftests/qemu/selfcheck.sh $(or $(KVER),6.12)

sparse:
	$(Q)tools/deps.sh build sparse
	$(Q)tools/kernels.sh $(kvers)
	$(Q)tools/sparse.sh $(kvers)

deb:
	$(Q)tools/deb.sh

arm64:
	$(Q)tools/arm64.sh

# What depends on the processor: all that is done with atomics and waiting, and the layouts.
check-arm64: timeout := 240
check-arm64: rounds := 500
check-arm64: export TESTS := $(or $(TESTS),abi/ channel/ connect/ msg/ pulse/ unblock/ races/)
check-arm64:
	$(Q)ROUNDS=$(or $(ROUNDS),$(rounds)) TIMEOUT=$(or $(TIMEOUT),$(timeout)) tools/arm64.sh check

check-packages:
	$(Q)selftests/packages/check.sh

# The protocol of unblocking, explored whole; with planted mistakes that have to be found.
model:
	$(Q)tools/deps.sh build model
	$(Q)model/check.sh

# What needs no kernel.
lint:
	$(Q)tools/deps.sh build lint model
	$(Q)tools/lint.sh

# What was fetched, and the kernels built from it, stay; a build of the
# module is known by its links.
clean:
	$(Q)rm -rf $(patsubst %/module/Kbuild,%,$(wildcard $(O)/*/module/Kbuild)) \
		$(addprefix $(O)/,libqmsg libqmsg32 selftests tools man doc deb arm64 qemu bench sparse selfcheck log model inject count fuzz)

distclean: clean
	$(Q)rm -rf $(addprefix $(O)/,kernels kselftest linux-source debug-kernel download packages \
		arm64-compiler arm64-apt) $(O)/.lock-*
	$(Q)[ ! -d $(O) ] || rmdir --ignore-fail-on-non-empty $(O)

help:
	$(info $(help_text))
	@:

define help_text
Targets
  all            module for the running kernel (if its headers are there), library, tools
  modules        the module: for KVER, else for the kernel of KDIR
  lib            libqmsg
  tools          the programs in tools/
  man            the manual pages
  doc            documents, manual pages and uapi reference as html -> build/doc
  install        libraries, headers, programs, manual pages, udev rule (PREFIX, DESTDIR)
  uninstall      remove what install put there
  modules_install  the module, for KVER or KDIR (INSTALL_MOD_PATH)
  deb            Debian packages, the module's by DKMS -> build/deb
  arm64          cross-compile module, libraries and programs -> build/arm64
  check-arm64    run tests (TESTS=) on an emulated arm64 machine, with Debian's kernel
  check-packages install them in a Debian of their own, in QEMU; needs root
  selftests      the test programs
  check          run the tests in QEMU on Debian's kernels $(KVERS)
  check-debug    run them on kernels built to catch bugs: $(DEBUG_KERNELS)
  check-kcsan    what lets threads meet, on a kernel that sees data races
  check-bpftrace the scripts for bpftrace, run by bpftrace in a guest (6.12)
  coverage       what of the module the tests (or TESTS=) run: lines, branches, functions
  fuzz           change programs of calls for MINUTES and keep what gets to new places
                 (kernel memory); REPLAY=FILE runs those in a file
  check-inject   replay, pair by pair, everything that can meet (a module of its own; 6.12)
  check-variants the heart with other kinds of preemption, on 1, 2 and 4 processors (6.12)
  stress         check, with a million rounds of everything that depends on luck
  soak           the tests that hammer, beside each other, for MINUTES in one boot (KVER: memory)
  bench          measure round trips beside those of pipes, sockets, queues; fail if too slow
  profile        the instructions of one round trip, function by function
  selfcheck      does the harness see planted mistakes? (KVER: 6.12, memory, locks ...)
  demo           show in QEMU what qmsg does
  sparse         build the module with W=1 C=2 for $(KVERS); any warning fails
  model          explore the protocol of unblocking with spin; plant mistakes in it, and find them
  lint           licences, scripts, README.md, uapi header, library: all without a kernel
  deps           install the Debian packages that any of these needs
  clean          remove what was built here
  distclean      remove also what was fetched, and the debug kernels
check, demo, bench, profile, sparse, model and lint install what they miss, saying so first.

Variables
  KVER=NAME      only this kernel (check, stress, bench, profile, sparse, modules, selfcheck ...)
  KDIR=DIR       kernel headers for all and modules ($(KDIR))
  TESTS="A B"    only test programs whose DIR/NAME contains A or B
  ARGS="..."     arguments for every test program, such as "-t NAME" for one test
  ROUNDS=N       rounds of the tests that hammer (check 10000, shared out over
                 its kernels; check-debug 2000)
  MINUTES=N      how long soak takes (60), or fuzz (10, with SEED=N for its random numbers)
  TIMEOUT=S      seconds a test program may take (240; four times that on debug kernels)
  PARAMS="..."   parameters of the module, such as spin_us=0
  BOOT="..."     words for the command line of the guest's kernel, such as preempt=none
  CPUS=N         processors of the guest (2)
  GUESTS=N       guests at a time (check, stress, check-debug: 3)
  QUICK=1        bench in three minutes: few methods, one boot with each clock
  SETTINGS="A*"  only these settings of bench (bench/plan.sh has them), BOOTS=N of each
  METHOD= SIZE=  what to profile (qmsg, 0)
  PREFIX=DIR     where to install (/usr/local); DESTDIR=DIR goes before it
  O=DIR          where everything generated goes (build)
  W=1 C=2        extra warnings and sparse, for all and modules
  V=1            show commands
  JOBS=N         parallel jobs ($(JOBS))
endef

.PHONY: all modules module-if-possible compiler lib tools selftests deps check stress soak run-tests \
	check-variants check-debug check-kcsan check-bpftrace check-inject coverage fuzz selfcheck demo bench profile sparse model lint man doc install uninstall \
	modules_install deb arm64 check-arm64 check-packages clean distclean help
