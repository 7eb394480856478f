// SPDX-License-Identifier: GPL-2.0-only
/* configure.c - from a policy to what a set says of itself, and to the constants of its programs. */
#include "configure.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "filesystems.h"
#include "hardenctl.skel.h"
#include "names.h"
#include "programs.h"
#include "protected.h"
#include "tags.h"
#include "util.h"

/* The guard that a program belongs to, by its name: GUARD__hook.  GUARD_COUNT: the core. */
__u32 configure_guard(const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog), *end = strstr(name, "__");
	char guard[32];

	snprintf(guard, sizeof(guard), "%.*s", end ? (int)(end - name) : 0, name);
	return guard_find(guard) < 0 ? GUARD_COUNT : guard_find(guard);
}

/* Records and status name files so that they can be found from anywhere. -ENAMETOOLONG, -errno. */
static int absolute(const char *path, char ret_path[FILE_LEN])
{
	char here[FILE_LEN] = "";
	int len;

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return errno == ERANGE ? -ENAMETOOLONG : -errno;
	len = snprintf(ret_path, FILE_LEN, "%s%s%s", here, here[0] ? "/" : "", path);
	return len < FILE_LEN ? 0 : -ENAMETOOLONG;
}

int configure_check_paths(const struct policy *policy, struct fail *fail)
{
	char path[FILE_LEN];
	int err;

	for (size_t i = 0; i < policy->n_files; i++) {
		err = absolute(policy->files[i], path);
		if (err)
			return fail_set(fail, EXIT_FAILED, -err, "use a shorter path",
					"load '%s': its name in records: %s", policy->files[i],
					strerror(-err));
	}
	return 0;
}

static bool is_shut(const struct draft *draft, const struct kernel *kernel, const char *reason)
{
	int value = lockdown_find(&kernel->lockdown, reason);

	return value >= 0 && !(draft->lockdown & 1ull << value);
}

static __u8 kernel_tries(const struct draft *draft, const struct kernel *kernel)
{
	return (is_shut(draft, kernel, "ioport") ? KERNEL_TRY_IOPORT : 0) |
	       (is_shut(draft, kernel, "kcore") ? KERNEL_TRY_KCORE : 0);
}

static bool opens_generic(const struct policy *policy)
{
	for (size_t i = 0; i < policy->reroutes.count; i++)
		if (!policy->reroutes.list[i].by && (policy->reroutes.list[i].operations & 1 << REROUTE_generic))
			return true;
	return false;
}

static bool opens_vsock(const struct policy *policy)
{
	for (size_t i = 0; i < policy->vsocks.count; i++)
		if (!policy->vsocks.list[i].by)
			return true;
	return false;
}

void configure_describe(struct draft *draft, const struct policy *policy, const struct kernel *kernel,
		     const struct set_info *old, __u64 number)
{
	struct set_info *set = &draft->set;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	set->abi = ABI_VERSION;
	set->kinds = KIND_COUNT;
	set->set = number;
	set->serial = policy->serial;
	set->loaded_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
	set->records = old ? old->records : policy->log_records;
	for (int guard = 0; guard < GUARD_COUNT; guard++) {
		set->mode[guard] = policy->guard[guard].mode;
		set->before_seal[guard] = policy->guard[guard].before_seal;
	}
	set->fileless = policy->exec[EXEC_FILELESS].deny;
	set->introduced = policy->exec[EXEC_INTRODUCED].deny && policy->guard[GUARD_exec].mode != MODE_OFF;
	set->baseline = policy->baseline;
	set->allow = policy->allow;
	set->libraries = policy->libraries.set && policy->guard[GUARD_exec].mode != MODE_OFF;
	set->jit = policy->jit.set && policy->guard[GUARD_exec].mode != MODE_OFF;
	set->maps = set->libraries || set->jit || set->introduced;
	set->ptrace_files = policy->ptrace_read.deny && kernel->inspects_programs &&
			    policy->guard[GUARD_ptrace].mode != MODE_OFF;
	set->ptrace_read = policy->ptrace_read.deny;
	set->sysfs = !policy->sysfs.deny;
	set->devices = policy->devices.set && policy->guard[GUARD_kernel].mode != MODE_OFF;
	set->egress_unix = policy->deputies.set && policy->guard[GUARD_egress].mode != MODE_OFF;
	set->egress_vsock = policy->vsocks.count && policy->guard[GUARD_egress].mode != MODE_OFF;
	set->vsock_open = set->egress_vsock && opens_vsock(policy);
	set->netlink_open = !kernel->reads_memory && opens_generic(policy);
	set->tolerate = policy->seal.tolerate;
	set->tolerate_audit = policy->seal.tolerate_audit;
	set->tolerate_off = policy->seal.tolerate_off;
	set->seal_retry = policy->seal.retry;
	set->seal_bpf = kernel->inspects_programs ? policy->seal.bpf : 0;
	set->on_load_failure = policy->on_load_failure;
	set->on_seal_refused = policy->on_seal_refused;
	set->on_canary_lost = policy->on_canary_lost;
	set->journal = policy->log_journal;
	set->rules[GUARD_egress] = policy->n_egress;
	set->rules[GUARD_ingress] = policy->n_ingress;
	set->rules[GUARD_data] = policy->n_protect;
	set->rules[GUARD_ptrace] = policy->n_tracers;
	set->rules[GUARD_modules] = policy->n_modules;
	set->rules[GUARD_kernel] = __builtin_popcountll(draft->lockdown) + filesystems_listed(policy) +
				   policy->sysctls.count + policy->devices.count;
	set->lockdown_allow = draft->lockdown;
	set->kernel_tries = kernel_tries(draft, kernel);
	for (int class = 0; set->mode[GUARD_kernel] != MODE_OFF && class < KERNEL_CLASSES; class++)
		set->kernel_deny |= policy->kernel[class].deny << class;
	snprintf(set->name, sizeof(set->name), "%s", policy->name);
	absolute(policy->files[0], set->path);
	snprintf(set->digest, sizeof(set->digest), "%s", policy->digest);
	snprintf(set->signer, sizeof(set->signer), "%s", policy->signer);
}

/* Of the first entry for a script: what was started is one of those. */
static struct where script_rule(const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_edges; i++)
		if (policy->edges[i].script)
			return policy->edges[i].where;
	return policy->guard[GUARD_exec].where;
}

/* The line of the policy that a refusal of each kind goes back to. */
static struct where rule_of(const struct policy *policy, __u32 kind)
{
	static const int classes[KIND_COUNT] = {
		[KIND_exec_bprm_check_security_shell] = EXEC_SHELLS,
		[KIND_exec_bprm_check_security_interpreter] = EXEC_INTERPRETERS,
		[KIND_exec_bprm_check_security_loader] = EXEC_LOADER,
		[KIND_exec_bprm_check_security_fileless] = EXEC_FILELESS,
		[KIND_exec_bprm_check_security_introduced] = EXEC_INTRODUCED,
		[KIND_exec_mmap_file_introduced] = EXEC_INTRODUCED,
		[KIND_exec_file_mprotect_introduced] = EXEC_INTRODUCED,
		[KIND_exec_dev_raw_device] = EXEC_INTRODUCED,
		[KIND_exec_file_open_raw_device] = EXEC_INTRODUCED,
		[KIND_exec_file_ioctl_raw_device] = EXEC_INTRODUCED,
	};
	__u32 guard = kind_names[kind].guard_id;

	switch (kind) {
	case KIND_ptrace_ptrace_access_check_read:
	case KIND_ptrace_file_open_read:
		return policy->ptrace_read.where;
	case KIND_kernel_sb_kern_mount_mount:
	case KIND_kernel_fs_context_parse_param_mount:
		return policy->mounts_where;
	case KIND_modules_kernel_read_file_firmware:
	case KIND_modules_kernel_load_data_firmware:
		return policy->firmware.where;
	case KIND_modules_kernel_read_file_finit_module:
	case KIND_modules_kernel_load_data_init_module:
	case KIND_modules_kernel_post_load_data_init_module:
	case KIND_modules_kernel_module_request_autoload:
		if (policy->n_modules)
			return policy->modules_where;
		break;
	case KIND_egress_sock_create_socket_type:
	case KIND_egress_socket_create_socket_type:
		return policy->sockets.where;
	case KIND_egress_netlink_send_reroute:
	case KIND_egress_file_ioctl_reroute:
	case KIND_egress_socket_setsockopt_reroute:
		return policy->reroutes.where;
	case KIND_egress_unix_stream_connect_deputy:
	case KIND_egress_unix_may_send_deputy:
		return policy->deputies.where;
	case KIND_egress_socket_connect_vsock:
	case KIND_egress_socket_listen_vsock:
		return policy->vsocks.where;
	case KIND_egress_socket_setsockopt_socket_option:
	case KIND_egress_skb_egress_source_route:
		return policy->guard[GUARD_egress].where;
	case KIND_kernel_sysctl_sysctl:
	case KIND_kernel_sysctl_dangerous_sysctl:
		return policy->sysctls.where;
	case KIND_kernel_dev_device:
	case KIND_kernel_file_open_device:
		return policy->devices.where;
	case KIND_kernel_file_open_sysfs:
		return policy->sysfs.where;
	}
	if (kind == KIND_exec_bprm_check_security_unlisted)
		return policy->allow_where;
	switch (kind) {
	case KIND_kernel_locked_down_lockdown:
		return policy->lockdown_where;
	case KIND_kernel_inode_init_security_anon_io_uring:
		return policy->kernel[KERNEL_IO_URING].where;
	case KIND_kernel_inode_init_security_anon_userfaultfd:
		return policy->kernel[KERNEL_USERFAULTFD].where;
	case KIND_kernel_userns_create_user_namespace:
		return policy->kernel[KERNEL_USER_NAMESPACES].where;
	case KIND_kernel_perf_event_open_perf:
		return policy->kernel[KERNEL_PERF].where;
	}
	if (kind == KIND_exec_mmap_file_library || kind == KIND_exec_file_mprotect_library)
		return policy->libraries.where;
	if (kind == KIND_exec_mmap_file_jit || kind == KIND_exec_file_mprotect_jit || kind == KIND_exec_file_open_jit)
		return policy->jit.where;
	if (kind == KIND_exec_bprm_committed_creds_script || kind == KIND_exec_bprm_committed_creds_script_environment)
		return script_rule(policy);
	if (guard == GUARD_exec)
		return policy->exec[classes[kind]].where;
	if (guard == GUARD_egress)
		return policy->egress_allow;
	if (guard == GUARD_ingress)
		return policy->ingress_allow;
	if (guard == GUARD_data && policy->n_protect)
		return policy->protect_where;
	return policy->guard[guard].where;
}

/* The place of a policy file in the table of names; 0, "no file", where the table is full. */
static __u32 intern_file(struct draft *draft, const char *file)
{
	char path[FILE_LEN];
	__u32 i;

	if (absolute(file, path))
		return 0;
	for (i = 1; i < draft->n_names; i++)
		if (!strcmp(draft->names[i].path, path))
			return i;
	if (i == STATE_FILES)
		return 0;
	memcpy(draft->names[i].path, path, FILE_LEN);
	draft->n_names = i + 1;
	return i;
}

/* Starts from the names that older records refer to. */
int configure_names(struct draft *draft, const struct set_info *old, struct fail *fail)
{
	_cleanup_close_ int fd = -1;
	__u32 i = 1;

	if (old) {
		fd = set_map(old->map_names);
		if (fd < 0)
			return draft_failed(fail, "read the table of policy files");
		for (; i < STATE_FILES; i++)
			if (bpf_map_lookup_elem(fd, &i, &draft->names[i]) || !draft->names[i].path[0])
				break;
	}
	draft->n_names = i;
	draft->first_new = i;
	return 0;
}

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool judges_mounts(const struct draft *draft)
{
	return draft->policy->mounts_set && draft->set.mode[GUARD_kernel] != MODE_OFF;
}

/* What a load has no use for: guards that are off, and what only the seal runs. */
static bool wanted(const struct draft *draft, const struct kernel *kernel, const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);
	__u32 guard = configure_guard(prog);

#ifdef DEBUG_UNGUARDED_PINS
	/* So that a test can destroy the pins, and see that everything else holds. */
	if (starts_with(name, "seal__sb_") || starts_with(name, "seal__inode_"))
		return false;
#endif
	if (!strcmp(name, "seal__bpf_prog_load") || !strcmp(name, "seal__bpf_prog"))
		return draft->set.seal_bpf;
	if (starts_with(name, "seal__file_ioctl"))
		return (draft->set.mode[GUARD_ptrace] != MODE_OFF || draft->set.introduced ||
			draft->set.mode[GUARD_kernel] != MODE_OFF || draft->set.mode[GUARD_egress] != MODE_OFF) &&
		       (kernel->ioctl_compat || strcmp(name, "seal__file_ioctl_compat"));
	/* Every mmap pays for these. */
	if (!strcmp(name, "exec__mmap_file") || !strcmp(name, "exec__file_mprotect"))
		return draft->set.maps;
	/* seal.bpf takes the places on the root cgroup where programs can be looked into. */
	if (!strcmp(name, "kernel__sb_kern_mount"))
		return judges_mounts(draft) && kernel->inspects_programs;
	if (!strcmp(name, "kernel__sb_kern_mount_root"))
		return judges_mounts(draft) && !kernel->inspects_programs;
	if (!strcmp(name, "kernel__fs_context_parse_param"))
		return judges_mounts(draft) && kernel->reads_memory;
	if (!strcmp(name, "modules__kernel_post_load_data"))
		return draft->skel->rodata->config.module_names;
	if (!strcmp(name, "exec__bprm_committed_creds") && !draft->skel->rodata->config.scripts)
		return false;
	if (starts_with(name, "core__tag_") || !strcmp(name, "scan__files"))
		return tags_wanted(draft);
	if (starts_with(name, "scan__") || !strcmp(name, "state__sealer_exit"))
		return false;
	if (!strcmp(name, "exec__dev"))
		return draft->set.introduced;
	/* The cgroup root has room for it where there are no hooks for seal.bpf. */
	if (starts_with(name, "egress__socket_create"))
		return draft->set.mode[GUARD_egress] != MODE_OFF &&
		       kernel->inspects_programs == !strcmp(name, "egress__socket_create");
	if (!strcmp(name, "kernel__userns_create"))
		return draft->set.kernel_deny & 1 << KERNEL_USER_NAMESPACES;
	if (!strcmp(name, "kernel__perf_event_open"))
		return draft->set.kernel_deny & 1 << KERNEL_PERF;
	if (!strcmp(name, "kernel__inode_init_security_anon"))
		return draft->set.kernel_deny & (1 << KERNEL_IO_URING | 1 << KERNEL_USERFAULTFD);
	if (!strcmp(name, "egress__socket_post_create"))
		return draft->set.egress_by || draft->set.egress_unix;
	if (starts_with(name, "egress__unix_"))
		return draft->set.egress_unix;
	if (!strcmp(name, "egress__socket_connect") || !strcmp(name, "egress__socket_listen"))
		return draft->set.egress_vsock;
	/* Egress asks it who listened. */
	if (!strcmp(name, "ingress__socket_listen"))
		return draft->set.mode[GUARD_egress] != MODE_OFF || draft->set.mode[GUARD_ingress] != MODE_OFF;
	if (!strcmp(name, "data__inode_set_acl") || !strcmp(name, "data__inode_remove_acl"))
		return draft->protected.count && kernel->acl_hooks;
	if (!strcmp(name, "data__inode_file_setattr"))
		return draft->protected.count && kernel->file_setattr;
	/* The others are for files. */
	if (!strcmp(name, "data__bprm_check_security"))
		return protected_any(draft);
	if (starts_with(name, "data__shm_"))
		return draft->set.data_shm[SHM_SYSV];
	if (starts_with(name, "data__key_"))
		return draft->set.keys;
	if (!strcmp(name, "data__d_instantiate"))
		return draft->set.shm;
	if (guard == GUARD_data)
		return draft->protected.count;
	if (!strcmp(name, "kernel__dev"))
		return draft->set.devices;
	if (starts_with(name, "exec__snapshot"))
		return draft->set.introduced && draft->set.baseline == BASELINE_LOAD;
	return guard == GUARD_COUNT || draft->set.mode[guard] != MODE_OFF;
}

/* Where images are only recorded, their names are what the record should have. */
static bool names_modules(const struct draft *draft, const struct policy *policy, const struct kernel *kernel)
{
	__u8 mode = draft->set.mode[GUARD_modules];

	return kernel->reads_memory && (mode == MODE_AUDIT || (mode == MODE_ENFORCE &&
	       (policy->n_modules || draft->set.before_seal[GUARD_modules] == MODE_AUDIT)));
}

void configure_programs(struct draft *draft, const struct policy *policy, const struct kernel *kernel)
{
	struct config *config = (struct config *)&draft->skel->rodata->config;
	struct bpf_program *prog;

	config->set = draft->set.set;
	config->records = draft->set.records;
	config->seal_bpf = draft->set.seal_bpf;
	config->probe_read = !kernel->confidential;
	config->setattr_idmap = kernel->setattr_idmap;
	config->fileless = draft->set.fileless;
	config->introduced = draft->set.introduced;
	config->baseline = draft->set.baseline;
	config->allow = draft->set.allow;
	config->ptrace_read = draft->set.ptrace_read;
	config->ptrace_files = draft->set.ptrace_files;
	config->libraries = draft->set.libraries;
	config->jit = draft->set.jit;
	config->netlink_users = draft->netlink_programs.count > 0;
	config->firmware = !policy->firmware.deny;
	config->module_names = names_modules(draft, policy, kernel);
	config->tracers = policy->n_tracers > 0;
	config->edges = draft->edges.count > 0;
	config->verity = programs_verity_rows(policy) > 0;
	config->devices = draft->set.devices;
	config->sysfs = draft->set.sysfs;
	config->egress_by = draft->set.egress_by;
	config->egress_user = draft->set.egress_user;
	config->egress_unix = draft->set.egress_unix;
	config->device_users = draft->set.devices && draft->device_programs.count;
	for (size_t i = 0; i < policy->n_edges; i++) {
		config->lines |= policy->edges[i].descends;
		config->scripts |= policy->edges[i].script != NULL;
	}
	protected_configure(draft, config);
	config->kernel_deny = draft->set.kernel_deny;
	config->perf_attr = kernel->perf_attr;
	config->lockdown_allow = draft->set.lockdown_allow;
	memcpy(config->lockdown, kernel->lockdown.name, sizeof(config->lockdown));
	memcpy(config->mode, draft->set.mode, sizeof(config->mode));
	memcpy(config->before_seal, draft->set.before_seal, sizeof(config->before_seal));
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct where where = rule_of(policy, kind);

		config->rule[kind].line = where.line;
		config->rule[kind].file = intern_file(draft, policy->files[where.file]);
	}
	bpf_object__for_each_program(prog, draft->skel->obj)
		bpf_program__set_autoload(prog, wanted(draft, kernel, prog));
}
