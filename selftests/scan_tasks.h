/* SPDX-License-Identifier: GPL-2.0-only */
/* scan_tasks.h - processes, and what they hold, that the scan must find. */
#ifndef HARDENCTL_SELFTESTS_SCAN_TASKS_H
#define HARDENCTL_SELFTESTS_SCAN_TASKS_H

#include "scan.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/ptrace.h>

#define BINFMT		"/proc/sys/fs/binfmt_misc"
#define SHELL		"/bin/sh"

/* ---- ptrace ---- */

static const char *make_tracer(void)
{
	start_child(0, 0, NULL);
	start_child(1, 0, NULL);
	assert_int_equal(ptrace(PTRACE_SEIZE, children[0], NULL, NULL), 0);
	expect("pid %d (%.15s, ", children[0], program_invocation_short_name);
	return NULL;
}

static void clear_tracer(void)
{
	end_child(0);
}

static const char *proc_path(pid_t pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

static int open_proc(pid_t pid, const char *name)
{
	int fd = open(proc_path(pid, name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static const char *make_proc_mem(void)
{
	start_child(0, 0, NULL);
	found_fd = open_proc(children[0], "mem");
	neighbours[0] = open_proc(getpid(), "mem");
	neighbours[1] = open_proc(children[0], "stat");
	expect("has the memory of pid %d (", children[0]);
	return NULL;
}

/* What shows where its memory is, or what is in it. */
static const char *make_proc_reader(const char *name)
{
	start_child(0, 0, NULL);
	found_fd = open_proc(children[0], name);
	neighbours[0] = open_proc(getpid(), name);
	neighbours[1] = open_proc(children[0], "cmdline");
	expect("has the %s of pid %d (", name, children[0]);
	return NULL;
}

static const char *make_proc_environ(void) { return make_proc_reader("environ"); }
static const char *make_proc_pagemap(void) { return make_proc_reader("pagemap"); }
static const char *make_proc_maps(void) { return make_proc_reader("maps"); }

static const char *make_listener(void)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog program = { .len = 1, .filter = &allow };

	found_fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	assert_true(found_fd >= 0);
	expect("answers for system calls of others: fd %d", found_fd);
	return NULL;
}

static pid_t target;
static int thread_ready[2], thread_end[2];
static pthread_t thread;

/* A thread whose table of descriptors is its own: /proc/PID/fd of the process does not show it. */
static void *hold_memory(void *arg)
{
	char byte;

	(void)arg;
	if (unshare(CLONE_FILES))
		return NULL;
	open_proc(target, "mem");
	if (write(thread_ready[1], "", 1) == 1 && read(thread_end[0], &byte, 1) < 0)
		return NULL;
	return NULL;
}

static const char *make_proc_mem_of_thread(void)
{
	char byte;

	start_child(0, 0, NULL);
	target = children[0];
	assert_int_equal(pipe2(thread_ready, O_CLOEXEC) | pipe2(thread_end, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&thread, NULL, hold_memory, NULL), 0);
	assert_int_equal(read(thread_ready[0], &byte, 1), 1);
	expect("has the memory of pid %d (", target);
	return NULL;
}

static void clear_proc_mem_of_thread(void)
{
	assert_int_equal(write(thread_end[1], "", 1), 1);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2; i++) {
		close(thread_ready[i]);
		close(thread_end[i]);
	}
}

/* ---- exec ---- */

static const char *make_binfmt(void)
{
	const char *lack = need_module("binfmt_misc");

	if (lack)
		return lack;
	if (mount("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL) && errno != EBUSY)
		return "binfmt_misc can't be mounted";
	assert_true(put(BINFMT "/register", ":hctl:M::hctl::/bin/true:"));
	expect("binary format hctl is registered");
	return NULL;
}

static void clear_binfmt(void)
{
	assert_true(put(BINFMT "/hctl", "-1"));
	umount(BINFMT);
}

static const char *make_shell(void)
{
	int stdin_pipe[2];

	assert_int_equal(pipe2(stdin_pipe, O_CLOEXEC), 0);
	start_child(1, 0, NULL);
	children[0] = fork();
	if (!children[0]) {
		dup2(stdin_pipe[0], 0);
		execl(SHELL, "harmless", NULL);
		_exit(127);
	}
	close(stdin_pipe[0]);
	found_fd = stdin_pipe[1];
	/* Until its exec is through. */
	for (int i = 0; i < 100; i++) {
		struct stat exe, shell;

		if (!stat(proc_path(children[0], "exe"), &exe) && !stat(SHELL, &shell) &&
		    exe.st_ino == shell.st_ino)
			break;
		usleep(50000);
	}
	expect("pid %d (", children[0]);
	return NULL;
}

static void clear_shell(void)
{
	end_child(0);
	close_found();
}

static bool map_shell(int prot)
{
	int fd = open(SHELL, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && mmap(NULL, 4096, prot, MAP_PRIVATE, fd, 0) != MAP_FAILED;
}

static bool map_code(void) { return map_shell(PROT_READ | PROT_EXEC); }
static bool map_data(void) { return map_shell(PROT_READ); }

static const char *make_mapped_shell(void)
{
	start_child(0, 0, map_code);
	start_child(1, 0, map_data);
	expect("pid %d (", children[0]);
	return NULL;
}

static void *memory;

static void clear_memory(void)
{
	munmap(memory, 4096);
	if (found_fd >= 0)
		close_found();
}

static const char *make_writable_code(void)
{
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(memory != MAP_FAILED);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	expect("has writable code at %lx: anonymous memory", (unsigned long)memory);
	return NULL;
}

static const char *make_memfd_code(void)
{
	int linked = open("/tmp/linked", O_RDWR | O_CREAT | O_CLOEXEC, 0700);

	found_fd = memfd_create("hctl", MFD_CLOEXEC);
	assert_int_equal(ftruncate(found_fd, 4096) | ftruncate(linked, 4096), 0);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, linked, 0) != MAP_FAILED);
	neighbours[0] = linked;
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, found_fd, 0);
	assert_true(memory != MAP_FAILED);
	expect("in memory at %lx: /memfd:hctl", (unsigned long)memory);
	return NULL;
}

/* ---- Descriptors ---- */

static const char *make_policy_writable(void)
{
	found_fd = open(POLICY, O_WRONLY | O_CLOEXEC);
	neighbours[0] = open(POLICY, O_RDONLY | O_CLOEXEC);
	assert_true(found_fd >= 0 && neighbours[0] >= 0);
	expect(POLICY " open for writing: fd %d", found_fd);
	return NULL;
}

static const char *make_policy_mapped(void)
{
	int fd = open(POLICY, O_RDWR | O_CLOEXEC);

	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	close(fd);
	expect(POLICY " mapped, for writing");
	return NULL;
}

static const char *make_program_open(void)
{
	struct set_info set = live_set();

	found_fd = bpf_prog_get_fd_by_id(set.attachment[0].prog_id);
	neighbours[0] = set_map(set.map_log);
	assert_true(found_fd >= 0 && neighbours[0] >= 0);
	expect("hardenctl's program %u open: fd %d", set.attachment[0].prog_id, found_fd);
	return NULL;
}

static const char *make_map_open(void)
{
	struct set_info set = live_set();

	found_fd = bpf_map_get_fd_by_id(set.map_log);
	neighbours[0] = set_map(set.map_log);
	assert_true(found_fd >= 0 && neighbours[0] >= 0);
	expect("hardenctl's map, for writing %u open: fd %d", set.map_log, found_fd);
	return NULL;
}

static const char *make_link_open(void)
{
	struct set_info set = live_set();
	char pin[256];

	snprintf(pin, sizeof(pin), PINS "/%llu/core__bprm_committed_creds", (unsigned long long)set.set);
	found_fd = bpf_obj_get(pin);
	assert_true(found_fd >= 0);
	expect("open: fd %d", found_fd);
	return NULL;
}

static const char *make_dev_mem(void)
{
	found_fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	neighbours[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	expect("has /dev/mem open");
	return found_fd < 0 ? "lockdown refuses /dev/mem" : NULL;
}

#endif
