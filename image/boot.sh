# SPDX-License-Identifier: GPL-2.0-only
# What boots the image: tools/demo and selftests/image/run. Sourced, never run; who sources it sets image (what image/build has
# made) and dir (where the VM's files go).
# shellcheck shell=bash disable=SC2154,SC2034

# add_archive: what $root holds becomes a second archive behind the image's own, which stays as it is delivered.
add_archive()
{
	cp "$image/initrd.zst" "$dir/initrd"
	truncate -s %4 "$dir/initrd"
	pack "$dir/initrd"
}

vm=
# shellcheck disable=SC2317 # reached by the trap
stop_vm()
{
	[ -n "$vm" ] || return 0
	{ kill -KILL "$vm" && wait "$vm"; } 2>/dev/null || :
	vm=
}
trap stop_vm EXIT
trap 'exit 130' INT TERM HUP
vm_alive() { kill -0 "$vm" 2>/dev/null; }

# start_vm: its first port is the kernel's console, $dir/console; the second, $dir/port.in and .out, is for who is inside. The
# service's one port is $port of this machine, which nobody has just now; nothing leaves for anywhere else.
start_vm()
{
	rm -f "$dir"/port.in "$dir"/port.out
	mkfifo "$dir/port.in" "$dir/port.out"
	: >"$dir/console"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	# The default CPU has no RDRAND, and without it the guest's random numbers take ten seconds to come.
	qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand,+rdseed,+smep,+smap -smp 2 -m 768M \
		-kernel "$image/vmlinuz" -initrd "$dir/initrd" \
		-append "console=ttyS0 loglevel=5 panic=-1 rdinit=/usr/lib/systemd/systemd systemd.unit=multi-user.target
			systemd.condition-needs-update=no net.ifnames=0 watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120" \
		-nodefaults -nographic -no-reboot -serial "file:$dir/console" -serial "pipe:$dir/port" \
		-netdev "user,id=net0,net=10.12.0.0/24,restrict=on,hostfwd=tcp:127.0.0.1:$port-10.12.0.15:8443" \
		-device virtio-net-pci,netdev=net0 </dev/null >"$dir/qemu" 2>&1 &
	vm=$!
	cat "$dir/port.out" >"$dir/said" &
}

# boot: now and then an emulated guest hangs before it has shown anything; starting it again loses nothing then.
boot()
{
	local try end
	for try in 1 2 3; do
		start_vm
		end=$((SECONDS + 60))
		while [ ! -s "$dir/console" ] && vm_alive && [ $SECONDS -lt $end ]; do sleep 0.5; done
		[ ! -s "$dir/console" ] || return 0
		stop_vm
		echo "${0##*/}: the VM did not start (try $try of 3)" >&2
	done
	return 1
}

# classify: one request from outside, for a point on each of the model's three spirals.
POINTS='{"x": [[0.4546, -0.2081], [-0.4076, -0.2896], [-0.0471, 0.4978]]}'
classify()
{
	curl -sS --max-time 30 --cacert "$image/certificate.pem" -H 'Content-Type: application/json' -d "$POINTS" \
		"https://127.0.0.1:$port/classify"
}
