# SPDX-License-Identifier: GPL-2.0-only
# What the runners of tests in VMs share: reading TAP. Sourced, never run.
# shellcheck shell=bash

# A kernel that says one of these has a bug that our programs may have woken.
# shellcheck disable=SC2034 # for who sources this
kernel_trouble='BUG:|WARNING:|Oops|Call Trace|general protection|[Ll]ockup|LOCKUP|detected stall|blocked for more than'

# kernel_said FILE: what a kernel said, without the stacks of what a test brought about on purpose.
kernel_said()
{
	sed '/invoked oom-killer/,/<\/TASK>/d; /page allocation failure/,/<\/TASK>/d' "$1"
}

# tap FILE STATUS: reads TAP; prints the three counts, then what failed or was skipped.
tap()
{
	awk -v status="$2" '
	function bad(text) { failed++; why = why text "\n" }
	function skip(line) {
		# What must work on this kernel may not be skipped.
		if (line ~ /# *[Ss][Kk][Ii][Pp][^ ]* *required/) {
			bad(line)
		} else {
			skipped++
			why = why line "\n"
		}
	}
	/^ok/ || /^not ok/ { seen++; detail = 0 }
	/^1\.\.[0-9]+/ {
		plans++
		planned += substr($1, 4)
		if ($1 == "1..0") skip($0)
		next
	}
	# cmocka 1.1 skips with "not ok N # SKIP name", which leaves no place for a reason: a test may
	# print "# SKIP reason" before.
	/^not ok [0-9]+ *# SKIP/ { skip($0 (before ~ /^# SKIP/ ? " " before : "")); before = ""; next }
	/^not ok/ { bad($0); detail = 1; next }
	/^ok.*# *[Ss][Kk][Ii][Pp]/ { skip($0); next }
	/^ok/ { passed++; before = ""; next }
	/^#/ { before = $0 }
	detail { why = why $0 "\n" }
	END {
		if (status == "") bad("not ok - did not end: the VM stopped")
		else if (status == "unbegun") bad("not ok - did not begin: the VM stopped before")
		else if (status == "unbuilt") bad("not ok - is not built")
		else if (status == 124 || status == 137) bad("not ok - ran too long")
		else if (status > 128) bad("not ok - killed by signal " status - 128)
		else if (!plans) bad("not ok - printed no plan, exit status " status)
		else if (seen != planned) bad("not ok - planned " planned " tests, ran " seen + 0)
		else if (status && !failed) bad("not ok - exit status " status)
		print passed + 0, failed + 0, skipped + 0
		printf "%s", why
	}' "$1"
}
