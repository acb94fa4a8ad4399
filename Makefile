# pqs -- programmable quality of service.
#
#   make          build everything          make test      run every test
#   make run      build, then run on this machine's live processes
#   make deps     install what is missing   make help      the other targets

VERSION   := 0.1.0
PREFIX    ?= /usr/local
DESTDIR   ?=
BUILD     ?= build
CC        ?= cc
CONFIG    ?=
RULES     ?= rules

# Another Lua 5.4: make LUA=/path (a source tree, or a prefix with include/ and lib/).
LUA       ?=
# make LUA_FROM_FOLDER=1: pqs-rules reads lua/*.lua from this tree when it starts.
LUA_FROM_FOLDER ?=

WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
             -Wmissing-prototypes -Werror
OPTIMIZE  ?= -O2 -g
SANITIZE  ?=
CFLAGS    ?=
LDFLAGS   ?=
CPPFLAGS  ?=

# make V=1 shows whole commands.
Q         := $(if $(V),,@)

PKG       := pkg-config
packages   = $(shell $(PKG) $(1) $(2) 2>/dev/null)

ifeq ($(LUA),)
LUA_CFLAGS = $(call packages,--cflags,lua5.4 || $(PKG) --cflags lua-5.4 || $(PKG) --cflags lua)
LUA_LIBS   = $(call packages,--libs,lua5.4 || $(PKG) --libs lua-5.4 || $(PKG) --libs lua)
else
LUA_CFLAGS = -I$(firstword $(wildcard $(LUA)/include/lua5.4 $(LUA)/include $(LUA)/src $(LUA)))
LUA_LIBS   = $(firstword $(wildcard $(LUA)/lib/liblua5.4.a $(LUA)/lib/*/liblua5.4.a $(LUA)/lib/liblua.a $(LUA)/src/liblua.a $(LUA)/liblua.a)) -lm -ldl
endif

ALL_CPPFLAGS = -std=c11 -D_GNU_SOURCE -DPQS_VERSION='"$(VERSION)"' \
               -DPQS_LIBEXEC='"$(PREFIX)/libexec/pqs"' \
               -DPQS_SHARE='"$(PREFIX)/share/pqs"' -Iengine -I$(BUILD)/gen $(CPPFLAGS)
ALL_CFLAGS   = $(OPTIMIZE) $(WARNINGS) $(SANITIZE) $(CFLAGS)
ALL_LDFLAGS  = $(SANITIZE) $(LDFLAGS)
COMPILE      = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP

# What each program is made of.  pqs-rules has no actuator but the simulated one.
LINUX_SRC    := $(wildcard engine/os/linux/*.c engine/os/linux/*/*.c)
SIM_SRC      := $(wildcard engine/os/sim/*.c) engine/rehearsal.c
COMMON_SRC   := $(wildcard engine/base/*.c engine/model/*.c engine/process/*.c \
                  engine/policy/*.c engine/limit/*.c engine/journal/*.c engine/enforce/*.c \
                  engine/worker/*.c engine/os/*.c) \
                $(filter-out engine/main.c engine/rehearsal.c,$(wildcard engine/*.c))
DAEMON_SRC   := $(wildcard engine/config/*.c engine/control/*.c engine/keeper/*.c \
                  engine/command/*.c)
MAIN_SRC     := $(wildcard engine/main.c)
RULES_SRC    := $(wildcard bindings/*.c) engine/os/linux/watch/spots.c
LUA_SRC      := $(wildcard lua/*.lua)
UNITS_SRC    := $(wildcard engine/units/*.c)
LISTER_SRC   := $(wildcard engine/lister/*.c)
MANUAL_SRC   := $(wildcard packaging/man/*.c)
MANUAL       := $(addprefix $(BUILD)/man/,pqs.1 pqs-rules.7 pqs.yaml.5)
COMPLETION   := $(addprefix $(BUILD)/completion/,pqs.bash _pqs pqs.fish)

objects       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
COMMON_OBJ   := $(call objects,$(COMMON_SRC))
PQS_OBJ      := $(COMMON_OBJ) $(call objects,$(LINUX_SRC) $(DAEMON_SRC) $(MAIN_SRC))
RULES_OBJ    := $(COMMON_OBJ) $(call objects,$(SIM_SRC) $(RULES_SRC))
ENGINE_OBJ   := $(COMMON_OBJ) $(call objects,$(LINUX_SRC) $(SIM_SRC) $(DAEMON_SRC))

PCRE2_LIBS    = $(call packages,--libs,libpcre2-8)
PQS_LIBS      = $(call packages,--libs,yaml-0.1) $(PCRE2_LIBS) -lpthread
RULES_LIBS    = $(LUA_LIBS) $(call packages,--libs,libseccomp) $(PCRE2_LIBS)
# Optional: without it there is no pqs-units.
SYSTEMD_LIBS  = $(call packages,--libs,libsystemd)
UNITS        := $(if $(SYSTEMD_LIBS),$(BUILD)/pqs-units)
# Optional: without it there is no pqs-lister.
BPF_LIBS      = $(call packages,--libs,libbpf)
LISTER       := $(if $(BPF_LIBS),$(BUILD)/pqs-lister)
CHECK_LIBS    = $(call packages,--libs,check)

TEST_SRC     := $(filter-out $(if $(UNITS),,tests/test_os_linux_units.c) \
                $(if $(LISTER),,tests/test_os_linux_roster%.c),$(wildcard tests/test_*.c))
TESTS        := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SRC)) \
                $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
E2E          := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e_%,$(wildcard tests/e2e/test_*.c))
FUZZ         := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
# In all.
FUZZ_SECONDS ?= 60
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all
all: $(BUILD)/pqs $(BUILD)/pqs-rules $(UNITS) $(LISTER)

$(BUILD)/pqs: $(PQS_OBJ)
	@echo 'LINK $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PQS_LIBS)

$(BUILD)/pqs-rules: $(RULES_OBJ)
	@echo 'LINK $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(RULES_LIBS)

$(BUILD)/pqs-units: $(call objects,$(UNITS_SRC))
	@echo 'LINK $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(SYSTEMD_LIBS)

# It reads lists and files as the core does.
$(BUILD)/pqs-lister: $(call objects,$(LISTER_SRC)) $(BUILD)/libengine.a
	@echo 'LINK $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(BPF_LIBS)

$(BUILD)/libengine.a: $(ENGINE_OBJ)
	@echo 'AR   $@'
	$(Q)rm -f $@ && ar rcs $@ $^

# The manual is printed by a program of the build, from the tables in the engine.
$(BUILD)/manual: $(call objects,$(MANUAL_SRC)) $(BUILD)/libengine.a
	@echo 'LINK $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PQS_LIBS)

$(MANUAL) $(COMPLETION): $(BUILD)/manual
	@mkdir -p $(@D)
	@echo 'MAN  $@'
	$(Q)$< $(@F) >$@.new && mv $@.new $@

# Other flags, another compiler or another PREFIX: everything is built again.
$(BUILD)/gen:
	@mkdir -p $@

$(BUILD)/gen/settings: force | $(BUILD)/gen
	$(file >$@.new,$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LUA) $(LUA_FROM_FOLDER))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/obj/bindings/%.o: bindings/%.c $(BUILD)/gen/lua_embedded.h $(BUILD)/gen/settings | deps
	@mkdir -p $(@D)
	@echo 'CC   $<'
	$(Q)$(COMPILE) $(LUA_CFLAGS) -Ibindings $(if $(LUA_FROM_FOLDER),-DPQS_LUA_FOLDER='"$(CURDIR)/lua"') -c -o $@ $<

$(BUILD)/obj/%.o: %.c $(BUILD)/gen/settings | deps
	@mkdir -p $(@D)
	@echo 'CC   $<'
	$(Q)$(COMPILE) -c -o $@ $<

# lua/*.lua as C arrays, so that pqs-rules needs no file of ours to start.
$(BUILD)/gen/lua_embedded.h: $(LUA_SRC) tests/tools/embed.sh
	@mkdir -p $(@D)
	@sh tests/tools/embed.sh $(LUA_SRC) > $@.new && mv $@.new $@

$(filter $(BUILD)/tests/test_bindings%,$(TESTS)): $(BUILD)/tests/%: tests/%.c $(call objects,$(filter-out bindings/main.c,$(RULES_SRC))) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) $(LUA_CFLAGS) -Ibindings $(ALL_LDFLAGS) -o $@ \
	    $(filter %.c %.o %.a,$^) $(CHECK_LIBS) $(RULES_LIBS) $(PQS_LIBS)

$(BUILD)/tests/test_%: tests/test_%.c $(BUILD)/libengine.a
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_TREE='"$(CURDIR)"' $(ALL_LDFLAGS) -o $@ \
	    $(filter %.c %.a,$^) $(CHECK_LIBS) $(PQS_LIBS)

# A stand-in for systemd speaks D-Bus, too; pqs-units is found beside the test.
$(BUILD)/tests/test_os_linux_units: tests/test_os_linux_units.c $(BUILD)/libengine.a | $(BUILD)/tests/pqs-units
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(CHECK_LIBS) $(SYSTEMD_LIBS) $(PQS_LIBS)

$(BUILD)/tests/pqs-units: $(BUILD)/pqs-units
	@mkdir -p $(@D)
	@ln -sf ../pqs-units $@

# pqs-lister is found beside the test, too.
$(filter $(BUILD)/tests/test_os_linux_roster%,$(TESTS)): | $(BUILD)/tests/pqs-lister

$(BUILD)/tests/pqs-lister: $(BUILD)/pqs-lister
	@mkdir -p $(@D)
	@ln -sf ../pqs-lister $@

# The harnesses of tests/fuzz, each on the corpus in the tree.
$(BUILD)/tests/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(call objects,$(filter-out bindings/main.c,$(RULES_SRC))) $(BUILD)/libengine.a \
    $(wildcard tests/fuzz/*.h tests/*.h)
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -Ibindings -Itests -DPQS_TREE='"$(CURDIR)"' $(ALL_LDFLAGS) -o $@ \
	    $(filter %.c %.o %.a,$^) $(RULES_LIBS) $(PQS_LIBS)

# The same with libFuzzer, which has a main of its own.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(call objects,$(filter-out bindings/main.c,$(RULES_SRC))) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	@echo 'FUZZ $@'
	$(Q)$(COMPILE) -Ibindings -Itests $(ALL_LDFLAGS) $(if $(filter fuzz_%,$*),-fsanitize=fuzzer) -o $@ \
	    $(filter %.c %.o %.a,$^) $(RULES_LIBS) $(PQS_LIBS)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

# Of a program of two files, the compiler notes the headers of the last alone.
$(BUILD)/tests/e2e_%: tests/e2e/%.c \
    $(addprefix tests/e2e/,running.c acting.c actor.c) $(BUILD)/libengine.a \
    $(wildcard tests/e2e/*.h tests/*.h)
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_BUILD='"$(abspath $(BUILD))"' -DPQS_TREE='"$(CURDIR)"' \
	    $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(CHECK_LIBS) $(PQS_LIBS)

$(BUILD)/tests/e2e_test_manual: | $(MANUAL) $(COMPLETION)
$(BUILD)/tests/e2e_test_service: PQS_LIBS += $(call packages,--libs,libseccomp)

# Without a C library, as that is most of what starting a program costs.
$(BUILD)/tests/brief: tests/e2e/brief.c
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(CC) $(OPTIMIZE) $(WARNINGS) -std=c11 -fno-stack-protector -static \
	    -nostdlib -o $@ $<

$(BUILD)/tests/e2e_test_storm: tests/e2e/storm.c tests/e2e/execs.c | $(BUILD)/tests/brief

# Random machines with everything that can go wrong, from a seed.
SIMULATE     := $(BUILD)/campaign/simulate
SEEDS        ?= 1000
FROM         ?= 1
SEED         ?=
TRACE        ?=
TAME         ?=

$(SIMULATE): $(wildcard tests/campaign/*.c) $(BUILD)/libengine.a \
    $(wildcard tests/campaign/*.h tests/campaign/*.def)
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -Itests/campaign $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(PQS_LIBS)

simulate: $(SIMULATE)
	$(if $(SEED),$< --seed $(SEED) $(if $(TRACE),--trace),$< --first $(FROM) --seeds $(SEEDS)) $(if $(TAME),--tame)
	$(if $(SEED),,$< --plants)

# What a function costs in the worker is measured with all that the worker has.
$(BUILD)/bench/bench_ask: tests/bench/bench_ask.c tests/bench/measuring.c \
    $(call objects,$(filter-out bindings/main.c,$(RULES_SRC))) $(BUILD)/libengine.a \
    tests/bench/measuring.h tests/e2e/sealed.h tests/rule_files.h
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_BUILD='"$(abspath $(BUILD))"' $(LUA_CFLAGS) -Ibindings \
	    $(ALL_LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(CHECK_LIBS) $(RULES_LIBS) \
	    $(PQS_LIBS)

$(BUILD)/bench/%: tests/bench/%.c tests/bench/measuring.c $(BUILD)/libengine.a tests/bench/measuring.h
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_BUILD='"$(abspath $(BUILD))"' -DPQS_TREE='"$(CURDIR)"' \
	    $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(PQS_LIBS)

# The same on a kernel and a cgroup tree of their own: static programs, which the
# machine that tests/vm starts finds under /pqs.
VM           := $(BUILD)/vm
VM_TESTS     ?= $(addprefix test_os_linux_,actuator aside effects freezer layout layout_files limits moves pools realtime stop) \
                $(addprefix e2e_test_,claims cpu_limit freeze limits main_thread memory \
                pools undo)
SYSTEMD_TESTS ?= $(addprefix e2e_vm_test_,service hardened units)
STATIC       := -static -Wl,--no-warnings
static_libs   = $(shell $(PKG) --static --libs $(1) 2>/dev/null)

$(VM)/pqs: $(PQS_OBJ)
	@mkdir -p $(@D)
	@echo 'LINK $@'
	$(Q)$(CC) $(STATIC) -o $@ $^ $(call static_libs,yaml-0.1 libpcre2-8) -lpthread

$(VM)/pqs-rules: $(RULES_OBJ)
	@mkdir -p $(@D)
	@echo 'LINK $@'
	$(Q)$(CC) $(STATIC) -o $@ $^ $(call static_libs,lua5.4 libseccomp libpcre2-8)

$(VM)/tests/e2e_%: tests/e2e/%.c $(addprefix tests/e2e/,running.c acting.c actor.c) \
    $(BUILD)/libengine.a $(wildcard tests/e2e/*.h tests/*.h)
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_BUILD='"/pqs/build"' -DPQS_TREE='"/pqs"' $(STATIC) -o $@ \
	    $(filter %.c %.a,$^) $(CHECK_LIBS) $(call static_libs,yaml-0.1 libpcre2-8) -lpthread

$(VM)/tests/e2e_vm_%: tests/vm/%.c tests/vm/managed.c tests/vm/managed.h \
    tests/e2e/running.c $(BUILD)/libengine.a $(wildcard tests/e2e/*.h tests/*.h)
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_BUILD='"/usr/local/bin"' -DPQS_TREE='"/pqs"' -Itests/e2e \
	    $(STATIC) -o $@ $(filter %.c %.a,$^) $(CHECK_LIBS) -lpthread

$(VM)/tests/test_%: tests/test_%.c $(BUILD)/libengine.a
	@mkdir -p $(@D)
	@echo 'TEST $@'
	$(Q)$(COMPILE) -DPQS_TREE='"/pqs"' $(STATIC) -o $@ \
	    $(filter %.c %.a,$^) $(CHECK_LIBS) $(call static_libs,yaml-0.1 libpcre2-8) -lpthread

.PHONY: force deps deps-bench deps-fuzz deps-vm run test simulate test-vm test-vm-systemd vm-ready kills bench count fuzz sanitize analyze check-layers man install clean help

deps:
	@CC='$(CC)' LUA='$(LUA)' sh packaging/deps.sh

run: all
	$(BUILD)/pqs run $(if $(CONFIG),--config $(CONFIG)) $(RUN_FLAGS) $(RULES)

test: all $(TESTS) $(E2E)
	@sh tests/tools/run.sh $(sort $(TESTS)) -- $(sort $(E2E))
	$(BUILD)/pqs test rules examples

# make test kills pqs 40 times.
KILLS        ?= 1000
kills: all $(BUILD)/tests/e2e_test_kills
	PQS_KILLS=$(KILLS) $(BUILD)/tests/e2e_test_kills

deps-vm:
	@VM=1 CC='$(CC)' LUA='$(LUA)' sh packaging/deps.sh

# On a packaged kernel of its own, under emulation: cgroup v2 and nothing else.
test-vm: vm-ready $(VM_TESTS:%=$(VM)/tests/%)
	@sh tests/vm/run.sh $(VM) $(VM_TESTS)
	@$(MAKE) --no-print-directory test-vm-systemd

# The same kernel with systemd as its first process, and pqs installed.
test-vm-systemd: vm-ready all man $(SYSTEMD_TESTS:%=$(VM)/tests/%)
	@rm -rf $(VM)/systemd
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(VM)/systemd/root) >/dev/null
	@sh tests/vm/systemd.sh $(VM) $(SYSTEMD_TESTS)

vm-ready: $(VM)/pqs $(VM)/pqs-rules
	@VM=1 DEPS=check CC='$(CC)' LUA='$(LUA)' sh packaging/deps.sh || { echo \
	    "test-vm: 'make deps-vm' installs what is missing"; exit 1; }
	@sh tests/vm/kernel.sh $(VM)

# Needs valgrind; the counts are in docs/performance.md.
count: $(BUILD)/bench/bench_decide $(BUILD)/bench/bench_ask
	@sh tests/tools/count.sh $^

bench: all $(BENCHES)
	@for bench in $(sort $(BENCHES)); do $$bench || exit 1; done

# Without it the sweep is measured and compared with nothing.
deps-bench:
	@BENCH=1 CC='$(CC)' LUA='$(LUA)' sh packaging/deps.sh

# What would take too long for every day: ten thousand reloads while two thousand
# programs start a second, and a kill at a hundred moments of one.
soak: all $(BUILD)/tests/e2e_test_storm $(BUILD)/tests/e2e_test_reload
	PQS_RELOADS=10000 PQS_STORM=2000 $(BUILD)/tests/e2e_test_storm
	PQS_KILLS=100 $(BUILD)/tests/e2e_test_reload

deps-fuzz:
	@FUZZ=1 CC='$(CC)' LUA='$(LUA)' sh packaging/deps.sh

# New inputs for the harnesses of tests/fuzz, from libFuzzer; needs clang.
fuzz:
	@FUZZ=1 DEPS=check CC='$(CC)' LUA='$(LUA)' sh packaging/deps.sh || { echo \
	    "fuzz: 'make deps-fuzz' installs what is missing; 'make test' plays the inputs that were kept"; exit 1; }
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-fuzz CC=clang OPTIMIZE='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined' \
	    $(BUILD)-fuzz/fuzz/seed $(FUZZ:%=$(BUILD)-fuzz/fuzz/fuzz_%)
	@sh tests/tools/fuzz.sh $(BUILD)-fuzz/fuzz $(FUZZ_SECONDS) $(FUZZ)

# The whole test suite again, with every program built to catch its own faults.
sanitize:
	$(MAKE) BUILD=$(BUILD)-sanitize OPTIMIZE='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' test

analyze: all
	@sh tests/tools/analyze.sh $(COMMON_SRC) $(LINUX_SRC) $(SIM_SRC) \
	    $(DAEMON_SRC) $(MAIN_SRC) $(RULES_SRC) $(MANUAL_SRC) -- \
	    $(ALL_CPPFLAGS) $(LUA_CFLAGS) -Ibindings

check-layers:
	@find engine bindings -name '*.[ch]' | sort | xargs awk -f tests/tools/layers.awk
	@! grep -nE '#include "(journal|enforce)/' bindings/*.[ch] || \
	    { echo 'bindings may not include journal or enforce'; exit 1; }
	@for header in $$(find engine -name '*.h'); do \
	    echo "#include \"$${header#engine/}\"" | \
	    $(CC) $(ALL_CPPFLAGS) -fsyntax-only -x c - || exit 1; done
	@echo 'layers hold'

man: $(MANUAL) $(COMPLETION)

install: all man
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/libexec/pqs' \
	    '$(DESTDIR)$(PREFIX)/share/pqs/rules' '$(DESTDIR)$(PREFIX)/share/doc/pqs' \
	    $(foreach n,1 5 7,'$(DESTDIR)$(PREFIX)/share/man/man$(n)')
	install -m 755 $(BUILD)/pqs '$(DESTDIR)$(PREFIX)/bin/pqs'
	install -m 755 $(BUILD)/pqs-rules '$(DESTDIR)$(PREFIX)/libexec/pqs/pqs-rules'
	$(if $(UNITS),install -m 755 $(UNITS) '$(DESTDIR)$(PREFIX)/libexec/pqs/pqs-units')
	$(if $(LISTER),install -m 755 $(LISTER) '$(DESTDIR)$(PREFIX)/libexec/pqs/pqs-lister')
	install -m 644 rules/*.lua '$(DESTDIR)$(PREFIX)/share/pqs/rules'
	install -m 644 README.md LICENSE $(wildcard docs/*.md) '$(DESTDIR)$(PREFIX)/share/doc/pqs'
	install -D -m 644 $(BUILD)/completion/pqs.bash \
	    '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pqs'
	install -D -m 644 $(BUILD)/completion/_pqs \
	    '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_pqs'
	install -D -m 644 $(BUILD)/completion/pqs.fish \
	    '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/pqs.fish'
	install -d '$(DESTDIR)$(PREFIX)/lib/systemd/system'
	sed 's|@BINDIR@|$(PREFIX)/bin|' packaging/systemd/pqs.service.in \
	    >'$(DESTDIR)$(PREFIX)/lib/systemd/system/pqs.service'
	for page in $(MANUAL); do \
	    install -m 644 $$page '$(DESTDIR)$(PREFIX)'/share/man/man$${page##*.} || exit 1; done

clean:
	rm -rf $(BUILD) $(BUILD)-sanitize $(BUILD)-fuzz

help:
	@echo 'make                 build pqs and pqs-rules into $(BUILD)/'
	@echo 'make run             run on the live processes of this machine with rules/'
	@echo '                     (RULES=files, CONFIG=file, RUN_FLAGS=--observe)'
	@echo 'make test            build and run every test'
	@echo 'make simulate        random machines, rules and faults: SEEDS=$(SEEDS) FROM=$(FROM)'
	@echo '                     (SEED=n TRACE=1: one of them, all told; TAME=1: fewer faults)'
	@echo 'make bench           measure, and print ratios with the machine and counts'
	@echo '                     (make deps-bench: also beside psutil)'
	@echo 'make soak            reload ten thousand times, and be killed a hundred times'
	@echo 'make count           count the instructions of one decision (needs valgrind)'
	@echo 'make deps            install what is missing (apt, dnf, pacman, brew)'
	@echo 'make fuzz            made-up images, answers, rule files: FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make test-vm         enforcement on another kernel with cgroup v2 alone, and the'
	@echo '                     service where systemd is the first process (make deps-vm)'
	@echo 'make kills           kill -9 at any moment of a busy run, KILLS=$(KILLS) times'
	@echo 'make sanitize        the test suite under ASan and UBSan'
	@echo 'make analyze         clang-tidy and cppcheck'
	@echo 'make check-layers    folders include only what is to their left'
	@echo 'make man             the manual pages and what shells complete, into $(BUILD)/'
	@echo 'make install         DESTDIR=... PREFIX=$(PREFIX)'
	@echo 'make clean           remove $(BUILD)/'
	@echo 'variables            LUA=/path LUA_FROM_FOLDER=1 CC=clang BUILD=dir'
