# SPDX-License-Identifier: MIT
# bottlebox: build, test, install. GNU make 3.81 is enough (macOS ships it).
#
#   make            out/bottlebox            make test       everything CI runs
#   make links      out/bin/bb-*             make unit       tests on this machine alone
#   make check      lint and unit            make compile_commands.json   for editors
#   make demo       one bottle, end to end   make SAN=1 unit the same under ASan and UBSan
#   make fuzz       parsers, by libFuzzer     make new        the files of a new applet: docs/applet.md

VERSION = 0.1.0
CC ?= cc
GUEST_CC ?= musl-gcc -no-pie
PREFIX ?= /usr/local
LINK ?= soft
OUT = out$(if $(SAN),-san)

BASIC = -std=c11 -D_GNU_SOURCE -DBB_VERSION='"$(VERSION)"' -Ilib -Iapplets -I$(OUT)
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wformat=2 -Wno-format-nonliteral -Wvla -Wwrite-strings \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wundef \
	-Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference -Wdouble-promotion \
	$(if $(CI),-Werror)
HARDEN = -O2 -fno-common -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LINKING = -pie
LIBS = -lsqlite3
ifeq ($(shell uname -s),Linux)
HARDEN += -fstack-clash-protection
LINKING += -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
LIBS += -lmd
endif
BUILD = $(BASIC) $(WARN) $(if $(SAN),$(SANITIZE),$(HARDEN)) $(CPPFLAGS) $(CFLAGS)

LIB_OBJ = $(patsubst %.c,$(OUT)/%.o,$(wildcard lib/*.c lib/*/*.c))
APP_OBJ = $(patsubst %.c,$(OUT)/%.o,$(filter-out applets/main.c,$(wildcard applets/*.c applets/*/*.c)))
GUEST = $(patsubst shell/guest/%.sh,$(OUT)/guest/%.h,$(wildcard shell/guest/*.sh)) $(OUT)/guest/helper.h $(OUT)/guest/relay.h
SHELL_TOOLS = $(wildcard shell/bb-*)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all links deps unit check compile_commands.json lab-test engine-test test test-full demo escape lab bench honest fuzz fuzz-programs lint gen new install uninstall dist clean

all: $(OUT)/bottlebox

$(OUT)/bottlebox: $(OUT)/applets/main.o $(APP_OBJ) $(LIB_OBJ)
	@echo "  LD    $@"
	@$(CC) $(BUILD) $(LINKING) $(LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/%.o: %.c $(GUEST) Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(BUILD) -MMD -MP -c -o $@ $<

# What runs in the guest becomes the bytes of an array: the binary needs no files beside it.
$(OUT)/guest/%.h: shell/guest/%.sh
	@mkdir -p $(@D)
	@od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g' >$@

# The probing helper and the relay: static Linux programs for the guest, which has this machine's processor. Each is
# smaller than 64 KiB with all that goes with it: more than that smolvm before 1.8.1 does not take. For another processor,
# with PyPI's ziglang: GUEST_CC='python3 -m ziglang cc -target aarch64-linux-musl' (tests/cross does that).
$(OUT)/guest/helper: guest/probe.c guest/dial.c guest/look.c guest/text.c
$(OUT)/guest/relay: guest/relay.c guest/flow.c guest/text.c
GUEST_BUILD = $(GUEST_CC) -Ilib -static -Os -Wall -Wextra -Wpedantic -ffunction-sections -fdata-sections
$(OUT)/guest/helper $(OUT)/guest/relay: $(wildcard guest/*.h) lib/basic/names.h
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(GUEST_BUILD) -s -Wl,--gc-sections -o $@ $(filter %.c,$^)

$(OUT)/guest/helper.h $(OUT)/guest/relay.h: %.h: %
	@od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g' >$@

# How each file is compiled, for clangd and the like; the arrays above are made, since files include them.
compile_commands.json: $(GUEST)
	@{ tools/compile-commands $(wildcard lib/*.c lib/*/*.c applets/*.c applets/*/*.c tools/*.c tests/tools/*.c tests/bench/*.c) -- $(CC) $(BUILD); \
		tools/compile-commands $(wildcard tests/fuzz/*.c) -- $(CC) $(BUILD) $(FUZZ_BUILD); \
		tools/compile-commands $(wildcard tests/preload/*.c) -- $(PRELOAD_BUILD); \
		tools/compile-commands $(wildcard guest/*.c) -- $(GUEST_BUILD); } | \
		awk '{ print (NR == 1 ? "[" : ",") $$0 } END { print "]" }' >$@

links: $(OUT)/bottlebox
	@mkdir -p $(OUT)/bin
	@for a in $$($(OUT)/bottlebox --list); do ln -sf ../bottlebox $(OUT)/bin/$$a; done
	@ln -sf ../bottlebox $(OUT)/bin/bottlebox
	@for s in $(SHELL_TOOLS); do ln -sf ../../$$s $(OUT)/bin/; done

# --- tests: tests/README.md says what runs where ---

$(OUT)/testtool: $(wildcard tests/tools/*.[ch]) $(LIB_OBJ)
	@echo "  LD    $@"
	@$(CC) $(BUILD) $(LINKING) $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LIBS)

# What tests preload into our programs.
PRELOAD_BUILD = $(CC) -fPIC -O1 -Wall -Wextra
out/%-at.so: tests/preload/%-at.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(PRELOAD_BUILD) -shared -o $@ $< -ldl

# All of them, or TESTS="bb-vm bundle/gate". The bundle is Python, and the guest's programs have no sanitizers: their tests run once.
TESTS = $(patsubst tests/%.bats,%,$(wildcard tests/unit/*.bats $(if $(SAN),,tests/bundle/*.bats)))
unit: deps links $(OUT)/testtool $(OUT)/gen out/kill-at.so out/fail-at.so
	@BB_OUT=$(OUT) BB_BIN=$(CURDIR)/$(OUT)/bin tests/run unit $(foreach t,$(TESTS),tests/$(if $(findstring /,$t),,unit/)$t.bats)

# Before each commit.
check: lint unit

lab-test: deps links out/kill-at.so
	@tests/lab/test

# Whole bottles of the docker back end, natively, as root. All files, or TESTS="gate day".
engine-test: deps links out/kill-at.so
	@tests/engine/test $(if $(filter command%,$(origin TESTS)),$(TESTS))

# Everything CI runs, the lab included; test-full adds the demo and a cross build. The last line sums up all runs.
test: deps
	@tests/all test

test-full: deps
	@tests/all test-full

demo:
	@tests/demo/demo

# What a bottle lets out, by every way we know: 150 attempts from inside, judged by who would have heard them.
escape: deps links
	@tests/escape/run

bench: deps links
	@tests/bench/bench

honest: deps
	@tests/honest/honest

# Parsers by libFuzzer, 30 s each: FUZZ_SECONDS=3600 make fuzz for longer, FUZZ="plan tar" for some. tests/fuzz/fuzz.h
# says how our programs, which live for one call, are called again and again.
FUZZ = $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
WRAPPED = exit malloc calloc free write isatty io_read_fd io_read_file net_host_addresses out_all proc_run proc_spawn \
	proof_machine db_open db_close db_on_damage db_exec db_run db_row db_rows db_look db_once
COMMA = ,

fuzz: deps
	@$(MAKE) -s -j2 SAN=1 CC=clang CI= OUT=out/fuzz FUZZ="$(FUZZ)" fuzz-programs \
		CFLAGS='-fsanitize=fuzzer-no-link -include tests/fuzz/sections.h'
	@tests/fuzz/run out/fuzz $(FUZZ)

fuzz-programs: $(patsubst %,$(OUT)/fuzz-%,$(FUZZ))

FUZZ_BUILD = -DFUZZ_HARNESS -Wno-missing-prototypes -DSMOLVM_VERSION='"$(firstword $(shell sed -n '/^[0-9]/p' tests/lab/versions))"'
$(OUT)/fuzz-%: tests/fuzz/fuzz-%.c tests/fuzz/fuzz.c tests/fuzz/answers.c tests/fuzz/fuzz.h $(APP_OBJ) $(LIB_OBJ)
	@echo "  LD    $@"
	@$(CC) $(BUILD) $(FUZZ_BUILD) -fsanitize=fuzzer -o $@ $(filter %.c %.o,$^) \
		$(foreach f,$(WRAPPED),-Wl$(COMMA)--wrap=$(f)) $(LIBS)

deps:
	@tests/setup

# Warnings of both compilers, scripts, pages, generated files, rules about the source.
lint: deps $(OUT)/gen
	@tests/lint $(OUT)/gen

$(OUT)/gen: tools/gen.c $(APP_OBJ) $(LIB_OBJ)
	@echo "  LD    $@"
	@$(CC) $(BUILD) $(LINKING) $(LDFLAGS) -o $@ $^ $(LIBS)

# Rewrite completions/ and man/ from the applets' records and man/prose.
gen: $(OUT)/gen
	@tools/gen $(OUT)/gen

# The files of a new applet, to be filled in: docs/applet.md.
new:
	@tools/new $(APPLET)

# --- install: the names come from the binary; LINK=hard for policies that follow the path ---

install: $(OUT)/bottlebox
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" LINK="$(LINK)" tools/install $(OUT)/bottlebox install

uninstall: $(OUT)/bottlebox
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" LINK="$(LINK)" tools/install $(OUT)/bottlebox uninstall

# What a release is made of: the last commit, whatever else lies here.
dist:
	@mkdir -p out
	@git archive --format=tar.gz --prefix=bottlebox-$(VERSION)/ --output=out/bottlebox-$(VERSION).tar.gz HEAD
	@echo out/bottlebox-$(VERSION).tar.gz

clean:
	rm -rf out out-san compile_commands.json

-include $(wildcard $(OUT)/*/*.d $(OUT)/*/*/*.d)
