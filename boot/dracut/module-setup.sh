#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dracut: puts hardenctl and bootstrap.yaml into the initramfs.
# shellcheck disable=SC2154 # moddir is dracut's

check()
{
	require_binaries /usr/sbin/hardenctl || return 1
	return 0
}

# Where the kernel has the TPM's drivers as modules: what is put in force is measured from the first on.
installkernel()
{
	hostonly='' instmods tpm_tis tpm_crb
}

depends()
{
	return 0
}

install()
{
	local policy=/etc/hardenctl/bootstrap.yaml name file needed
	[ -e $policy ] || policy=/usr/lib/hardenctl/policies/bootstrap.yaml
	inst /usr/sbin/hardenctl
	# Opened where there is a TPM, so dracut doesn't see them, nor what they need; a machine may have none.
	for name in esys tcti-device; do
		file=$(ldconfig -p | sed -n "s|^[[:space:]]*libtss2-$name\.so\.0 .*=> ||p" | head -n 1)
		[ -n "$file" ] || continue
		needed=$(ldd "$file" | sed -n 's|.*=> \(/[^ ]*\) .*|\1|p')
		# shellcheck disable=SC2086 # one word a library
		inst_multiple "$file" $needed
	done
	inst /usr/share/hardenctl/bootstrap
	inst_simple $policy /etc/hardenctl/bootstrap.yaml
	# After what else runs there, which may load modules.
	inst_hook pre-pivot 99 "$moddir/hardenctl.sh"
}
