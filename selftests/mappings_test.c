// SPDX-License-Identifier: GPL-2.0-only
/*
 * mappings_test.c - the exec guard refuses code that is no program's: libraries that the policy leaves out, and memory
 * that a process wrote itself.
 * Boots: plain
 * Kernels: 6.1 7
 * Long boots: lockdown
 */
#include "objects.h"
#include "mappings.h"
#include "util.h"

#include <limits.h>
#include <sys/mount.h>
#include <sys/prctl.h>

/* Copies of this program: one that exec.jit lists, and one that it doesn't. */
#define JITTER		DIR "/jitter"
#define ACTOR		DIR "/actor"

static char self[256], libraries[4096];

/* ---- What is tried, what it is refused as (NULL: it is not), and by which hook ---- */

struct row {
	struct mapping mapping;
	const char *reason, *hook;
	bool unfit;		/* a kernel may refuse it itself, where the guard doesn't */
};

#define MMAP		.hook = "mmap_file"
#define MPROTECT	.hook = "file_mprotect"
#define JIT		.reason = "jit"
#define LIBRARY		.reason = "library"
#define FILE_OF(file)	.source = source_file, .path = (file)
#define PRIVATE		.flags = MAP_PRIVATE
#define SHARED		.flags = MAP_SHARED

static const struct row rows[] = {
	{ .mapping = { .name = "open_library_listed", .how = by_dlopen, .path = LISTED } },
	{ .mapping = { .name = "open_library_unlisted", .how = by_dlopen, .path = UNLISTED }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_library", FILE_OF(LISTED), PRIVATE, .first = RX } },
	{ .mapping = { .name = "code_of_library_shared", FILE_OF(LISTED), SHARED, .first = RX } },
	{ .mapping = { .name = "code_of_library_only", FILE_OF(LISTED), PRIVATE, .first = PROT_EXEC } },
	{ .mapping = { .name = "data_of_unlisted", FILE_OF(UNLISTED), PRIVATE, .first = RW } },
	{ .mapping = { .name = "code_of_unlisted", FILE_OF(UNLISTED), PRIVATE, .first = RX }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_data", FILE_OF(DATA), PRIVATE, .first = RX }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_data_shared", FILE_OF(DATA), SHARED, .first = RX }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_data_only", FILE_OF(DATA), PRIVATE, .first = PROT_EXEC }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_own_program", FILE_OF("/proc/self/exe"), PRIVATE, .first = RX } },
	{ .mapping = { .name = "code_of_copy_of_own_program", FILE_OF(ACTOR), PRIVATE, .first = RX }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_loader", FILE_OF("/lib64/ld-linux-x86-64.so.2"), PRIVATE, .first = RX } },
	{ .mapping = { .name = "code_of_copy_of_loader", FILE_OF(DIR "/ld"), PRIVATE, .first = RX }, LIBRARY, MMAP },

	{ .mapping = { .name = "library_later_code", FILE_OF(LISTED), PRIVATE, .first = PROT_READ, .then = RX } },
	{ .mapping = { .name = "data_later_code", FILE_OF(DATA), PRIVATE, .first = PROT_READ, .then = RX }, LIBRARY, MPROTECT },
	{ .mapping = { .name = "data_later_code_shared", FILE_OF(DATA), SHARED, .first = PROT_READ, .then = RX }, LIBRARY, MPROTECT },
	{ .mapping = { .name = "library_unwritten_later_code", FILE_OF(LISTED), PRIVATE, .first = RW, .then = RX } },
	{ .mapping = { .name = "library_written_later_code", FILE_OF(LISTED), PRIVATE, .first = RW, .touch = true, .then = RX }, JIT, MPROTECT },
	{ .mapping = { .name = "library_written_later_data", FILE_OF(LISTED), PRIVATE, .first = RW, .touch = true, .then = PROT_READ } },
	{ .mapping = { .name = "library_writable_code", FILE_OF(LISTED), PRIVATE, .first = RWX }, JIT, MMAP },
	{ .mapping = { .name = "library_later_writable_code", FILE_OF(LISTED), PRIVATE, .first = RX, .then = RWX }, JIT, MPROTECT },

	{ .mapping = { .name = "anonymous_data", PRIVATE, .first = RW } },
	{ .mapping = { .name = "anonymous_code", PRIVATE, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "anonymous_writable_code", PRIVATE, .first = RWX }, JIT, MMAP },
	{ .mapping = { .name = "anonymous_shared_code", SHARED, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "anonymous_later_code", PRIVATE, .first = RW, .touch = true, .then = RX }, JIT, MPROTECT },
	{ .mapping = { .name = "anonymous_later_data", PRIVATE, .first = RW, .touch = true, .then = PROT_READ } },
	{ .mapping = { .name = "anonymous_shared_later_code", SHARED, .first = RW, .touch = true, .then = RX }, JIT, MPROTECT },
	{ .mapping = { .name = "anonymous_later_code_by_pkey", .how = by_pkey }, JIT, MPROTECT },
	{ .mapping = { .name = "heap_later_code", .how = by_heap, .then = RX }, JIT, MPROTECT },
	{ .mapping = { .name = "heap_later_data", .how = by_heap, .then = RW } },
	{ .mapping = { .name = "stack_later_code", .how = by_stack, .then = RWX }, JIT, MPROTECT },
	{ .mapping = { .name = "stack_later_data", .how = by_stack, .then = RW } },

	{ .mapping = { .name = "memfd_code", .source = source_memfd, SHARED, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "memfd_data", .source = source_memfd, SHARED, .first = RW } },
	{ .mapping = { .name = "memfd_later_code", .source = source_memfd, SHARED, .first = RW, .then = RX }, JIT, MPROTECT },
	{ .mapping = { .name = "unlinked_code", .source = source_unlinked, PRIVATE, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "ring_code", .source = source_ring, SHARED, .first = RX }, JIT, MMAP, .unfit = true },
	{ .mapping = { .name = "ring_data", .source = source_ring, SHARED, .first = RW } },
	{ .mapping = { .name = "zero_code", FILE_OF("/dev/zero"), PRIVATE, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "zero_data", FILE_OF("/dev/zero"), PRIVATE, .first = RW } },
	{ .mapping = { .name = "shm_code", .how = by_shmat, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "shm_data", .how = by_shmat, .first = RW } },
	{ .mapping = { .name = "readable_code_by_personality", .how = by_personality, PRIVATE, .first = PROT_READ }, JIT, MMAP },

	{ .mapping = { .name = "own_memory_for_writing", .how = by_open, .path = "/proc/self/mem", .then = RW }, JIT, .hook = "file_open" },
	{ .mapping = { .name = "own_memory_for_reading", .how = by_open, .path = "/proc/self/mem" } },
	{ .mapping = { .name = "own_comm_for_writing", .how = by_open, .path = "/proc/self/comm", .then = RW } },
	{ .mapping = { .name = "own_memory_by_task", .how = by_open, .path = "/proc/thread-self/mem", .then = RW }, JIT, .hook = "file_open" },
	{ .mapping = { .name = "own_memory_by_thread", .how = by_thread, .then = RW }, JIT, .hook = "file_open" },
	{ .mapping = { .name = "own_memory_by_thread_for_reading", .how = by_thread } },
	{ .mapping = { .name = "own_memory_by_sharer", .how = by_sharer, .then = RW }, JIT, .hook = "file_open" },
	{ .mapping = { .name = "own_memory_by_sharer_for_reading", .how = by_sharer } },
};

/* Where the policy has but one of the keys. */
static const struct row libraries_alone[] = {
	{ .mapping = { .name = "anonymous_code_where_only_libraries_are_listed", PRIVATE, .first = RX } },
	{ .mapping = { .name = "own_memory_where_only_libraries_are_listed", .how = by_open, .path = "/proc/self/mem", .then = RW } },
	{ .mapping = { .name = "library_written_where_only_libraries_are_listed", FILE_OF(LISTED), PRIVATE, .first = RW, .touch = true,
	    .then = RX } },
	/* Or a library need but be unlinked, or copied into memory, to be mapped. */
	{ .mapping = { .name = "memfd_code_where_only_libraries_are_listed", .source = source_memfd, SHARED, .first = RX }, LIBRARY, MMAP },
	{ .mapping = { .name = "unlinked_code_where_only_libraries_are_listed", .source = source_unlinked, PRIVATE, .first = RX }, LIBRARY, MMAP },
};

static const struct row jit_alone[] = {
	{ .mapping = { .name = "code_of_data_where_only_memory_is_judged", FILE_OF(DATA), PRIVATE, .first = RX } },
	{ .mapping = { .name = "open_library_where_only_memory_is_judged", .how = by_dlopen, .path = UNLISTED } },
	{ .mapping = { .name = "anonymous_code_where_only_memory_is_judged", PRIVATE, .first = RX }, JIT, MMAP },
	{ .mapping = { .name = "code_of_shell", FILE_OF("/usr/bin/dash"), PRIVATE, .first = RX }, LIBRARY, MMAP },
	{ .mapping = { .name = "code_of_program", FILE_OF("/usr/bin/id"), PRIVATE, .first = RX } },
};

/* ---- Verdicts ---- */

static struct child run_row(const struct row *row)
{
	const struct place here = {};
	struct child child = in_child(&here, try_mapping, &row->mapping);

	assert_true(child.reported);
	return child;
}

static void assert_map_record(struct json_object *record, const struct row *row, const struct child *child)
{
	struct stat st;

	assert_field(record, "hook", row->hook);
	assert_rule(record, "exec:");
	if (row->mapping.how != by_sharer)
		assert_actor(record, child);
	if (row->mapping.how == by_open || row->mapping.how == by_thread || row->mapping.how == by_sharer)
		assert_non_null(strstr(field(record, "object.path"), "/mem"));
	else if (row->mapping.path && !strcmp(row->hook, "mmap_file"))
		assert_object_file(record, row->mapping.path);
	else if (!row->mapping.path && !row->mapping.source && row->mapping.how != by_shmat && row->mapping.flags != MAP_SHARED)
		assert_field(record, "object.path", "[anonymous]");
	/* The hook of mprotect may not ask for the path. */
	if (row->mapping.path && !strcmp(row->hook, "file_mprotect")) {
		assert_int_equal(stat(row->mapping.path, &st), 0);
		assert_number(record, "object.ino", st.st_ino);
		assert_field(record, "truncated", "true");
	}
}

static void deny(void **state)
{
	const struct row *row = *state;
	struct mark before = mark();
	struct child child = run_row(row);
	struct json_object *record;

	assert_int_equal(child.err, EPERM);
	record = assert_refused(&before, GUARD_exec, row->reason, 1);
	assert_map_record(record, row, &child);
	json_object_put(record);
}

static void allow(void **state)
{
	const struct row *row = *state;
	struct mark before = mark();

	assert_int_equal(run_row(row).err, 0);
	assert_undisturbed(&before, GUARD_exec);
}

static void allow_recorded(void **state)
{
	const struct row *row = *state;
	struct mark before = mark();
	struct child child = run_row(row);
	struct json_object *record;

	assert_true(!child.err || row->unfit);
	record = assert_recorded(&before, GUARD_exec, /* denied= */ false, row->reason, 1);
	assert_map_record(record, row, &child);
	json_object_put(record);
}

/* Whether no row before has the same hook and reason. */
static bool is_first(size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (rows[j].reason && !strcmp(rows[j].reason, rows[i].reason) && !strcmp(rows[j].hook, rows[i].hook))
			return false;
	return true;
}

/* The listed program does what its copy may not; what neither may is what exec.libraries leaves out. */
static void deny_all_but_the_listed_program(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		int listed, copy;

		if (!row->reason || (row->mapping.path && !is_first(i)))
			continue;
		listed = RUN(JITTER, row->mapping.name)->status;
		copy = RUN(ACTOR, row->mapping.name)->status;
		if (row->unfit && listed == EPERM)
			listed = 0;
		if (copy != EPERM || listed != (strcmp(row->reason, "jit") ? EPERM : 0))
			print_message("# %s: %d, %d\n", row->mapping.name, listed, copy);
		assert_int_equal(copy, EPERM);
		assert_int_equal(listed, strcmp(row->reason, "jit") ? EPERM : 0);
	}
}

/* ---- Programs ---- */

struct start {
	const char *variable;
};

static int start_actor(const void *arg)
{
	const struct start *start = arg;
	char *argv[] = { (char *)"actor", (char *)"nothing", NULL }, *envp[] = { (char *)start->variable, NULL };

	execve(ACTOR, argv, envp);
	return errno;
}

static void deny_and_allow(const char *variable)
{
	const struct place here = {};
	char listed[128], unlisted[128];
	struct mark before;
	struct child child;
	struct json_object *record;

	snprintf(listed, sizeof(listed), "%s=" LISTED, variable);
	snprintf(unlisted, sizeof(unlisted), "%s=" UNLISTED, variable);
	before = mark();
	child = in_child(&here, start_actor, &(struct start){ .variable = listed });
	assert_int_equal(child.status, 0);
	assert_string_equal(child.out, "loaded\n");
	assert_undisturbed(&before, GUARD_exec);
	child = in_child(&here, start_actor, &(struct start){ .variable = unlisted });
	assert_string_equal(child.out, "");
	record = assert_refused(&before, GUARD_exec, "library", 1);
	assert_object_file(record, UNLISTED);
	assert_field(record, "exe", ACTOR);
	json_object_put(record);
}

static void deny_preload_of_unlisted_library(void **state)
{
	(void)state;
	deny_and_allow("LD_PRELOAD");
}

static void deny_audit_by_unlisted_library(void **state)
{
	(void)state;
	deny_and_allow("LD_AUDIT");
}

/* A program is as good as what its file names as its loader. */
static void deny_program_with_a_loader_of_its_own(void **state)
{
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(RUN(DIR "/with-link", "nothing")->status, 0);
	assert_undisturbed(&before, GUARD_exec);
	assert_true(RUN(DIR "/with-copy", "nothing")->status >= 128);
	record = assert_refused(&before, GUARD_exec, "library", 1);
	assert_object_file(record, DIR "/ld");
	json_object_put(record);
}

static void *add_one(void *arg)
{
	++*(int *)arg;
	return NULL;
}

static void allow_programs_and_threads(void **state)
{
	struct mark before = mark();
	pthread_t thread;
	int sum = 0;

	(void)state;
	assert_int_equal(RUN(ACTOR, "nothing")->status, 0);
	assert_int_equal(RUN("/bin/busybox", "true")->status, 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(pthread_create(&thread, NULL, add_one, &sum), 0);
		pthread_join(thread, NULL);
	}
	assert_int_equal(sum, 8);
	assert_undisturbed(&before, GUARD_exec);
}

/* Each of the five kinds was tried by the load, and this very set refused it. */
static void allow_every_canary_to_be_tried(void **state)
{
	static const __u32 kinds[] = {
		KIND_exec_mmap_file_library, KIND_exec_mmap_file_jit, KIND_exec_file_mprotect_library,
		KIND_exec_file_mprotect_jit, KIND_exec_file_open_jit,
	};
	struct set_info set = live_set();
	int proof = set_map(set.map_proof);
	__u64 count;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		assert_int_equal(bpf_map_lookup_elem(proof, &kinds[i], &count), 0);
		assert_true(count > 0);
	}
	close(proof);
}

/* What hardenctl runs on need not be listed, and is nobody else's. */
static void allow_hardenctl_where_nothing_is_listed(void **state)
{
	(void)state;
	HARDEN(0, "verify");
	HARDEN(2, "status");
	assert_int_equal(RUN(ACTOR, "nothing")->status, 127);
	assert_int_equal(RUN("/bin/busybox", "true")->status, 0);
}

/* ---- Policies ---- */

#define REST	"ptrace: { mode: enforce }\nmodules: { mode: enforce }\negress: { mode: enforce }\ningress: { mode: off }\n" \
		"kernel: { mode: off }\ndata: { mode: off }\n" \
		"seal: { tolerate: [off:ingress, off:kernel, off:data, process-unlisted, bpf-foreign] }\n"

static const char *policy_text(const char *keys)
{
	static char text[8192];

	snprintf(text, sizeof(text), "version: 1\nexec: { introduced: allow, %s }\n" REST, keys);
	return text;
}

static void load_keys(const char *mode, const char *format)
{
	char keys[6144];

	/* The one %s of a format is the libraries that programs here need. */
	snprintf(keys, sizeof(keys), "mode: %s, ", mode);
	snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), format, libraries);
	load_text(policy_text(keys));
}

#define BOTH_KEYS	"shells: allow, jit: [" JITTER "], libraries: [" DIR "/tree/, %s]"

static void deny_load(const char *keys, const char *why)
{
	struct ran *ran;

	spill(POLICY, policy_text(keys));
	ran = RUN(HARDENCTL, "load", "--policy", POLICY);
	assert_int_equal(ran->status, 1);
	if (!strstr(ran->err, why))
		print_message("# %s\n", ran->err);
	assert_non_null(strstr(ran->err, why));
}

static void deny_load_of_entries_for_nothing(void **state)
{
	(void)state;
	deny_load("mode: enforce, libraries: [/nowhere]", POLICY ":2: exec.libraries: find '/nowhere'");
	deny_load("mode: enforce, libraries: [" DIR "/empty/]", ":2: exec.libraries: find a library below '" DIR "/empty/'");
	deny_load("mode: enforce, libraries: [" DIR "/tree]", "not a regular file");
	deny_load("mode: enforce, jit: [/nowhere]", ":2: exec.jit: find '/nowhere'");
	HARDEN(1, "status");
}

static void deny_load_that_lists_hardenctl(void **state)
{
	char keys[PATH_MAX + 64], path[PATH_MAX] = "";

	(void)state;
	assert_non_null(realpath(HARDENCTL, path));
	snprintf(keys, sizeof(keys), "mode: enforce, jit: [%s]", path);
	deny_load(keys, "hardenctl can't be listed");
}

/* ---- What the seal finds ---- */

static pid_t start_row(const char *program, const char *name)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, name, "stay", NULL);
		_exit(127);
	}
	for (int i = 0; i < 200 && access(DIR "/ready", F_OK); i++)
		usleep(50000);
	assert_int_equal(unlink(DIR "/ready"), 0);
	return pid;
}

static void assert_found(const char *out, pid_t pid, const char *what, bool found)
{
	char line[128];

	snprintf(line, sizeof(line), "found exec-memory: pid %d (", pid);
	out = strstr(out, line);
	if (!!out != found || (out && !strstr(out, what)))
		print_message("# pid %d: %s\n", pid, out ?: "nothing");
	assert_int_equal(!!out, found);
	if (found)
		assert_true(strstr(out, what) && strstr(out, what) < strchr(out, '\n'));
}

static void find_what_was_there_before(void **state)
{
	const struct { const char *program, *row, *what; } found[] = {
		{ ACTOR, "anonymous_code", "code that exec.jit does not let it have" },
		{ ACTOR, "library_written_later_code", "code that exec.jit does not let it have" },
		{ ACTOR, "anonymous_writable_code", "writable code" },
		{ ACTOR, "open_library_unlisted", "code that exec.libraries does not list" },
		{ JITTER, "open_library_unlisted", "code that exec.libraries does not list" },
		{ ACTOR, "open_library_listed", NULL },
		{ ACTOR, "anonymous_data", NULL },
		{ JITTER, "anonymous_code", NULL },
		{ JITTER, "anonymous_writable_code", NULL },
		{ JITTER, "memfd_code", NULL },
	};
	pid_t pids[ARRAY_SIZE(found)];
	struct ran *ran;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		pids[i] = start_row(found[i].program, found[i].row);
	load_keys("enforce", BOTH_KEYS);
	ran = HARDEN(2, "seal", "--dry-run");
	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		assert_found(ran->out, pids[i], found[i].what ?: "", !!found[i].what);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

/* ---- ---- */

static void copy(const char *from, const char *to)
{
	assert_int_equal(RUN("cp", from, to)->status, 0);
}

/* This program with another path of its loader, which must not be longer. */
static void make_with_loader(const char *path, const char *loader)
{
	static const char old[] = "/lib64/ld-linux-x86-64.so.2";
	int fd = open(self, O_RDONLY | O_CLOEXEC), to;
	char *bytes, *at;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	bytes = mmap(NULL, st.st_size, RW, MAP_PRIVATE, fd, 0);
	assert_true(bytes != MAP_FAILED && strlen(loader) < sizeof(old));
	at = memmem(bytes, st.st_size, old, sizeof(old));
	assert_non_null(at);
	memset(at, 0, sizeof(old));
	memcpy(at, loader, strlen(loader));
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	assert_int_equal(write(to, bytes, st.st_size), st.st_size);
	close(to);
	munmap(bytes, st.st_size);
	close(fd);
}

/* What this program, and so its copies, run on. */
static void find_libraries(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], prot[5], path[256];

	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%*s %4s %*s %*s %*s %255s", prot, path) != 2 || prot[2] != 'x' || !strstr(path, ".so"))
			continue;
		snprintf(libraries + strlen(libraries), sizeof(libraries) - strlen(libraries), "%s%s",
			 libraries[0] ? ", " : "", path);
	}
	fclose(maps);
}

static int begin(void **state)
{
	(void)state;
	if (mkdir(DIR, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount("tmpfs", DIR, "tmpfs", 0, "mode=0755"), 0);
	assert_int_equal(mkdir(DIR "/tree", 0755) | mkdir(DIR "/empty", 0755), 0);
	copy("build/selftests/talker.so", LISTED);
	copy(LISTED, UNLISTED);
	copy(self, JITTER);
	copy(self, ACTOR);
	copy("/lib64/ld-linux-x86-64.so.2", DIR "/ld");
	assert_int_equal(symlink("/lib64/ld-linux-x86-64.so.2", DIR "/l"), 0);
	make_with_loader(DIR "/with-copy", DIR "/ld");
	make_with_loader(DIR "/with-link", DIR "/l");
	/* Neither is a library: the tree has them, and they are not listed. */
	spill(DIR "/tree/data", "data");
	spill(DATA, "data");
	spill(DIR "/empty/data", "data");
	return 0;
}

static int end(void **state)
{
	(void)state;
	HARDEN(0, "unload");
	/* At once: nobody waits for RCU before the next program starts. */
	assert_int_equal(RUN(ACTOR, "anonymous_code")->status, 0);
	assert_int_equal(umount2(DIR, MNT_DETACH), 0);
	return 0;
}

static int enforce(void **state)
{
	(void)state;
	load_keys("enforce", BOTH_KEYS);
	return 0;
}

static int audit(void **state)
{
	(void)state;
	load_keys("audit", BOTH_KEYS);
	return 0;
}

static int only_libraries(void **state)
{
	(void)state;
	load_keys("enforce", "libraries: [" DIR "/tree/, %s]");
	return 0;
}

static int only_jit(void **state)
{
	(void)state;
	load_text(policy_text("mode: enforce, jit: none"));
	return 0;
}

static int nothing_listed(void **state)
{
	(void)state;
	load_text(policy_text("mode: enforce, shells: allow, jit: none, libraries: []"));
	return 0;
}

static int act(const char *name, bool stay)
{
	int err = strcmp(name, "nothing") ? ENOENT : 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].mapping.name, name))
			err = try_mapping(&rows[i].mapping);
	if (!stay)
		return err;
	close(open(DIR "/ready", O_CREAT | O_WRONLY, 0600));
	for (;;)
		pause();
}

static size_t add_rows(struct CMUnitTest *tests, const struct row *list, size_t count, CMUnitTestFunction refused)
{
	for (size_t i = 0; i < count; i++)
		tests[i] = test_of_row(!list[i].reason || refused == allow_recorded ? "allow" : "deny", list[i].mapping.name,
				       refused == allow_recorded ? "in_audit_mode" : "", list[i].reason ? refused : allow, &list[i]);
	return count;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest programs[] = {
		cmocka_unit_test(deny_all_but_the_listed_program),
		cmocka_unit_test(deny_preload_of_unlisted_library),
		cmocka_unit_test(deny_audit_by_unlisted_library),
		cmocka_unit_test(deny_program_with_a_loader_of_its_own),
		cmocka_unit_test(allow_programs_and_threads),
		cmocka_unit_test(allow_every_canary_to_be_tried),
	};
	struct CMUnitTest enforced[ARRAY_SIZE(rows) + ARRAY_SIZE(programs)], audited[ARRAY_SIZE(rows)];
	struct CMUnitTest libraries_only[ARRAY_SIZE(libraries_alone)], jit_only[ARRAY_SIZE(jit_alone)];
	const struct CMUnitTest unlisted[] = { cmocka_unit_test(allow_hardenctl_where_nothing_is_listed) };
	const struct CMUnitTest loads[] = {
		cmocka_unit_test(deny_load_of_entries_for_nothing),
		cmocka_unit_test(deny_load_that_lists_hardenctl),
		cmocka_unit_test(find_what_was_there_before),
	};
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t count, n_audited = 0;

	if (argc > 1)
		return act(argv[1], argc > 2);
	self[len > 0 ? len : 0] = 0;
	find_libraries();
	count = add_rows(enforced, rows, ARRAY_SIZE(rows), deny);
	memcpy(enforced + count, programs, sizeof(programs));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].reason && is_first(i))
			n_audited += add_rows(audited + n_audited, &rows[i], 1, allow_recorded);
	add_rows(libraries_only, libraries_alone, ARRAY_SIZE(libraries_alone), deny);
	add_rows(jit_only, jit_alone, ARRAY_SIZE(jit_alone), deny);
	begin(NULL);
	return cmocka_run_group_tests(loads, NULL, unload) +
	       cmocka_run_group_tests(enforced, enforce, NULL) +
	       _cmocka_run_group_tests("audited", audited, n_audited, audit, NULL) +
	       cmocka_run_group_tests(libraries_only, only_libraries, NULL) +
	       cmocka_run_group_tests(jit_only, only_jit, NULL) +
	       cmocka_run_group_tests(unlisted, nothing_listed, end);
}
