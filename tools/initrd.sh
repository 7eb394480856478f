# SPDX-License-Identifier: GPL-2.0-only
# What the scripts share that build what a VM has in RAM, below $root. Sourced, never run.
# shellcheck shell=bash disable=SC2154 # who sources this sets root and tree

# put SOURCE PLACE: a copy at the place in the guest, through whatever links lead to both.
put()
{
	mkdir -p "$root/$(dirname "$2")"
	cp -L "$1" "$root/$2"
}

# program SOURCE PLACE: with the libraries it asks for.
program()
{
	local library
	put "$1" "$2"
	for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
		[ -e "$root/$library" ] || put "$library" "$library"
	done
}

# skeleton: the directories and links of a merged /usr.
skeleton()
{
	local name
	mkdir -p "$root"/{dev,etc,proc,root,run,sys,tmp,var} "$root"/usr/{bin,lib,lib64}
	ln -s bin "$root/usr/sbin"
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
	ln -s ../run "$root/var/run"
}

# unpacked FILE: a kernel module as insmod of any age takes it.
unpacked()
{
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# add_modules NAME...: those and what they need, from the kernel in $tree.
add_modules()
{
	local release modules file
	release=$(basename "$tree"/usr/lib/modules/*)
	modules=usr/lib/modules/$release
	mkdir -p "$root/$modules/kernel"
	cp "$tree/$modules"/modules.{order,builtin,builtin.modinfo} "$root/$modules"
	# Not to be run: the lines say which files, in which order. Those built in have none.
	modprobe -C /dev/null -d "$tree" -S "$release" --show-depends -a "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
		LC_ALL=C sort -u | while read -r file; do
			unpacked "$file" >"$root/$modules/kernel/$(basename "${file%.ko*}").ko"
		done
	# Where the guest has its own /lib, too, which is a link.
	depmod -b "$root/usr" "$release"
}

# pack FILE: appends what is there, and takes it away. Not compressed: unpacking would cost an emulated guest more than
# reading.
pack()
{
	(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R +0:+0 --quiet) >>"$1"
	rm -rf "$root"
}
