// SPDX-License-Identifier: GPL-2.0-only
/*
 * data_keyring_test.c - keys that programs of data.protect make are out of reach of every other one.
 * Boots: plain
 * Kernels: 6.1
 * Alone: it seals the machine
 *
 * Every attempt has its twin: the same on what a program makes that no entry names.
 */
#include "child.h"
#include "files.h"
#include "sealing.h"
#include "util.h"

#include <linux/keyctl.h>
#include <sys/mount.h>

#define BASE		"/tmp/keyring"	/* a tmpfs, for both programs */
#define OWNER		BASE "/owner"	/* a copy of this program */
#define STRANGER	BASE "/stranger"	/* another one, which no entry names */
#define MARKER		"the marker"
#define DESCRIPTION	"data_keyring_test"
#define ALL_PERMS	0x3f3f3f3f	/* so that nothing but the verdict is in anybody's way */
#define MANY		(PROTECT_KEYS + 1)
#define FREEING_S	60

#define RULES		"{keys: [user, logon, keyring, big_key], by: " OWNER "}"
#define POLICY_HERE(data)									\
	"version: 1\nexec: { mode: off }\nptrace: { mode: off }\nmodules: { mode: off }\n"	\
	"egress: { mode: off }\ningress: { mode: off }\nkernel: { mode: off }\ndata: { " data " }\n"	\
	SEAL_TEXT(", \"off:exec\", \"off:ptrace\", \"off:modules\", \"off:egress\", \"off:ingress\", \"off:kernel\", \"audit:data\"")

struct maker {
	pid_t pid;
	int in, out;
	int key;
};

static long keyctl(int operation, ...)
{
	unsigned long arg[4];
	va_list args;

	va_start(args, operation);
	for (size_t i = 0; i < ARRAY_SIZE(arg); i++)
		arg[i] = va_arg(args, unsigned long);
	va_end(args);
	return syscall(SYS_keyctl, operation, arg[0], arg[1], arg[2], arg[3]);
}

static long new_key(const char *type, const char *description, int keyring)
{
	bool ring = !strcmp(type, "keyring");

	return syscall(SYS_add_key, type, description, ring ? NULL : MARKER, ring ? 0 : strlen(MARKER), keyring);
}

/* ---- What is tried on a key; 0 or errno ---- */

static int told(long result)
{
	return result < 0 ? errno : 0;
}

static int op_read(int key)
{
	char text[64] = "";
	long len = keyctl(KEYCTL_READ, (long)key, text, sizeof(text), 0L);

	if (len < 0)
		return errno;
	assert_string_equal(text, MARKER);
	return 0;
}

static int op_list(int key)
{
	int keys[16];

	return told(keyctl(KEYCTL_READ, (long)key, keys, sizeof(keys), 0L));
}

static int op_describe(int key)
{
	char text[128];

	return told(keyctl(KEYCTL_DESCRIBE, (long)key, text, sizeof(text), 0L));
}

static int op_update(int key)
{
	return told(keyctl(KEYCTL_UPDATE, (long)key, "other", 5L, 0L));
}

static int op_setperm(int key)
{
	return told(keyctl(KEYCTL_SETPERM, (long)key, (long)ALL_PERMS, 0L, 0L));
}

static int op_chown(int key)
{
	return told(keyctl(KEYCTL_CHOWN, (long)key, 0L, 0L, 0L));
}

static int op_timeout(int key)
{
	return told(keyctl(KEYCTL_SET_TIMEOUT, (long)key, 1000L, 0L, 0L));
}

static int op_revoke(int key)
{
	return told(keyctl(KEYCTL_REVOKE, (long)key, 0L, 0L, 0L));
}

static int op_invalidate(int key)
{
	return told(keyctl(KEYCTL_INVALIDATE, (long)key, 0L, 0L, 0L));
}

static int op_link(int key)
{
	return told(keyctl(KEYCTL_LINK, (long)key, (long)KEY_SPEC_PROCESS_KEYRING, 0L, 0L));
}

static int op_move(int key)
{
	return told(keyctl(KEYCTL_MOVE, (long)key, (long)KEY_SPEC_USER_KEYRING, (long)KEY_SPEC_PROCESS_KEYRING, 0L));
}

static int op_unlink(int key)
{
	return told(keyctl(KEYCTL_UNLINK, (long)key, (long)KEY_SPEC_USER_KEYRING, 0L, 0L));
}

/* By its name, from the user's keyring, which is everybody's of root. */
static int op_search(int key)
{
	long found = keyctl(KEYCTL_SEARCH, (long)KEY_SPEC_USER_KEYRING, "user", DESCRIPTION, 0L);

	if (found < 0)
		return errno;
	assert_int_equal(found, key);
	return 0;
}

/* Into it, so that the program finds what somebody else has put there. */
static int op_fill(int key)
{
	return told(new_key("user", "another", key));
}

static int op_clear(int key)
{
	return told(keyctl(KEYCTL_CLEAR, (long)key, 0L, 0L, 0L));
}

static const struct attempt {
	const char *name, *type;
	int (*try)(int key);
	int err;
} attempts[] = {
	{ "read", "user", op_read, ENOKEY },
	{ "describe", "user", op_describe, EPERM }, { "update", "user", op_update, EPERM },
	{ "setperm", "user", op_setperm, EPERM }, { "chown", "user", op_chown, EPERM },
	{ "timeout", "user", op_timeout, EPERM }, { "revoke", "user", op_revoke, EPERM },
	{ "invalidate", "user", op_invalidate, EPERM }, { "link", "user", op_link, EPERM },
	{ "move", "user", op_move, EPERM }, { "unlink", "user", op_unlink, EPERM },
	{ "search", "user", op_search, EACCES }, { "describe_logon", "logon", op_describe, EPERM },
	{ "link_logon", "logon", op_link, EPERM }, { "list_keyring", "keyring", op_list, ENOKEY },
	{ "fill_keyring", "keyring", op_fill, EPERM }, { "clear_keyring", "keyring", op_clear, EPERM },
	{ "link_keyring", "keyring", op_link, EPERM },
};

/* Starts it, and waits until the key is there: it says its number. */
static struct maker start(const char *program, const char *what, int expected)
{
	struct maker maker = {};
	char said[64] = "";
	int in[2], out[2], status;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	maker.pid = fork();
	if (!maker.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(program, program, "make", what, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	maker.in = in[1];
	maker.out = out[0];
	if (read(out[0], said, sizeof(said) - 1) > 0) {
		maker.key = atoi(said);
		assert_int_equal(expected, 0);
		return maker;
	}
	assert_int_equal(waitpid(maker.pid, &status, 0), maker.pid);
	assert_int_equal(WEXITSTATUS(status), expected);
	close(maker.in);
	close(maker.out);
	return maker;
}

static void end(struct maker *maker)
{
	int status;

	close(maker->in);
	assert_int_equal(waitpid(maker->pid, &status, 0), maker->pid);
	assert_int_equal(status, 0);
	close(maker->out);
	keyctl(KEYCTL_CLEAR, (long)KEY_SPEC_USER_KEYRING, 0L, 0L, 0L);
	keyctl(KEYCTL_CLEAR, (long)KEY_SPEC_PROCESS_KEYRING, 0L, 0L, 0L);
}

/*
 * How often the kernel asks hangs on where it finds the key: for each keyring on the way it asks whether it may search there, and
 * where an operation is refused some ask again, for the administrator.
 */
static struct json_object *assert_asked(const struct mark *before)
{
	struct mark now = mark();
	unsigned int count = now.denied[GUARD_data] - before->denied[GUARD_data];

	assert_in_range(count, 1, 8);
	return assert_refused(before, GUARD_data, "protected", count);
}

static void deny(void **state)
{
	const struct attempt *attempt = *state;
	struct maker maker = start(OWNER, attempt->type, 0);
	struct mark before = mark();
	struct json_object *record;
	char number[16];

	assert_int_equal(attempt->try(maker.key), attempt->err);
	record = assert_asked(&before);
	assert_field(record, "hook", "key_permission");
	assert_rule(record, "data:");
	assert_non_null(strstr(json_object_to_json_string(record), DESCRIPTION));
	json_object_put(record);
	/* It is for others of the entry. */
	before = mark();
	snprintf(number, sizeof(number), "%d", maker.key);
	assert_int_equal(RUN(OWNER, "try", attempt->name, number)->status, 0);
	assert_undisturbed(&before, GUARD_data);
	end(&maker);
	/* The very same, made by a program that no entry names. */
	maker = start(STRANGER, attempt->type, 0);
	before = mark();
	assert_int_equal(attempt->try(maker.key), 0);
	assert_undisturbed(&before, GUARD_data);
	end(&maker);
}

/* Whoever asks /proc/keys sees no key that is not for it, and all others. */
static void deny_seeing_it_among_others(void **state)
{
	struct maker owner = start(OWNER, "user", 0), stranger = start(STRANGER, "logon", 0);
	char number[16];

	(void)state;
	snprintf(number, sizeof(number), "%08x ", owner.key);
	assert_null(strstr(RUN("/bin/cat", "/proc/keys")->out, number));
	snprintf(number, sizeof(number), "%08x ", stranger.key);
	assert_non_null(strstr(RUN("/bin/cat", "/proc/keys")->out, number));
	end(&owner);
	end(&stranger);
}

/* The user's keyring, which the kernel makes for whoever needs it first, stays everybody's. */
static void allow_the_users_keyring_whoever_was_first(void **state)
{
	struct mark before;

	(void)state;
	before = mark();
	assert_int_equal(RUN(OWNER, "as", "4711")->status, 0);
	assert_int_equal(RUN(STRANGER, "as", "4711")->status, 0);
	assert_undisturbed(&before, GUARD_data);
}

/* Where a key was, another one may come to be. */
static void allow_what_comes_after(void **state)
{
	struct mark before;

	(void)state;
	for (int i = 0; i < 64; i++) {
		struct maker maker = start(OWNER, "user", 0);

		end(&maker);
	}
	before = mark();
	for (int i = 0; i < 64; i++) {
		struct maker maker = start(STRANGER, "user", 0);

		assert_int_equal(op_read(maker.key), 0);
		end(&maker);
	}
	assert_undisturbed(&before, GUARD_data);
}

/* More keys than we know are not made; once they are gone there is room again, and none was forgotten meanwhile. */
static void deny_more_keys_than_there_is_room_for(void **state)
{
	struct maker first = start(OWNER, "user", 0), maker;
	int tries = 0;

	(void)state;
	start(OWNER, "many", EPERM);
	assert_int_equal(op_read(first.key), ENOKEY);
	/* The kernel frees them by and by. */
	while (RUN(OWNER, "one")->status && tries++ < FREEING_S)
		sleep(1);
	assert_true(tries < FREEING_S);
	assert_int_equal(op_read(first.key), ENOKEY);
	maker = start(OWNER, "user", 0);
	assert_int_equal(op_read(maker.key), ENOKEY);
	end(&maker);
	end(&first);
}

/* What was made under one policy stays its maker's under the next. */
static void deny_after_a_reload(void **state)
{
	struct maker maker;

	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: [" RULES "]"));
	maker = start(OWNER, "user", 0);
	load_text(POLICY_HERE("mode: enforce, protect: [{paths: " BASE "/, by: " STRANGER "}, " RULES "]"));
	assert_int_equal(op_read(maker.key), ENOKEY);
	load_text(POLICY_HERE("mode: off"));
	assert_int_equal(op_read(maker.key), 0);
	end(&maker);
}

static void allow_but_record(void **state)
{
	struct maker maker;
	struct mark before;

	(void)state;
	load_text(POLICY_HERE("mode: audit, protect: [" RULES "]"));
	maker = start(OWNER, "user", 0);
	before = mark();
	assert_int_equal(op_describe(maker.key), 0);
	assert_true(mark().would_deny[GUARD_data] > before.would_deny[GUARD_data]);
	assert_int_equal(mark().denied[GUARD_data], before.denied[GUARD_data]);
	end(&maker);
	HARDEN(0, "verify");
}

/* A type that no entry names. */
static void allow_what_is_not_listed(void **state)
{
	struct maker user, logon;

	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: [{keys: user, by: " OWNER "}]"));
	user = start(OWNER, "user", 0);
	logon = start(OWNER, "logon", 0);
	assert_int_equal(op_describe(user.key), EPERM);
	assert_int_equal(op_describe(logon.key), 0);
	end(&user);
	end(&logon);
}

static void deny_loading_what_is_not_enforced_yet(void **state)
{
	struct ran *ran;

	(void)state;
	spill(POLICY, POLICY_HERE("mode: enforce, before-seal: audit, protect: [" RULES "]"));
	ran = HARDEN(1, "load", "--policy", POLICY);
	assert_non_null(strstr(ran->err, "'keys' must be enforced from the load on"));
}

static void load(void **state)
{
	(void)state;
	load_text(POLICY_HERE("mode: enforce, protect: [" RULES "]"));
}

static void seal(void **state)
{
	(void)state;
	HARDEN(0, "seal");
	assert_state("sealed");
	assert_whole();
}

static int set_up(void **state)
{
	(void)state;
	mkdir(BASE, 0755);
	if (mount("none", BASE, "tmpfs", 0, NULL))
		return -1;
	copy_file("/proc/self/exe", OWNER);
	copy_file("/proc/self/exe", STRANGER);
	return 0;
}

/* ---- What both programs do ---- */

/* In a keyring of their own, which goes with the process. */
static int make_many(void)
{
	char description[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(description, sizeof(description), "%d", i);
		if (new_key("user", description, KEY_SPEC_PROCESS_KEYRING) < 0)
			return errno;
	}
	return 0;
}

static int make(const char *type)
{
	const char *description = strcmp(type, "logon") ? DESCRIPTION : "test:" DESCRIPTION;
	long key = new_key(type, description, KEY_SPEC_USER_KEYRING);
	char byte;

	if (key < 0 || keyctl(KEYCTL_SETPERM, key, (long)ALL_PERMS, 0L, 0L) || dprintf(STDOUT_FILENO, "%ld\n", key) < 0)
		return errno;
	while (read(STDIN_FILENO, &byte, 1) == 1)
		;
	return 0;
}

static int work(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "try")) {
		for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
			if (!strcmp(argv[2], attempts[i].name))
				return attempts[i].try(atoi(argv[3]));
		return EINVAL;
	}
	if (!strcmp(argv[1], "one"))
		return new_key("user", "one", KEY_SPEC_PROCESS_KEYRING) < 0 ? errno : 0;
	if (argc > 2 && !strcmp(argv[1], "as"))
		return setresuid(atoi(argv[2]), atoi(argv[2]), atoi(argv[2])) ||
		       new_key("user", argv[0], KEY_SPEC_USER_KEYRING) < 0 ? errno : 0;
	if (argc < 3)
		return EINVAL;
	return strcmp(argv[2], "many") ? make(argv[2]) : make_many();
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[2 * ARRAY_SIZE(attempts) + 16];
	size_t n = 0;

	if (argc > 1 && (!strcmp(argv[0], OWNER) || !strcmp(argv[0], STRANGER)))
		return work(argc, argv);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_after_a_reload);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_but_record);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_what_is_not_listed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_loading_what_is_not_enforced_yet);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(load);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		tests[n++] = test_of_row("deny", attempts[i].name, "", deny, &attempts[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_the_users_keyring_whoever_was_first);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(seal);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		tests[n++] = test_of_row("deny", attempts[i].name, "sealed", deny, &attempts[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_seeing_it_among_others);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(allow_what_comes_after);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(deny_more_keys_than_there_is_room_for);
	return _cmocka_run_group_tests("data_keyring", tests, n, set_up, NULL);
}
