# One Makefile for the whole tree, so that make sees every dependency.
#
#   make                    the programs, in build/$(MODE)
#   make demo               a whole federation on this machine
#   make test               every test            (make test ONLY=policy)
#   make check              headers stand alone; layers point down; pure code is pure; format
#   make asan | tsan        the same tests under sanitizers, in their own build folder
#   make fuzz               every fuzzer for FUZZ_SECONDS
#   make bench              every benchmark, beside its limit
#   make install            DESTDIR and PREFIX are honoured
#   make compile_commands.json | format | clean

MODE   ?= release
PREFIX ?= /usr/local
V      ?= 0

# --- What there is ---------------------------------------------------------------
#
# A module is a folder.  USES_x names the modules that x may include; a test of x links
# nothing else, so an arrow drawn the wrong way does not link.

MODULES  := core schema json crypto envelope wire message policy federation agreement store \
            net http broker agent cli
PROGRAMS := kith-broker kith-agent kith

DIR_policy := policy
DIR_broker := broker
DIR_agent  := agent
DIR_cli    := cli
dir_of      = $(or $(DIR_$(1)),lib/$(1))

USES_core       :=
USES_schema     := core
USES_json       := core
USES_crypto     := core
USES_envelope   := core crypto
USES_wire       := core crypto envelope
USES_message    := core schema json wire
USES_policy     := core schema
USES_federation := core crypto envelope wire
USES_agreement  := core schema crypto envelope wire policy federation
USES_store      := core crypto
USES_net        := core crypto
USES_http       := core
USES_broker     := core schema crypto envelope wire policy federation agreement store net
USES_agent      := core schema json crypto envelope wire message policy federation agreement \
                   store net http
USES_cli        := core schema json crypto envelope wire message policy federation agreement \
                   store net http agent

# Not a module: what tests/scenario/ plays through, broker and agents together.
USES_scenario   := broker agent

# Pure modules: no input, output, clock, randomness or log.  tools/check_pure
PURE := schema policy envelope

MAIN_kith-broker := broker
MAIN_kith-agent  := agent
MAIN_kith        := cli

PACKAGES := libczmq libzmq libsodium libprotobuf-c sqlite3 libmicrohttpd jansson libcurl \
            smartcols libqrencode

# --- How it is built ---------------------------------------------------------------

B        := build/$(MODE)
CC       ?= cc
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum \
            -Wvla -Wformat=2 -Wundef -Wpointer-arith
HARDEN   := -fstack-protector-strong -fPIE
HARDLINK := -pie -Wl,-z,relro,-z,now
MODE_release := -D_FORTIFY_SOURCE=2
MODE_debug   := -O0
MODE_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
MODE_tsan    := -O1 -fsanitize=thread
MODE_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -Ilib -isystem $(B)/gen $(WARNINGS) $(HARDEN) \
             $(PACKAGE_CFLAGS) $(CFLAGS) $(MODE_$(MODE))
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
ALL_LDLIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

ifneq ($(V),1)
quiet = @printf '  %-7s %s\n' $(1) $(2);
endif

# --- From the names to the files ------------------------------------------------------

closure = $(sort $(1) $(foreach m,$(USES_$(1)),$(call closure,$(m))))
libs_of = $(patsubst %,$(B)/lib%.a,$(filter $(MODULES),$(call closure,$(1))))

SOURCES    := $(foreach m,$(MODULES),$(wildcard $(call dir_of,$(m))/*.c))
HEADERS    := $(foreach m,$(MODULES),$(wildcard $(call dir_of,$(m))/*.h))
PROTOS     := $(wildcard proto/*.proto proto/google/protobuf/*.proto)
GENERATED  := $(PROTOS:proto/%.proto=$(B)/gen/%.pb-c.c)
TESTS      := $(wildcard $(if $(ONLY),tests/$(ONLY),tests/*)/test_*.c)
# What ThreadSanitizer adds to memory is more than what that test bounds.
ifeq ($(MODE),tsan)
TESTS      := $(filter-out tests/net/test_memory.c,$(TESTS))
endif
FUZZERS    := $(wildcard tests/fuzz/fuzz_*.c)
BENCHES    := $(wildcard tests/bench/bench_*.c)
# Found, not listed, so that no file is left out.
FORMATTED  := $(shell find $(sort $(foreach m,$(MODULES),$(firstword $(subst /, ,$(call dir_of,$(m)))))) tests -name '*.[ch]')

all: $(PROGRAMS:%=$(B)/%)

# Objects wait for generated headers, and are rebuilt when the flags change.
$(B)/%.o: %.c $(B)/flags | $(GENERATED)
	$(call quiet,CC,$<)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/gen/%.o: $(B)/gen/%.c $(B)/flags | $(GENERATED)
	$(call quiet,CC,$<)$(CC) $(ALL_CFLAGS) -w -c $< -o $@

$(B)/gen/%.pb-c.c: proto/%.proto
	$(call quiet,PROTO,$<)mkdir -p $(@D) && protoc-c -Iproto --c_out=$(B)/gen $<

$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

# One archive for each module; main.c is left out so that tests can link it.
define module
$(B)/lib$(1).a: $$(patsubst %.c,$(B)/%.o,$$(filter-out %/main.c,$$(wildcard $(call dir_of,$(1))/*.c)))
endef
$(foreach m,$(MODULES),$(eval $(call module,$(m))))
$(B)/libwire.a: $(GENERATED:.c=.o)

$(B)/lib%.a:
	$(call quiet,AR,$@)rm -f $@ && $(AR) rcs $@ $^

link = $(call quiet,LD,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(HARDLINK) -o $@ \
       -Wl,--start-group $(filter %.o %.a,$^) -Wl,--end-group -Wl,--as-needed $(ALL_LDLIBS)

define program
$(B)/$(1): $(B)/$(call dir_of,$(MAIN_$(1)))/main.o $(call libs_of,$(MAIN_$(1)))
	$$(link)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# --- Tests ---------------------------------------------------------------------------------
#
# tests/<module>/test_*.c links closure(<module>) and cmocka, nothing else.

test_bin = $(patsubst %.c,$(B)/%,$(1))
define test
$(call test_bin,$(1)): $(patsubst %.c,$(B)/%.o,$(1)) $(call libs_of,$(word 2,$(subst /, ,$(1))))
	$$(link) -lcmocka
endef
$(foreach t,$(TESTS),$(eval $(call test,$(t))))

# Scripts are tests too when they print the same lines; TEST_NEEDS are their programs.
ifneq ($(filter envelope,$(or $(ONLY),envelope)),)
TEST_SCRIPTS += tests/envelope/verify_envelope.py
TEST_NEEDS   += $(B)/tests/envelope/write_envelope
$(eval $(call test,tests/envelope/write_envelope.c))
endif
ifneq ($(filter message,$(or $(ONLY),message)),)
TEST_SCRIPTS += tests/message/differential.py
TEST_NEEDS   += $(B)/tests/message/protojson
$(eval $(call test,tests/message/protojson.c))
endif
ifneq ($(filter e2e,$(or $(ONLY),e2e)),)
TEST_SCRIPTS += $(sort $(filter-out %/cases.py %/federation.py,$(wildcard tests/e2e/*.py)))
TEST_NEEDS   += $(PROGRAMS:%=$(B)/%)
endif
# Without ONLY, the fuzzers over their committed corpora.
ifneq ($(filter fuzz,$(or $(ONLY),fuzz)),)
TEST_SCRIPTS += $(call test_bin,$(FUZZERS))
TEST_NEEDS   += $(call test_bin,$(FUZZERS))
endif

test: deps
	@$(MAKE) --no-print-directory run-tests

run-tests: $(call test_bin,$(TESTS)) $(TEST_NEEDS)
	@B=$(B) TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp" \
	    tools/run_tests $(call test_bin,$(TESTS)) $(TEST_SCRIPTS)

asan tsan debug:
	@$(MAKE) --no-print-directory MODE=$@ run-tests

# --- Fuzzers and benchmarks --------------------------------------------------------------
#
# make fuzz builds with clang and searches; make test replays the committed corpora with
# whatever compiler there is (tests/fuzz/replay.c stands in for libFuzzer).

FUZZ_SECONDS ?= 60

fuzz:
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang run-fuzzers

define fuzzer
$(call test_bin,$(1)): $(patsubst %.c,$(B)/%.o,$(1)) $(MODULES:%=$(B)/lib%.a) $(REPLAY)
	$$(link) $(FUZZ_LINK)
endef
REPLAY    := $(if $(filter fuzz,$(MODE)),,$(B)/tests/fuzz/replay.o)
FUZZ_LINK := $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer)
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$(f))))

run-fuzzers: $(call test_bin,$(FUZZERS))
	@for f in $^; do tools/run_fuzzer $$f $(FUZZ_SECONDS) || exit 1; done

define bench
$(call test_bin,$(1)): $(patsubst %.c,$(B)/%.o,$(1)) $(MODULES:%=$(B)/lib%.a)
	$$(link)
endef
$(foreach b,$(BENCHES),$(eval $(call bench,$(b))))

# All of them, whatever the ratios are: only a bench that could not measure fails, at the end.
bench: all $(call test_bin,$(BENCHES))
	@failed=; for b in $(call test_bin,$(BENCHES)); do B=$(B) $$b || failed="$$failed $$b"; done; \
	    test -z "$$failed" || { echo "did not finish:$$failed"; exit 1; }

# --- The demo -------------------------------------------------------------------------------

demo: deps
	@$(MAKE) --no-print-directory all
	@$(B)/kith demo $(if $(ONCE),--once) $(if $(DIR),--dir $(DIR))

# --- Checks ---------------------------------------------------------------------------------

check: check-headers check-layers check-pure check-banned check-format check-checks

check-headers: $(HEADERS:%=$(B)/%.checked)
$(B)/%.h.checked: %.h $(B)/flags | $(GENERATED)
	$(call quiet,HEADER,$<)mkdir -p $(@D) && tools/check_header $< $(CC) $(ALL_CFLAGS) && touch $@

check-layers:
	@$(foreach m,$(MODULES),tools/check_layer $(m) $(call dir_of,$(m)) "$(call closure,$(m))" &&) true

check-pure: $(PURE:%=$(B)/lib%.a)
	@tools/check_pure $^

check-banned:
	@tools/check_banned $(SOURCES) $(HEADERS)

check-format:
	@tools/check_format $(FORMATTED)

# Each check must fail on a case made for it, else it checks nothing.
check-checks:
	@tools/check_checks

format:
	@clang-format -i $(FORMATTED)

# --- Putting it where it belongs ---------------------------------------------------------------

# Installs whatever of the one list is missing, and nothing when all is there.
deps:
	@tools/deps

install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/share/kith/demo $(DESTDIR)$(PREFIX)/share/kith/policy
	install -m 0644 demo/*.json $(DESTDIR)$(PREFIX)/share/kith/demo
	install -m 0644 policy/*.policy $(DESTDIR)$(PREFIX)/share/kith/policy

compile_commands.json: Makefile $(SOURCES)
	$(call quiet,JSON,$@){ echo '['; sep=; for f in $(SOURCES) $(TESTS); do \
	    printf '%s{"directory":"%s","file":"%s","command":"%s -c %s"}' \
	        "$$sep" "$(CURDIR)" "$$f" "$(CC) $(ALL_CFLAGS)" "$$f"; sep=",\n"; \
	    done; echo; echo ']'; } | sed 's/\\n/\n/g' >$@

clean:
	rm -rf build compile_commands.json

.PHONY: all test run-tests asan tsan debug fuzz run-fuzzers bench demo deps check check-headers \
        check-layers check-pure check-banned check-format check-checks install format clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

-include $(shell find $(B) -name '*.d' 2>/dev/null)
