# SPDX-License-Identifier: GPL-2.0-only
# A TPM 2.0 (swtpm) for a VM of qemu's. Sourced, never run.
# shellcheck shell=bash

tpm_pid=
tpm_dir=

# start_tpm: one that has never been started, and $tpm_options for qemu. It ends when qemu does, or with stop_tpm. Not below
# the results: a socket's name has a hundred bytes at most.
start_tpm()
{
	tpm_dir=$(mktemp -d /tmp/hardenctl-tpm.XXXXXX)
	swtpm socket --tpm2 --tpmstate "dir=$tpm_dir" --ctrl "type=unixio,path=$tpm_dir/socket" --flags startup-clear \
		--terminate </dev/null >"$tpm_dir/log" 2>&1 &
	tpm_pid=$!
	# shellcheck disable=SC2034 # who sources this gives them to qemu
	tpm_options="-chardev socket,id=tpm,path=$tpm_dir/socket -tpmdev emulator,id=tpm,chardev=tpm -device tpm-tis,tpmdev=tpm"
	for _ in $(seq 100); do
		[ ! -S "$tpm_dir/socket" ] || return 0
		sleep 0.1
	done
	echo "swtpm: $(cat "$tpm_dir/log")" >&2
	return 1
}

stop_tpm()
{
	[ -n "$tpm_pid" ] || return 0
	# The shell says "Terminated", unless somebody waits.
	{ kill "$tpm_pid" && wait "$tpm_pid"; } 2>/dev/null || :
	rm -rf "$tpm_dir"
	tpm_pid=
}
