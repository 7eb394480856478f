// SPDX-License-Identifier: GPL-2.0-only
/* policy.c - from files to struct policy: reads them, drop-ins too, and hashes what was read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy.h"
#include "schema.h"
#include "sign.h"
#include "util.h"
#include "yaml.h"

#define DROPIN_DIR	"policy.d"
#define DROPIN_SUFFIX	".yaml"

/* Everything that lives until the last file was judged. */
struct load {
	struct policy *policy;
	struct diags *diags;
	struct yaml *yaml[POLICY_FILES_MAX];
	char *bytes[POLICY_FILES_MAX];	/* NULL: they belong to the caller */
	struct reader reader;
	crypto_hash_sha256_state hash;
	struct sign_keys keys;
	bool warn;			/* a signature that is missing is a warning */
};

struct names {
	char *list[POLICY_FILES_MAX];
	size_t count;
};

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
}

static void free_load(struct load *load)
{
	for (size_t i = 0; i < POLICY_FILES_MAX; i++) {
		yaml_free(load->yaml[i]);
		free(load->bytes[i]);
	}
	free(load->reader.names);
	policy_free(load->policy);
}

/* Says why a file as a whole can't be used, and passes `err` on. */
static int file_error(struct load *load, const char *path, int err, const char *why)
{
	struct diag_place place = { .file = path };

	diag_error(load->diags, &place, "%s", why ? why : strerror(-err));
	return err;
}

static int init_load(struct load *load, struct diags *diags)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	*load = (struct load) { .policy = policy, .diags = diags };
	if (!policy)
		return -ENOMEM;
	for (int class = 0; class < EXEC_CLASSES; class++)
		policy->exec[class].deny = true;
	policy->ptrace_read.deny = true;
	for (int class = 0; class < KERNEL_CLASSES; class++)
		policy->kernel[class].deny = true;
	policy->firmware.deny = true;
	policy->sysfs.deny = true;
	policy->log_records = RECORDS_DEFAULT;
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		policy->guard[guard].before_seal = MODE_ENFORCE;
	policy->guard[GUARD_seal].mode = MODE_ENFORCE;
	load->reader.policy = policy;
	crypto_hash_sha256_init(&load->hash);
	return 0;
}

/* Parses one more file. What is wrong with it goes to the diags; no memory is an error here. */
static int add_text(struct load *load, const char *name, const char *bytes, size_t len)
{
	struct policy *policy = load->policy;
	size_t index = policy->n_files, first = load->diags->count;
	int err;

	policy->files[index] = strdup(name);
	if (!policy->files[index])
		return -ENOMEM;
	policy->n_files++;
	crypto_hash_sha256_update(&load->hash, (const unsigned char *)bytes, len);
	err = yaml_parse(policy->files[index], index, bytes, len, load->diags,
			 &load->yaml[index]);
	if (!err) {
		schema_read(&load->reader, load->yaml[index]);
		err = load->reader.err;
	}
	diags_sort(load->diags, first);
	return err == -EINVAL ? 0 : err;
}

static int read_bytes(struct load *load, const char *path, int fd, size_t size, char **ret_bytes)
{
	/* One byte more than there should be, to see the end. */
	_cleanup_free_ char *bytes = malloc(size + 1);
	size_t len = 0;

	if (!bytes)
		return -ENOMEM;
	while (len <= size) {
		ssize_t n = read(fd, bytes + len, size + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_error(load, path, -errno, NULL);
		if (!n)
			break;
		len += n;
	}
	if (len != size)
		return file_error(load, path, -EAGAIN, "it changed while it was read");
	*ret_bytes = TAKE_PTR(bytes);
	return 0;
}

/* `check` goes on, as a policy is looked through before it is signed. */
static int judge_signature(struct load *load, const struct sign_error *error)
{
	struct diag_place place = { .file = error->file };

	if (!load->warn)
		return file_error(load, error->file, -EKEYREJECTED, error->why);
	diag_warning(load->diags, &place, "%s; load refuses it", error->why);
	return 0;
}

/* The very bytes that are parsed then: the file is not opened again. */
static int check_signature(struct load *load, const char *path, const char *bytes, size_t len)
{
	struct policy *policy = load->policy;
	struct sign_error error;
	char signer[SIGN_ID_TEXT];

	if (!load->keys.count)
		return 0;
	if (sign_check_file(&load->keys, path, bytes, len, signer, &error))
		return judge_signature(load, &error);
	if (!policy->n_files)
		memcpy(policy->signer, signer, sizeof(signer));
	return 0;
}

static int add_file(struct load *load, const char *path)
{
	size_t index = load->policy->n_files;
	/* O_NONBLOCK, or a FIFO in the file's place would hang the boot. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st))
		return file_error(load, path, -errno, NULL);
	if (S_ISDIR(st.st_mode))
		return file_error(load, path, -EISDIR, NULL);
	if (!S_ISREG(st.st_mode))
		return file_error(load, path, -EINVAL, "it is not a regular file");
	if (st.st_size > POLICY_BYTES_MAX)
		return file_error(load, path, -EFBIG, "it is larger than 32 MiB");
	static_assert(POLICY_BYTES_MAX == 32u << 20, "the message says how much");
	err = read_bytes(load, path, fd, st.st_size, &load->bytes[index]);
	err = err ?: check_signature(load, path, load->bytes[index], st.st_size);
	if (err)
		return err;
	return add_text(load, path, load->bytes[index], st.st_size);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dropin(const char *name)
{
	size_t len = strlen(name), suffix = strlen(DROPIN_SUFFIX);

	return name[0] != '.' && len > suffix && !strcmp(name + len - suffix, DROPIN_SUFFIX);
}

/* The first `len` bytes of `start`, then `middle` and `end`. */
static char *join(const char *start, size_t len, const char *middle, const char *end)
{
	size_t size = len + strlen(middle) + strlen(end) + 1;
	char *joined = malloc(size);

	if (joined) {
		memcpy(joined, start, len);
		joined[len] = 0;
		strcat(strcat(joined, middle), end);
	}
	return joined;
}

/* The drop-ins' paths in name order (of bytes: no locale can change what a policy means). */
static int list_dropins(struct load *load, const char *path, struct names *ret_names)
{
	_cleanup_free_ char *where = NULL;
	__attribute__((cleanup(close_directory))) DIR *directory = NULL;
	const char *slash = strrchr(path, '/');
	struct dirent *entry;
	char *name;

	where = join(path, slash ? slash + 1 - path : 0, DROPIN_DIR, "");
	if (!where)
		return -ENOMEM;
	directory = opendir(where);
	if (!directory)
		return errno == ENOENT ? 0 : file_error(load, where, -errno, NULL);
	while (errno = 0, (entry = readdir(directory))) {
		if (!is_dropin(entry->d_name))
			continue;
		/* The policy itself is one of the files. */
		if (ret_names->count == POLICY_FILES_MAX - 1)
			return file_error(load, where, -E2BIG, "there are too many drop-ins in it");
		name = join(where, strlen(where), "/", entry->d_name);
		if (!name)
			return -ENOMEM;
		ret_names->list[ret_names->count++] = name;
	}
	if (errno)
		return file_error(load, where, -errno, NULL);
	qsort(ret_names->list, ret_names->count, sizeof(ret_names->list[0]), by_name);
	return 0;
}

/* Judges what was read as a whole, and gives the policy away if nothing was wrong. */
static int finish(struct load *load, struct policy **ret_policy)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct policy *policy = load->policy;
	char *digest = policy->digest;

	if (load->yaml[0])
		schema_finish(&load->reader, load->yaml[0]);
	if (load->diags->errors)
		return -EINVAL;
	crypto_hash_sha256_final(&load->hash, hash);
	strcpy(digest, "sha256:");
	sodium_bin2hex(digest + strlen(digest), sizeof(policy->digest) - strlen(digest), hash,
		       sizeof(hash));
	*ret_policy = TAKE_PTR(load->policy);
	return 0;
}

static int parse_files(struct load *load, const char *path, struct policy **ret_policy)
{
	__attribute__((cleanup(free_names))) struct names names = { .count = 0 };
	int err = add_file(load, path);

	if (!err)
		err = list_dropins(load, path, &names);
	for (size_t i = 0; !err && i < names.count; i++)
		err = add_file(load, names.list[i]);
	return err ? err : finish(load, ret_policy);
}

int policy_parse(const char *path, struct diags *diags, struct policy **ret_policy)
{
	__attribute__((cleanup(free_load))) struct load load;

	return init_load(&load, diags) ?: parse_files(&load, path, ret_policy);
}

int policy_parse_signed(const char *path, bool warn, struct diags *diags, struct policy **ret_policy)
{
	__attribute__((cleanup(free_load))) struct load load;
	int err = init_load(&load, diags);
	struct sign_error error;

	if (err)
		return err;
	load.warn = warn;
	if (sign_read_keys(sign_dirs, &load.keys, &error)) {
		load.keys.count = 0;
		err = judge_signature(&load, &error);
	}
	return err ?: parse_files(&load, path, ret_policy);
}

int policy_parse_buffer(const char *name, const char *text, size_t len, struct diags *diags,
			struct policy **ret_policy)
{
	__attribute__((cleanup(free_load))) struct load load;
	int err;

	err = init_load(&load, diags);
	if (!err && len > POLICY_BYTES_MAX)
		err = file_error(&load, name, -EFBIG, "it is larger than 32 MiB");
	if (!err)
		err = add_text(&load, name, text, len);
	return err ? err : finish(&load, ret_policy);
}

int policy_parse_edited(const char *path, const struct policy_edit *edit, struct diags *diags, struct policy **ret_policy)
{
	__attribute__((cleanup(free_load))) struct load load;
	__attribute__((cleanup(free_names))) struct names names = { .count = 0 };
	int err;

	err = init_load(&load, diags);
	if (!err && edit->len > POLICY_BYTES_MAX)
		err = file_error(&load, path, -EFBIG, "it is larger than 32 MiB");
	if (!err)
		err = add_text(&load, path, edit->text, edit->len);
	if (!err && !edit->alone)
		err = list_dropins(&load, path, &names);
	for (size_t i = 0; !err && i < names.count; i++)
		err = add_file(&load, names.list[i]);
	if (!err && edit->dropin && load.policy->n_files == POLICY_FILES_MAX)
		err = file_error(&load, path, -E2BIG, "there are too many drop-ins beside it");
	if (!err && edit->dropin)
		err = add_text(&load, edit->dropin_name, edit->dropin, strlen(edit->dropin));
	return err ? err : finish(&load, ret_policy);
}

void policy_clear_paths(struct path_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->list[i].path);
	free(rules->list);
	rules->list = NULL;
	rules->count = 0;
}

void policy_free_programs(struct program_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->list[i]);
	free(paths->list);
}

static void free_devices(struct device_rules *devices)
{
	for (size_t i = 0; i < devices->count; i++) {
		free(devices->list[i].name);
		free(devices->list[i].by);
	}
	free(devices->list);
}

void policy_free_protect(struct protect_rule *rule)
{
	policy_free_programs(&rule->paths);
	free_devices(&rule->devices);
	policy_free_programs(&rule->by);
}

struct net_rules policy_net_rules(const struct policy *policy, __u32 guard)
{
	bool on = policy->guard[guard].mode != MODE_OFF;

	return guard == GUARD_ingress ?
		(struct net_rules) { "ingress.allow", policy->ingress, policy->n_ingress, on } :
		(struct net_rules) { "egress.allow", policy->egress, policy->n_egress, on };
}

void policy_audit(struct policy *policy)
{
	for (int guard = 0; guard < GUARD_COUNT; guard++)
		if (guard != GUARD_seal && policy->guard[guard].mode == MODE_ENFORCE)
			policy->guard[guard].mode = MODE_AUDIT;
	policy->seal.at_load = false;
	policy->on_load_failure = policy->on_seal_refused = policy->on_canary_lost = ON_FAILURE_CONTINUE;
}

void policy_free_egress_rule(struct egress_rule *rule)
{
	free(rule->to);
	free(rule->names);
	free(rule->ports);
	free(rule->by);
	free(rule->users);
}

static void free_egress(struct policy *policy)
{
	for (size_t i = 0; i < policy->n_egress; i++)
		policy_free_egress_rule(&policy->egress[i]);
	for (size_t i = 0; i < policy->n_ingress; i++)
		policy_free_egress_rule(&policy->ingress[i]);
	for (size_t i = 0; i < policy->n_egress_programs; i++)
		free(policy->egress_programs[i].path);
	for (size_t i = 0; i < policy->n_egress_users; i++)
		free(policy->egress_users[i].name);
	for (size_t i = 0; i < policy->n_egress_names; i++) {
		free(policy->egress_names[i].name);
		free(policy->egress_names[i].to);
	}
	free(policy->egress);
	free(policy->ingress);
	free(policy->egress_programs);
	free(policy->egress_users);
	free(policy->egress_names);
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_files; i++)
		free(policy->files[i]);
	for (size_t i = 0; i < policy->n_programs; i++)
		free(policy->programs[i].path);
	free(policy->programs);
	policy_clear_paths(&policy->libraries);
	policy_clear_paths(&policy->jit);
	for (size_t i = 0; i < policy->n_edges; i++) {
		free(policy->edges[i].parent);
		free(policy->edges[i].program);
		free(policy->edges[i].script);
	}
	free(policy->edges);
	for (size_t i = 0; i < policy->n_tracers; i++) {
		free(policy->tracers[i].tracer);
		free(policy->tracers[i].target);
	}
	free(policy->tracers);
	free(policy->modules);
	for (size_t i = 0; i < policy->sysctls.count; i++)
		free(policy->sysctls.list[i].name);
	free(policy->sysctls.list);
	free_devices(&policy->devices);
	for (size_t i = 0; i < policy->n_protect; i++)
		policy_free_protect(&policy->protect[i]);
	free(policy->protect);
	for (size_t i = 0; i < policy->sockets.count; i++)
		free(policy->sockets.list[i].by);
	free(policy->sockets.list);
	for (size_t i = 0; i < policy->reroutes.count; i++)
		free(policy->reroutes.list[i].by);
	free(policy->reroutes.list);
	for (size_t i = 0; i < policy->deputies.count; i++) {
		free(policy->deputies.list[i].to);
		free(policy->deputies.list[i].by);
	}
	free(policy->deputies.list);
	for (size_t i = 0; i < policy->vsocks.count; i++)
		free(policy->vsocks.list[i].by);
	free(policy->vsocks.list);
	free_egress(policy);
	free(policy);
}
