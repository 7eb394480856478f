// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory_test.c - ways to another process's memory that are no ptrace(2): perf, core dumps, seccomp supervisors.
 * Boots: plain
 * Long boots: lockdown
 * Kernels: 7
 * Alone: it seals the machine
 * Processors: 1
 */
#include "sealing.h"

#include "memory_core.h"
#include "memory_perf.h"
#include "memory_seccomp.h"

#define POLICY_HERE(ptrace)									\
	"version: 1\nexec: { mode: enforce, introduced: allow }\nptrace: { " ptrace " }\n"	\
	"modules: { mode: enforce }\n"								\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\ndata: { mode: off }\n"

static int begin(void **state)
{
	(void)state;
	if (mkdir(CORES, 0755))
		assert_int_equal(errno, EEXIST);
	slurp(CORE_PATTERN, old_pattern, sizeof(old_pattern));
	assert_int_equal(put_text(CORE_PATTERN, file_pattern), 0);
	victim = start_victim(0);
	start_supervised(state);
	load_text(POLICY_HERE("mode: off"));
	return 0;
}

/* What shows that a process is there is one thing, a copy of its memory another. */
static int may_read(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: enforce, read: allow"));
	return 0;
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: audit"));
	return 0;
}

/* This very program may attach, and with that read, until the seal. */
static int list(void **state)
{
	char text[1024], self[256] = "";

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(text, sizeof(text), POLICY_HERE("mode: enforce, allow: [{tracer: %s, access: attach}]")
		 SEAL_TEXT(TOLERATE_GUARDS ", \"off:egress\""), self);
	load_text(text);
	return 0;
}

static int seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
	return 0;
}

static int end(void **state)
{
	end_supervised(state);
	end_victim(&victim);
	return 0;
}

/* All that is attached is proven, the new hooks too. */
static void allow_no_canary_to_pass(void **state)
{
	(void)state;
	HARDEN(0, "verify");
	HARDEN(0, "status", "-q");
}

struct list {
	struct CMUnitTest tests[64];
	size_t count;
};

static void add(struct list *list, struct CMUnitTest test)
{
	assert(list->count < ARRAY_SIZE(list->tests));
	list->tests[list->count++] = test;
}

#define ADD_ROWS(list, verdict, rows, function)							\
	for (size_t __i = 0; __i < ARRAY_SIZE(rows); __i++)					\
		add((list), test_of_row((verdict), (rows)[__i].name, "", (function), &(rows)[__i]))
#define ADD(list, function)	add((list), (struct CMUnitTest)cmocka_unit_test(function))

/* What is refused, before the seal and after it, and what is never. */
static void add_refused(struct list *list)
{
	ADD_ROWS(list, "deny", refused, deny_measuring);
	ADD_ROWS(list, "allow", own, allow_measuring);
	ADD(list, allow_children_to_inherit_an_event);
	ADD_ROWS(list, "deny", lasting, deny_exec_measured);
	ADD_ROWS(list, "allow", ending, allow_exec_measured);
	ADD_ROWS(list, "deny", crashes, deny_core);
	ADD(list, allow_files_and_limits);
	ADD_ROWS(list, "deny", supervision, deny_supervision);
	ADD(list, allow_what_supervises_nobody);
	ADD(list, deny_taking_a_userfaultfd);
	ADD(list, allow_neighbouring_settings);
}

static int run(const char *name, struct list *list, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	return _cmocka_run_group_tests(name, list->tests, list->count, setup, teardown);
}

int main(void)
{
	static struct list off, reading, audited, listed, enforced, sealed;
	int failed;

	ADD_ROWS(&off, "allow", refused, allow_measuring);
	ADD_ROWS(&off, "allow", lasting, allow_exec_measured);
	ADD_ROWS(&off, "allow", crashes, allow_core);
	ADD(&off, allow_supervision);
	ADD_ROWS(&reading, "deny", refused, deny_measuring);
	ADD_ROWS(&reading, "deny", lasting, deny_exec_measured);
	ADD_ROWS(&reading, "deny", crashes, deny_core);
	ADD_ROWS(&reading, "deny", supervision, deny_supervision);
	ADD_ROWS(&audited, "allow", refused, allow_measuring_but_record_it);
	ADD_ROWS(&audited, "allow", crashes, allow_core_but_record_it);
	ADD(&audited, allow_supervision_but_record_it);
	add_refused(&enforced);
	ADD(&enforced, deny_shell_as_core_handler);
	ADD(&enforced, allow_core_settings);
	ADD_ROWS(&listed, "allow", refused, allow_measuring);
	ADD(&listed, allow_supervision);
	add_refused(&sealed);
	ADD(&sealed, deny_core_settings);
	ADD(&sealed, allow_no_canary_to_pass);

	failed = run("off", &off, begin, NULL);
	failed += run("where reading is allowed", &reading, may_read, NULL);
	failed += run("audit", &audited, audit, NULL);
	failed += run("enforce", &enforced, load_enforce, NULL);
	failed += run("listed", &listed, list, NULL);
	return failed + run("sealed", &sealed, seal, end);
}
