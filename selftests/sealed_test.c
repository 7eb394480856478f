// SPDX-License-Identifier: GPL-2.0-only
/*
 * sealed_test.c - what the seal refuses, what it leaves alone, and what its verbs say.
 * Boots: plain lockdown
 * Kernels: 6.1 7
 * Alone: it seals the machine
 */
#include "child.h"
#include "prometheus.h"
#include "sealing.h"
#include "util.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define OTHER_FILE	"/tmp/other"
#define OTHER_PIN	"/sys/fs/bpf/other"
#define OTHER_MOUNT	"/tmp/mount"
#define DROPINS		"/tmp/policy.d"

static int foreign_prog, own_map, foreign_map, early_policy;

static int load_program(enum bpf_prog_type type)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(type, NULL, "GPL", insns, ARRAY_SIZE(insns), NULL);
}

static long bpf_call(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

/* ---- Before: what stops a seal ---- */

static void load_with(const char *tolerate)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s", POLICY_ENFORCE, tolerate);
	load_text(text);
}

static void deny_seal_where_nothing_is_loaded(void **state)
{
	(void)state;
	assert_non_null(strstr(HARDEN(1, "seal")->err, "nothing is loaded"));
	HARDEN(1, "seal", "--dry-run");
	HARDEN(64, "seal", "--forever");
	HARDEN(64, "seal", "now");
	assert_int_equal(RUN(UNPRIVILEGED, HARDENCTL, "seal")->status, 4);
}

static struct json_object *finding(struct json_object *json, const char *kind)
{
	struct json_object *list = NULL, *row;

	assert_true(find_field(json, "findings", &list));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		row = json_object_array_get_idx(list, i);
		if (!strcmp(field(row, "kind"), kind))
			return row;
	}
	return NULL;
}

/* Guards that are off are named one by one, and each can be tolerated on its own. */
static void deny_seal_of_a_guard_that_is_off(void **state)
{
	struct mark before;
	struct json_object *json, *record;

	(void)state;
	load_with(SEAL_TEXT(", \"off:kernel\", \"off:ingress\""));
	before = mark();
	json = parse_json(HARDEN(2, "seal", "--json")->out);
	assert_field(json, "sealed", "false");
	assert_field(finding(json, "off:data"), "tolerated", "false");
	assert_field(finding(json, "off:kernel"), "tolerated", "true");
	assert_null(finding(json, "off:exec"));
	json_object_put(json);
	assert_state("loaded");
	/* One record for each finding that stopped it. */
	record = assert_refused(&before, GUARD_seal, "findings", 1);
	assert_field(record, "hook", "state");
	assert_field(record, "object.what", "seal");
	assert_field(record, "object.detail", "off: guard data is off");
	json_object_put(record);
	assert_non_null(strstr(HARDEN(2, "seal", "--dry-run")->out, "off:data"));
	/* Nothing has changed: it can still be loaded again, and unloaded. */
	load_with(SEAL_TEXT(TOLERATE_GUARDS));
	HARDEN(0, "seal", "--dry-run");
	assert_state("loaded");
}

static void deny_seal_of_a_guard_that_only_records(void **state)
{
	struct json_object *json;

	(void)state;
	load_text(POLICY_TEXT("enforce", "audit", "enforce", "enforce") SEAL_TEXT(TOLERATE_GUARDS));
	json = parse_json(HARDEN(2, "seal", "--json")->out);
	assert_field(finding(json, "audit:ptrace"), "tolerated", "false");
	json_object_put(json);
	load_text(POLICY_TEXT("enforce", "audit", "enforce", "enforce")
		  SEAL_TEXT(TOLERATE_GUARDS ", \"audit:ptrace\""));
	HARDEN(0, "seal", "--dry-run");
	HARDEN(2, "status", "-q");
}

/* Until the seal this guard lets through and records; what it records is no refusal. */
static void allow_before_seal_audit(void **state)
{
	struct json_object *status, *guards;
	struct mark before;

	(void)state;
	load_text("version: 1\n"
		  "name: sealed\n"
		  "exec: { mode: enforce, before-seal: audit, introduced: allow }\n"
		  "ptrace: { mode: enforce }\n"
		  "modules: { mode: enforce, before-seal: audit }\n"
		  "egress: { mode: enforce, allow: [{ to: [127.0.0.0/8, \"::1\"] }] }\n"
		  "ingress: { mode: off }\n"
		  "kernel: { mode: off }\n"
		  "data: { mode: off }\n"
		  SEAL_TEXT(TOLERATE_GUARDS));
	before = mark();
	assert_int_equal(RUN("/bin/sh", "-c", "exit 7")->status, 7);
	json_object_put(assert_would_deny(&before, GUARD_exec, "shell"));
	HARDEN(0, "verify");
	status = status_json(2);
	assert_true(find_field(status, "guards", &guards));
	assert_field(json_object_array_get_idx(guards, GUARD_exec), "mode", "enforce");
	assert_field(json_object_array_get_idx(guards, GUARD_exec), "before_seal", "audit");
	assert_field(json_object_array_get_idx(guards, GUARD_exec), "canary", "recorded");
	json_object_put(status);
}

static void allow_bpf_before_the_seal(void **state)
{
	struct mark before = mark();

	(void)state;
	foreign_prog = load_program(BPF_PROG_TYPE_CGROUP_SKB);
	assert_true(foreign_prog >= 0);
	own_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "own", 4, 8, 1, NULL);
	foreign_map = bpf_map_get_fd_by_id(live_set().map_log);
	assert_true(own_map >= 0 && foreign_map >= 0);
	assert_int_equal(bpf_obj_pin(own_map, OTHER_PIN), 0);
	early_policy = open(POLICY, O_RDONLY | O_CLOEXEC);
	assert_true(early_policy >= 0);
	assert_undisturbed(&before, GUARD_seal);
}

/* ---- The transition ---- */

static void allow_seal(void **state)
{
	struct json_object *json;

	(void)state;
	json = parse_json(HARDEN(0, "seal", "--json")->out);
	assert_field(json, "schema", "hardenctl.seal/1");
	assert_field(json, "sealed", "true");
	json_object_put(json);
	assert_state("sealed");
	assert_whole();
}

static void allow_status_0_of_a_sealed_machine(void **state)
{
	struct json_object *status;

	(void)state;
	HARDEN(0, "status", "-q");
	assert_non_null(strstr(HARDEN(0, "status")->out, "sealed"));
	status = status_json(0);
	assert_field(status, "state", "sealed");
	json_object_put(status);
	HARDEN(0, "log");
	HARDEN(0, "log", "--json");
	HARDEN(0, "probe");
}

static void allow_metrics_of_a_sealed_machine(void **state)
{
	char text[sizeof(((struct ran *)0)->out)];

	(void)state;
	HARDEN(0, "metrics", "--textfile", "/tmp/sealed.prom");
	slurp("/tmp/sealed.prom", text, sizeof(text));
	assert_true(prom_valid(text));
	assert_int_equal(prom_value(text, "hardenctl_sealed"), 1);
	/* It has before-seal: audit. */
	assert_int_equal(prom_value(text, "hardenctl_guard_mode{guard=\"exec\",mode=\"enforce\"}"), 1);
	unlink("/tmp/sealed.prom");
}

/* What only recorded until now enforces. */
static void deny_what_was_recorded_until_the_seal(void **state)
{
	struct mark before = mark();
	struct ran *ran;

	(void)state;
	assert_int_equal(RUN("/bin/sh", "-c", "exit 7")->status, 127);
	json_object_put(assert_refused(&before, GUARD_exec, "shell", 1));
	assert_int_equal(RUN("/bin/true")->status, 0);
	ran = HARDEN(0, "explain", "last");
	assert_non_null(strstr(ran->out, " tried to start the shell "));
	assert_non_null(strstr(ran->out, "\n        shells: allow\n"));
	assert_non_null(strstr(ran->out, "next boot"));
}

static void deny_verbs_that_change_the_policy(void **state)
{
	(void)state;
	assert_non_null(strstr(HARDEN(2, "load", "--policy", POLICY)->err, "sealed"));
	assert_non_null(strstr(HARDEN(2, "load", "--dry-run", "--policy", POLICY)->err, "sealed"));
	assert_non_null(strstr(HARDEN(2, "unload")->err, "sealed"));
	assert_non_null(strstr(HARDEN(0, "seal")->out, "already"));
	assert_whole();
}

/* ---- bpf(2) ---- */

/* One call that must be refused, with its record. */
#define DENIED(call, why, what_text)						\
	do {									\
		struct mark __before = mark();					\
		struct json_object *__record;					\
		long __ret = (call);						\
		int __err = __ret < 0 ? errno : 0;				\
										\
		if (__ret >= 0 || __err != EPERM)				\
			print_message("# %s: %ld, %s\n", #call, __ret, strerror(__err));	\
		assert_true(__ret < 0);						\
		assert_int_equal(__err, EPERM);					\
		__record = assert_refused(&__before, GUARD_seal, (why), 1);	\
		if (what_text)							\
			assert_field(__record, "object.what", (what_text));	\
		json_object_put(__record);					\
	} while (0)

/* Its nearly identical neighbour, which must go on, unrecorded. */
#define ALLOWED(call)								\
	({									\
		struct mark __before = mark();					\
		long __ret = (call);						\
										\
		if (__ret < 0)							\
			print_message("# %s: %s\n", #call, strerror(errno));	\
		assert_true(__ret >= 0);					\
		assert_undisturbed(&__before, GUARD_seal);			\
		__ret;								\
	})

static void deny_new_programs_of_every_type(void **state)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_TRACING,
		BPF_PROG_TYPE_LSM, BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_CGROUP_DEVICE,
		BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_SYSCALL,
		BPF_PROG_TYPE_EXT, BPF_PROG_TYPE_STRUCT_OPS,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		DENIED(load_program(types[i]), "load", "BPF_PROG_LOAD");
	assert_non_null(strstr(HARDEN(0, "explain", "last")->out, "nothing in a policy allows it"));
	close(ALLOWED(bpf_map_create(BPF_MAP_TYPE_ARRAY, "new", 4, 8, 1, NULL)));
}

static void deny_attaching_and_detaching(void **state)
{
	struct set_info set = live_set();
	int cgroup = kernel_cgroup_root();
	union bpf_attr attr = { .link_detach.link_fd = -1 };

	(void)state;
	DENIED(bpf_prog_attach(foreign_prog, cgroup, BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), "attach",
	       "BPF_PROG_ATTACH");
	for (__u32 i = 0; i < set.attachments; i++)
		if (set.attachment[i].leg == LEG_CGROUP)
			DENIED(bpf_prog_detach(cgroup, set.attachment[i].attach_type), "attach",
			       "BPF_PROG_DETACH");
	DENIED(bpf_link_create(foreign_prog, cgroup, BPF_CGROUP_INET_EGRESS, NULL), "attach",
	       "BPF_LINK_CREATE");
	DENIED(bpf_call(BPF_LINK_DETACH, &attr) ? -1 : 0, "attach", "BPF_LINK_DETACH");
	DENIED(bpf_call(BPF_LINK_UPDATE, &attr) ? -1 : 0, "attach", "BPF_LINK_UPDATE");
	DENIED(bpf_raw_tracepoint_open("sched_process_exec", foreign_prog), "attach",
	       "BPF_RAW_TRACEPOINT_OPEN");
	close(cgroup);
	assert_whole();
}

static void deny_descriptors_of_our_objects(void **state)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, read_only, .open_flags = BPF_F_RDONLY);
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, write_only, .open_flags = BPF_F_WRONLY);
	struct set_info set = live_set();
	struct own key = { .type = OWN_LINK };
	int own = set_map(set.map_own);
	unsigned int links = 0;
	__u32 prog;

	(void)state;
	for (__u32 i = 0; i < set.attachments; i++)
		DENIED(bpf_prog_get_fd_by_id(set.attachment[i].prog_id), "descriptor",
		       "BPF_PROG_GET_FD_BY_ID");
	while (!bpf_link_get_next_id(key.id, &key.id)) {
		if (bpf_map_lookup_elem(own, &key, &prog))
			continue;
		DENIED(bpf_link_get_fd_by_id(key.id), "descriptor", "BPF_LINK_GET_FD_BY_ID");
		links++;
	}
	assert_true(links >= 10);
	DENIED(bpf_map_get_fd_by_id(set.map_log), "descriptor", "BPF_MAP_GET_FD_BY_ID");
	DENIED(bpf_map_get_fd_by_id_opts(set.map_state, &write_only), "descriptor",
	       "BPF_MAP_GET_FD_BY_ID");
	close(ALLOWED(bpf_map_get_fd_by_id_opts(set.map_log, &read_only)));
	close(own);
}

static void deny_descriptors_of_pins(void **state)
{
	LIBBPF_OPTS(bpf_obj_get_opts, read_only, .file_flags = BPF_F_RDONLY);
	char path[256];

	(void)state;
	pins_path(live_set().set, "core__bprm_committed_creds", path, sizeof(path));
	assert_int_equal(access(path, F_OK), 0);
	DENIED(bpf_obj_get(path), "descriptor", "BPF_OBJ_GET");
	/* The kernel gives no link for reading only. */
	assert_int_equal(bpf_obj_get_opts(path, &read_only), -EINVAL);
	close(ALLOWED(bpf_obj_get_opts(OTHER_PIN, &read_only)));
}

static void deny_running_programs_and_unknown_commands(void **state)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));
	union bpf_attr attr = {};

	(void)state;
	DENIED(bpf_prog_test_run_opts(foreign_prog, &run), "run", "BPF_PROG_TEST_RUN");
	DENIED(bpf_call(BPF_ITER_CREATE, &attr) ? -1 : 0, "run", "BPF_ITER_CREATE");
	DENIED(bpf_call(36 /* BPF_TOKEN_CREATE, 6.9 */, &attr) ? -1 : 0, "command", "bpf command 36");
	DENIED(bpf_call(200, &attr) ? -1 : 0, "command", "bpf command 200");
}

/* A descriptor from before the seal that may write, as far as the descriptor goes. */
static void deny_writing_through_an_early_descriptor(void **state)
{
	struct record record = {};
	__u32 zero = 0;
	__u64 value = 5;

	(void)state;
	assert_int_equal(bpf_map_update_elem(foreign_map, &zero, &record, BPF_ANY), -EPERM);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, foreign_map, 0), MAP_FAILED);
	assert_int_equal(bpf_map_update_elem(own_map, &zero, &value, BPF_ANY), 0);
}

/* ---- Pins, their mount, our files ---- */

static void deny_change_of_pins(void **state)
{
	char dir[128], pin[256], other[256];

	(void)state;
	snprintf(dir, sizeof(dir), PINS "/%llu", (unsigned long long)live_set().set);
	pins_path(live_set().set, "modules__kernel_module_request", pin, sizeof(pin));
	snprintf(other, sizeof(other), "%s/other", dir);
	DENIED(unlink(pin), "unlink", "file");
	DENIED(rename(pin, other), "rename", "file");
	DENIED(rename(dir, PINS_MOUNT "/moved"), "rename", "file");
	DENIED(rmdir(PINS), "unlink", "file");
	DENIED(rmdir(dir), "unlink", "file");
	DENIED(chmod(pin, 0777), "attributes", "file");
	DENIED(chown(pin, NOBODY, NOBODY), "attributes", "file");
	ALLOWED(chmod(OTHER_PIN, 0600));
	ALLOWED(rename(OTHER_PIN, OTHER_PIN "2"));
	ALLOWED(unlink(OTHER_PIN "2"));
	assert_whole();
}

static void deny_unmount_of_the_pins(void **state)
{
	(void)state;
	DENIED(umount2(PINS_MOUNT, 0), "unmount", "mount");
	DENIED(umount2(PINS_MOUNT, MNT_DETACH), "unmount", "mount");
	DENIED(umount2(PINS_MOUNT, MNT_FORCE), "unmount", "mount");
	mkdir(OTHER_MOUNT, 0755);
	ALLOWED(mount("other", OTHER_MOUNT, "tmpfs", 0, NULL));
	ALLOWED(umount2(OTHER_MOUNT, MNT_DETACH));
	assert_whole();
}

/* Where 6.1 can't read kernel memory it only knows the mount itself. */
static bool sees_mounts(void)
{
	struct kernel kernel;

	kernel_ask(&kernel);
	kernel_ask_hooks(&kernel);
	return kernel.inspects_programs || !kernel.confidential;
}

static void deny_unmount_of_what_is_above_the_pins(void **state)
{
	(void)state;
	if (!sees_mounts()) {
		print_message("# SKIP this kernel shows no mounts under lockdown=confidentiality\n");
		skip();
	}
	DENIED(umount2("/sys", MNT_DETACH), "unmount", "mount");
	assert_whole();
}

/* Below another mount they would go with it, and on another directory with that. */
static void deny_moves_of_the_pins(void **state)
{
	(void)state;
	ALLOWED(mount("other", OTHER_MOUNT, "tmpfs", 0, NULL));
	mkdir(OTHER_MOUNT "/bpf", 0755);
	DENIED(mount(PINS_MOUNT, OTHER_MOUNT "/bpf", NULL, MS_MOVE, NULL), "move", "mount");
	DENIED(syscall(SYS_move_mount, AT_FDCWD, PINS_MOUNT, AT_FDCWD, OTHER_MOUNT "/bpf", 0), "move",
	       "mount");
	DENIED(syscall(SYS_pivot_root, OTHER_MOUNT, OTHER_MOUNT "/bpf"), "move", "mount");
	ALLOWED(syscall(SYS_move_mount, AT_FDCWD, OTHER_MOUNT, AT_FDCWD, "/mnt", 0));
	ALLOWED(umount2("/mnt", MNT_DETACH));
	assert_whole();
}

static void deny_change_of_our_files(void **state)
{
	(void)state;
	spill(OTHER_FILE, "other");
	DENIED(open(POLICY, O_WRONLY), "write", "file");
	DENIED(open(POLICY, O_RDWR | O_APPEND), "write", "file");
	DENIED(truncate(POLICY, 0), "attributes", "file");
	DENIED(unlink(POLICY), "unlink", "file");
	DENIED(rename(OTHER_FILE, POLICY), "rename", "file");
	DENIED(rename(POLICY, OTHER_FILE), "rename", "file");
	DENIED(fchmod(early_policy, 0777), "attributes", "file");
	close(ALLOWED(open(POLICY, O_RDONLY)));
	close(ALLOWED(open(OTHER_FILE, O_RDWR)));
	ALLOWED(truncate(OTHER_FILE, 1));
	ALLOWED(unlink(OTHER_FILE));
}

static void deny_new_dropins(void **state)
{
	(void)state;
	spill(OTHER_FILE, "other");
	DENIED(open(DROPINS "/weaker.yaml", O_WRONLY | O_CREAT, 0644), "create", "file");
	DENIED(link(OTHER_FILE, DROPINS "/weaker.yaml"), "create", "file");
	DENIED(symlink(OTHER_FILE, DROPINS "/weaker.yaml"), "create", "file");
	DENIED(mkdir(DROPINS "/weaker.yaml", 0755), "create", "file");
	DENIED(mkfifo(DROPINS "/weaker.yaml", 0644), "create", "file");
	DENIED(rename(OTHER_FILE, DROPINS "/weaker.yaml"), "rename", "file");
	DENIED(rename(DROPINS, "/tmp/elsewhere"), "rename", "file");
	close(ALLOWED(open("/tmp/new.yaml", O_WRONLY | O_CREAT, 0644)));
	ALLOWED(unlink("/tmp/new.yaml"));
}

/* ---- What goes on ---- */

/* As a container runtime does with its root: it changes into a mount namespace of its own and drops the old. */
static int like_a_container_runtime(const void *arg)
{
	(void)arg;
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) ||
	    mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL) || chdir("/mnt") ||
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/") ||
	    mount("other", "/mnt", "tmpfs", 0, NULL) || mkdir("/mnt/moved", 0755) ||
	    mount(PINS_MOUNT, "/mnt/moved", NULL, MS_MOVE, NULL) || umount2("/mnt", MNT_DETACH))
		return errno;
	return access("/proc/self/status", R_OK) ? errno : 0;
}

static void allow_a_container_runtime_to_drop_its_old_root(void **state)
{
	const struct place place = { .namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP };
	struct mark before = mark();
	struct child child;

	(void)state;
	child = in_child(&place, like_a_container_runtime, NULL);
	assert_int_equal(child.err, 0);
	assert_undisturbed(&before, GUARD_seal);
	assert_whole();
}

static void allow_reading_without_pins_or_lock(void **state)
{
	(void)state;
	rename("/run/hardenctl", "/run/gone");
	HARDEN(0, "status", "-q");
	HARDEN(0, "log", "-n", "5");
	HARDEN(0, "explain", "last");
	HARDEN(0, "metrics");
	HARDEN(0, "verify");
	rename("/run/gone", "/run/hardenctl");
}

static int set_up(void **state)
{
	(void)state;
	mkdir(DROPINS, 0755);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_seal_where_nothing_is_loaded),
		cmocka_unit_test(deny_seal_of_a_guard_that_is_off),
		cmocka_unit_test(deny_seal_of_a_guard_that_only_records),
		cmocka_unit_test(allow_before_seal_audit),
		cmocka_unit_test(allow_bpf_before_the_seal),
		cmocka_unit_test(allow_seal),
		cmocka_unit_test(allow_status_0_of_a_sealed_machine),
		cmocka_unit_test(allow_metrics_of_a_sealed_machine),
		cmocka_unit_test(deny_what_was_recorded_until_the_seal),
		cmocka_unit_test(deny_verbs_that_change_the_policy),
		cmocka_unit_test(deny_new_programs_of_every_type),
		cmocka_unit_test(deny_attaching_and_detaching),
		cmocka_unit_test(deny_descriptors_of_our_objects),
		cmocka_unit_test(deny_descriptors_of_pins),
		cmocka_unit_test(deny_running_programs_and_unknown_commands),
		cmocka_unit_test(deny_writing_through_an_early_descriptor),
		cmocka_unit_test(deny_change_of_pins),
		cmocka_unit_test(deny_unmount_of_the_pins),
		cmocka_unit_test(deny_unmount_of_what_is_above_the_pins),
		cmocka_unit_test(deny_moves_of_the_pins),
		cmocka_unit_test(deny_change_of_our_files),
		cmocka_unit_test(deny_new_dropins),
		cmocka_unit_test(allow_a_container_runtime_to_drop_its_old_root),
		cmocka_unit_test(allow_reading_without_pins_or_lock),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
