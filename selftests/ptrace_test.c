// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptrace_test.c - the ptrace guard refuses control of one process by another (readers_test.c: reading).
 * Boots: plain
 * Long boots: lockdown
 */
#include "victim.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

#define CGROUP		"/ptrace_test"

/* One way at another process. */
struct attack {
	attempt_fn how;
	int refusal;		/* errno that the kernel makes of it; 0: EPERM */
	struct place place;	/* of the attacker; the victim has the same user */
	const char *left;	/* what it leaves in the victim's memory; NULL: what was there */
};

static struct victim victim, nobody;

/* ---- The attacks, each of which undoes what it did: 0 if it had its way, else an errno ---- */

static const struct victim *victim_of(const struct attack *attack)
{
	return attack->place.uid ? &nobody : &victim;
}

static int copy_memory(pid_t pid, char *copy)
{
	struct iovec from = { secret, sizeof(secret) }, to = { copy, sizeof(secret) };

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == sizeof(secret) ? 0 : errno;
}

static int read_memory(const void *arg)
{
	char copy[sizeof(secret)] = "";
	int err = copy_memory(victim_of(arg)->pid, copy);

	/* A refusal that lets bytes through is none. */
	return err ? (copy[0] ? EBADE : err) : strcmp(copy, SECRET) ? EBADMSG : 0;
}

static int write_memory(const void *arg)
{
	struct iovec from = { (char *)TAMPERED, sizeof(TAMPERED) }, to = { secret, sizeof(secret) };

	return process_vm_writev(victim_of(arg)->pid, &from, 1, &to, 1, 0) == sizeof(secret) ?
		0 : errno;
}

static int let_go(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return ECHILD;
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) ? errno : 0;
}

static int attach(const void *arg)
{
	pid_t pid = victim_of(arg)->pid;

	return ptrace(PTRACE_ATTACH, pid, NULL, NULL) ? errno : let_go(pid);
}

static int seize(const void *arg)
{
	pid_t pid = victim_of(arg)->pid;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return errno;
	return ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) ? errno : let_go(pid);
}

static int open_mem(const void *arg)
{
	int fd = open(proc_path(victim_of(arg)->pid, "mem"), O_RDWR | O_CLOEXEC);
	char copy[sizeof(secret)];

	if (fd < 0)
		return errno;
	if (pread(fd, copy, sizeof(copy), (uintptr_t)secret) != sizeof(copy) ||
	    strcmp(copy, SECRET))
		return EBADMSG;
	return pwrite(fd, TAMPERED, sizeof(TAMPERED), (uintptr_t)secret) == sizeof(TAMPERED) ?
		0 : EBADMSG;
}

static int take_descriptor(const void *arg)
{
	int pidfd = syscall(SYS_pidfd_open, victim_of(arg)->pid, 0);

	if (pidfd < 0)
		return EBADF;
	return syscall(SYS_pidfd_getfd, pidfd, STDERR_FILENO, 0) < 0 ? errno : 0;
}

static int read_registers(const void *arg)
{
	int fd = open(proc_path(victim_of(arg)->pid, "syscall"), O_RDONLY | O_CLOEXEC);
	char line[256];
	ssize_t len;

	if (fd < 0)
		return EBADF;
	len = read(fd, line, sizeof(line) - 1);
	return len < 0 ? errno : len > 0 ? 0 : EBADMSG;
}

static int offer_tracing(const void *arg)
{
	(void)arg;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0;
}

/* ---- Verdicts ---- */

static struct child run_attack(const struct attack *attack)
{
	return in_child(&attack->place, attack->how, attack);
}

static void assert_ptrace_record(struct json_object *record, const struct attack *attack,
				 const struct child *child)
{
	bool offer = attack->how == offer_tracing;

	assert_field(record, "hook", offer ? "ptrace_traceme" : "ptrace_access_check");
	assert_rule(record, "ptrace:");
	assert_actor(record, child);
	assert_number(record, "object.pid", offer ? getpid() : victim_of(attack)->pid);
	assert_field(record, "object.comm", program_invocation_short_name);
	assert_field(record, "object.access", "attach");
}

static const char *reason_of(const struct attack *attack)
{
	return attack->how == offer_tracing ? "traceme" : "attach";
}

static void deny(void **state)
{
	const struct attack *attack = *state;
	struct mark before = mark();
	struct child child = run_attack(attack);
	struct json_object *record;

	assert_true(child.reported);
	assert_int_equal(child.err, attack->refusal ?: EPERM);
	record = assert_refused(&before, GUARD_ptrace, reason_of(attack), 1);
	assert_ptrace_record(record, attack, &child);
	assert_victim(victim_of(attack), SECRET);
	json_object_put(record);
}

static void assert_done(const struct attack *attack, const struct child *child)
{
	assert_true(child->reported);
	assert_int_equal(child->err, 0);
	assert_victim(victim_of(attack), attack->left ?: SECRET);
}

static void allow(void **state)
{
	const struct attack *attack = *state;
	struct mark before = mark();
	struct child child = run_attack(attack);

	assert_done(attack, &child);
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_recorded(void **state)
{
	const struct attack *attack = *state;
	struct mark before = mark();
	struct child child = run_attack(attack);
	struct json_object *record;

	assert_done(attack, &child);
	record = assert_recorded(&before, GUARD_ptrace, /* denied= */ false, reason_of(attack), 1);
	assert_ptrace_record(record, attack, &child);
	json_object_put(record);
}

/* ---- What needs no table ---- */

/* The victim's parent, here: no relation of the two makes a difference. */
static void deny_process_vm_readv_by_parent(void **state)
{
	char copy[sizeof(secret)] = "";
	struct mark before = mark();
	struct json_object *record;

	(void)state;
	assert_int_equal(copy_memory(victim.pid, copy), EPERM);
	assert_string_equal(copy, "");
	record = assert_refused(&before, GUARD_ptrace, "attach", 1);
	assert_number(record, "tgid", getpid());
	assert_number(record, "object.pid", victim.pid);
	json_object_put(record);
}

static void allow_process_vm_readv_of_oneself(void **state)
{
	char copy[sizeof(secret)] = "";
	struct mark before = mark();

	(void)state;
	assert_int_equal(copy_memory(getpid(), copy), 0);
	assert_string_equal(copy, SECRET);
	assert_undisturbed(&before, GUARD_ptrace);
}

static void allow_proc_mem_of_oneself(void **state)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	static char own[sizeof(secret)] = SECRET;
	struct mark before = mark();
	char copy[sizeof(own)] = "";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, copy, sizeof(copy), (uintptr_t)own), sizeof(copy));
	assert_string_equal(copy, SECRET);
	assert_int_equal(pwrite(fd, TAMPERED, sizeof(own), (uintptr_t)own), sizeof(own));
	assert_string_equal(own, TAMPERED);
	assert_undisturbed(&before, GUARD_ptrace);
	close(fd);
}

static void allow_signal_to_another(void **state)
{
	struct mark before = mark();

	(void)state;
	assert_int_equal(kill(victim.pid, SIGSTOP), 0);
	assert_int_equal(kill(victim.pid, SIGCONT), 0);
	assert_victim(&victim, SECRET);
	assert_undisturbed(&before, GUARD_ptrace);
}

/* ---- Modes ---- */

static int begin(void **state)
{
	make_cgroup(CGROUP);
	load_enforce(state);
	victim = start_victim(0);
	nobody = start_victim(NOBODY);
	return 0;
}

static int audit(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("enforce", "audit", "enforce", "enforce"));
	return 0;
}

static int off(void **state)
{
	(void)state;
	load_text(POLICY_TEXT("enforce", "off", "enforce", "enforce"));
	return 0;
}

static int end(void **state)
{
	end_victim(&victim);
	end_victim(&nobody);
	remove_cgroup(CGROUP);
	return unload(state);
}

/* ---- The tests ---- */

#define ATTACK(name, verdict, way, ...) \
	{ name, verdict, NULL, NULL, &(struct attack) { .how = way, __VA_ARGS__ } }

#define ELSEWHERE	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS)

/* Each way at a process, once with each verdict; /proc/PID/mem calls every refusal EACCES. */
#define ATTACKS(before, verdict, after)							\
	ATTACK(before "process_vm_readv" after, verdict, read_memory),			\
	ATTACK(before "process_vm_writev" after, verdict, write_memory, .left = TAMPERED), \
	ATTACK(before "ptrace_attach" after, verdict, attach),				\
	ATTACK(before "ptrace_seize" after, verdict, seize),				\
	ATTACK(before "ptrace_traceme" after, verdict, offer_tracing),			\
	ATTACK(before "proc_mem" after, verdict, open_mem, .refusal = EACCES,		\
	       .left = TAMPERED),							\
	ATTACK(before "proc_syscall" after, verdict, read_registers),			\
	ATTACK(before "pidfd_getfd" after, verdict, take_descriptor),			\
	ATTACK(before "ptrace_attach_as_nobody" after, verdict, attach,			\
	       .place = { .uid = NOBODY }),						\
	ATTACK(before "process_vm_readv_from_child_cgroup" after, verdict, read_memory,	\
	       .place = { .cgroup = CGROUP }),						\
	ATTACK(before "process_vm_readv_from_other_namespaces" after, verdict, read_memory, \
	       .place = { .namespaces = ELSEWHERE })

static const struct CMUnitTest enforced[] = {
	ATTACKS("deny_", deny, ""),
	cmocka_unit_test(deny_process_vm_readv_by_parent),
	cmocka_unit_test(allow_process_vm_readv_of_oneself),
	cmocka_unit_test(allow_proc_mem_of_oneself),
	cmocka_unit_test(allow_signal_to_another),
};

static const struct CMUnitTest audited[] = {
	ATTACKS("allow_", allow_recorded, "_in_audit_mode_but_record_it"),
	cmocka_unit_test(allow_process_vm_readv_of_oneself),
};

static const struct CMUnitTest unguarded[] = {
	ATTACKS("allow_", allow, "_in_off_mode"),
};

int main(void)
{
	return cmocka_run_group_tests(enforced, begin, NULL) +
	       cmocka_run_group_tests(audited, audit, NULL) +
	       cmocka_run_group_tests(unguarded, off, end);
}
