# SPDX-License-Identifier: GPL-2.0-only
# make, make check, make demo, make install DESTDIR= PREFIX=; V=1 shows the commands.

BUILD	:= build
PREFIX	?= /usr
CC	?= gcc
CLANG	?= clang
BPFTOOL	?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
VERSION	:= $(shell cat VERSION)
PKGS	:= libbpf libelf zlib libfyaml json-c libsodium libsystemd
# Headers alone: the libraries are opened when there is a TPM. Without them there is no measuring; `status` says so.
HAVE_TPM := $(shell pkg-config --exists tss2-esys tss2-tcti-device && echo -DHAVE_TPM)

CFLAGS	?= -O2 -g
WARN	:= -Wall -Wextra -Werror
HARDEN	:= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ibpf -Iuser -I$(BUILD) $(WARN) \
	     $(HARDEN) $(HAVE_TPM) $(RELATIVE) $(CFLAGS) -MMD -MP
LIBS	= $(shell pkg-config --libs $(PKGS))
# The programs' digest, which a verifier of measured boots computes, must not hang on where they were built.
RELATIVE = -ffile-prefix-map=$(CURDIR)=.
# BPF_PROG() gives every program a ctx, used or not.
BPF_CFLAGS = $(RELATIVE) -target bpf -mcpu=v3 -g -O2 $(WARN) -Wno-unused-parameter -Ibpf \
	     -I/usr/include/$(shell $(CC) -print-multiarch) -MMD -MP

BPF_FILES := $(wildcard bpf/*.bpf.c)
USER_OBJS := $(patsubst user/%.c,$(BUILD)/user/%.o,$(wildcard user/*.c))
# What a host test may link: all of user/ but the entry point.
TEST_OBJS := $(filter-out $(BUILD)/user/main.o $(BUILD)/user/cmd.o $(BUILD)/user/cmd_%.o,$(USER_OBJS))
VM_TESTS   := $(patsubst selftests/%.c,$(BUILD)/selftests/%,$(wildcard selftests/*_test.c))
# What a test loads.
TEST_LIBS := $(patsubst selftests/lib/%.c,$(BUILD)/selftests/%.so,$(wildcard selftests/lib/*.c))
LISTS := $(addprefix $(BUILD)/,shells.inc interpreters.inc loaders.inc)
HOST_TESTS := $(patsubst selftests/host/%.c,$(BUILD)/host/%,$(wildcard selftests/host/*_test.c))

Q = $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all check hosttest vmtest systemdtest servertest longtest demo screens tour fuzz install install-initramfs \
	install-dracut deb debtest ansibletest image imagetest clean setup tests

all: $(BUILD)/hardenctl

# All in one: bpftool before libbpf 1.6 can't link two objects that name the same kernel function.
$(BUILD)/hardenctl.bpf.c: $(BPF_FILES)
	@mkdir -p $(@D)
	@printf '#include "%s"\n' $(notdir $^) > $@

$(BUILD)/bpf/hardenctl.o: $(BUILD)/hardenctl.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$@)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# The linker puts the offsets of static data into the BTF.
$(BUILD)/hardenctl.bpf.o: $(BUILD)/bpf/hardenctl.o
	$(call say,LINK,$@)$(BPFTOOL) gen object $@ $<

$(BUILD)/hardenctl.skel.h: $(BUILD)/hardenctl.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name hardenctl_bpf > $@

$(BUILD)/%.inc: policies/%
	@mkdir -p $(@D)
	$(call say,GEN,$@)sed -n 's|^\([^[:space:]#][^[:space:]]*\).*|"\1",|p' $< > $@

$(BUILD)/user/%.o: user/%.c | $(BUILD)/hardenctl.skel.h $(LISTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/hardenctl: $(USER_OBJS)
	$(call say,LD,$@)$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) $^ $(LIBS) -o $@

# For a test alone: it leaves out what keeps the pins from being destroyed.
$(BUILD)/debug/%.o: user/%.c | $(BUILD)/hardenctl.skel.h $(LISTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -DDEBUG_UNGUARDED_PINS -Wno-unused-function -c $< -o $@

DEBUGGED := configure.o attempts.o
$(BUILD)/debug/hardenctl: $(addprefix $(BUILD)/debug/,$(DEBUGGED)) \
			  $(filter-out $(addprefix $(BUILD)/user/,$(DEBUGGED)),$(USER_OBJS))
	$(call say,LD,$@)$(CC) -pie -Wl,-z,relro,-z,now $(LDFLAGS) $^ $(LIBS) -o $@

# The host's tests run under the sanitizers.
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_OBJS  := $(patsubst $(BUILD)/user/%,$(BUILD)/san/%,$(TEST_OBJS))

$(BUILD)/san/%.o: user/%.c | $(BUILD)/hardenctl.skel.h $(LISTS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -U_FORTIFY_SOURCE $(SAN_FLAGS) -c $< -o $@

$(BUILD)/host/%: selftests/host/%.c $(SAN_OBJS)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -U_FORTIFY_SOURCE $(SAN_FLAGS) $< $(SAN_OBJS) $(LIBS) -lcmocka -o $@

# It has a TPM of its own.
$(BUILD)/host/counter_test: SAN_OBJS := $(filter-out %/tpm.o,$(SAN_OBJS))

$(BUILD)/selftests/%: selftests/%.c $(wildcard selftests/*.h) $(TEST_OBJS) | $(BUILD)/hardenctl
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -Iselftests $< $(TEST_OBJS) $(LIBS) -lcmocka -o $@

$(BUILD)/selftests/%.so: selftests/lib/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -fPIC -shared $< -o $@

ATTACKS := $(wildcard selftests/attacks/*.c)

$(BUILD)/selftests/attacks_test: selftests/attacks_test.c $(ATTACKS) $(TEST_OBJS) | $(BUILD)/hardenctl
$(BUILD)/selftests/attacks_test: $(wildcard selftests/*.h selftests/attacks/*.h user/*.h bpf/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) -Iselftests $(filter %.c,$^) $(TEST_OBJS) $(LIBS) -lcmocka -o $@

$(BUILD)/fuzz/%: selftests/fuzz/%.c $(wildcard user/*.c) | $(BUILD)/hardenctl.skel.h
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)$(CLANG) $(filter-out -MMD -MP,$(ALL_CFLAGS)) -U_FORTIFY_SOURCE \
		-fsanitize=fuzzer,address,undefined $< $(patsubst $(BUILD)/user/%.o,user/%.c,$(TEST_OBJS)) $(LIBS) -o $@

SYSTEMD_TESTS := $(BUILD)/systemd/runner $(BUILD)/systemd/probe
tests: $(BUILD)/hardenctl $(BUILD)/debug/hardenctl $(VM_TESTS) $(TEST_LIBS) $(HOST_TESTS) $(SYSTEMD_TESTS)

# ---- For a fresh machine: each of these installs what it lacks ----

setup:
	@tools/setup --build

check:
	@tools/setup --build --test --vm --image
	@$(MAKE) --no-print-directory tests
	@selftests/check

hosttest: tests
	@selftests/check --host

# make vmtest KERNEL=6.12 TEST=exec BOOT=lockdown: one of each, or all
vmtest: tests
	@selftests/run $(addprefix --kernel ,$(KERNEL)) $(addprefix --test ,$(TEST)) $(addprefix --boot ,$(BOOT))

# In the guest there may be another Debian's libraries, and below RootDirectory= none.
$(BUILD)/systemd/runner: $(addprefix selftests/systemd/,runner.c machine.c boots.c steps.c logd.c units.c guest.c protected.c server.c services.c refusals.c) \
			    $(addprefix selftests/systemd/,machine.h boots.h steps.h logd.h units.h guest.h protected.h server.h refusals.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -static $(filter %.c,$^) -o $@

$(BUILD)/systemd/probe: selftests/systemd/probe.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -static $< -o $@

# make systemdtest KERNEL=6.12 SUITE=bookworm SCENARIO=units: one of each, or the default pairs
systemdtest: $(BUILD)/hardenctl $(BUILD)/debug/hardenctl $(BUILD)/systemd/runner $(BUILD)/systemd/probe
	@tools/setup --image
	@selftests/systemd/run $(addprefix --kernel ,$(KERNEL)) $(addprefix --suite ,$(SUITE)) $(addprefix --scenario ,$(SCENARIO))

# make servertest KERNEL=6.12 SUITE=bookworm SCENARIO=services: an installed server for a day of its own time, and
# what it serves. Half an hour and more a kernel: not part of check.
servertest: $(BUILD)/hardenctl $(BUILD)/debug/hardenctl $(BUILD)/systemd/runner $(BUILD)/systemd/probe
	@tools/setup --image
	@selftests/systemd/run $(addprefix --kernel ,$(KERNEL)) $(addprefix --suite ,$(SUITE)) \
		$(addprefix --scenario ,$(or $(SCENARIO),server services))

# The long forms of the tests, an hour or more
longtest: tests
	@HARDENCTL_LONG=1 selftests/run --timeout 3600

# make demo SUITE=trixie KERNEL=7: boots the image, asks its service and attacks it
demo: image
	@tools/demo $(IMAGE)

# What README.md shows, from a run of the demonstration
screens: demo
	@tools/screens

# A minute, without systemd: what root could do before, and after; make tour KERNEL=6.1
tour:
	@tools/setup --demo
	@$(MAKE) --no-print-directory all
	@tools/tour $(KERNEL)

# make image SUITE=trixie KERNEL=7: a hardened machine that serves a model, in build/image
IMAGE = $(or $(SUITE),bookworm) $(or $(KERNEL),6.12)
image:
	@tools/setup --build --image
	@$(MAKE) --no-print-directory all
	@image/build $(IMAGE)

# Asks its service from outside, under attack from inside
imagetest: image
	@selftests/image/run $(or $(SUITE),bookworm)-$(or $(KERNEL),6.12)

fuzz: $(BUILD)/fuzz/policy_fuzz
	@mkdir -p $(BUILD)/fuzz/corpus
	$< -max_total_time=$(or $(FUZZ_SECONDS),300) $(BUILD)/fuzz/corpus selftests/golden

MANUALS := $(patsubst man/%.scd,$(BUILD)/man/%,$(wildcard man/*.scd))

$(BUILD)/man/%: man/%.scd
	@mkdir -p $(@D)
	$(call say,MAN,$@)scdoc < $< > $@

install: all $(MANUALS)
	for page in $(MANUALS); do install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit; done
	install -D -m 755 $(BUILD)/hardenctl $(DESTDIR)$(PREFIX)/sbin/hardenctl
	install -d -m 755 $(DESTDIR)$(PREFIX)/lib/hardenctl/policies $(DESTDIR)$(PREFIX)/share/doc/hardenctl
	install -m 644 policies/* $(DESTDIR)$(PREFIX)/lib/hardenctl/policies/
	install -m 644 policies/default.yaml $(DESTDIR)$(PREFIX)/lib/hardenctl/policy.yaml
	install -D -m 644 man/hardenctl-events.schema.json $(DESTDIR)$(PREFIX)/share/hardenctl/hardenctl-events.schema.json
	install -d -m 755 $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -d -m 755 $(DESTDIR)$(PREFIX)/lib/systemd/catalog
	install -m 644 units/hardenctl.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/
	install -D -m 644 units/hardenctl.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/hardenctl.conf
	install -D -m 644 units/hardenctl.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/hardenctl.conf
	for unit in $(wildcard units/*.service units/*.target); do sed 's|/usr/sbin/|$(PREFIX)/sbin/|' $$unit | \
		install -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} || exit; done
	install -D -m 644 units/80-hardenctl.preset $(DESTDIR)$(PREFIX)/lib/systemd/system-preset/80-hardenctl.preset
	install -d -m 755 $(DESTDIR)$(PREFIX)/share/doc/hardenctl/examples
	install -m 644 units/examples/* $(DESTDIR)$(PREFIX)/share/doc/hardenctl/examples/
	install -D -m 644 completion/hardenctl $(DESTDIR)$(PREFIX)/share/bash-completion/completions/hardenctl
	install -m 644 README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/hardenctl/

# These change how the machine boots: one of them, by hand or by its package.
BOOTSTRAP = install -D -m 755 boot/bootstrap $(DESTDIR)$(PREFIX)/share/hardenctl/bootstrap
INITRAMFS = $(DESTDIR)$(PREFIX)/share/initramfs-tools
install-initramfs:
	$(BOOTSTRAP)
	install -D -m 755 boot/initramfs-tools/hook $(INITRAMFS)/hooks/hardenctl
	install -D -m 755 boot/initramfs-tools/init-bottom $(INITRAMFS)/scripts/init-bottom/hardenctl

DRACUT = $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/90hardenctl
install-dracut:
	$(BOOTSTRAP)
	install -D -m 755 boot/dracut/module-setup.sh $(DRACUT)/module-setup.sh
	install -D -m 755 boot/dracut/hardenctl.sh $(DRACUT)/hardenctl.sh

# Debian packages, in build/deb, from what git knows of
DEB_DIR := $(BUILD)/deb
DEB_TREE = $(DEB_DIR)/hardenctl-$(VERSION)
deb:
	@tools/setup --build --deb
	@rm -rf $(DEB_DIR) && mkdir -p $(DEB_TREE)
	@git ls-files -z | xargs -0 cp --parents --no-dereference --preserve=mode -t $(DEB_TREE)
	@cd $(DEB_TREE) && dpkg-buildpackage -b -us -uc >../build.log 2>&1 || { tail -n 40 ../build.log >&2; exit 1; }
	@rm -rf $(DEB_TREE)
	@ls $(DEB_DIR)/*.deb

# make debtest SUITE=trixie BUILDER=dracut: installs, upgrades and removes them in VMs, and boots their initramfs
debtest: deb
	@tools/setup --image
	@selftests/deb/packages
	@selftests/deb/run $(addprefix --suite ,$(SUITE)) $(addprefix --builder ,$(BUILDER)) $(addprefix --kernel ,$(KERNEL))

# The role of tools/ansible, against a machine in a VM
ansibletest: deb
	@tools/setup --image --ansible
	@selftests/ansible/run $(KERNEL)

clean:
	rm -rf $(addprefix $(BUILD)/,bpf user debug san host selftests systemd fuzz hardenctl hardenctl.bpf.c hardenctl.bpf.o hardenctl.skel.h *.inc)

-include $(wildcard $(BUILD)/*/*.d)
