# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # of common.sh
#
# The machine that tests run in.  To be sourced after tools/common.sh.

# How many processors, and of what kind.
cpus=${CPUS:-2}
cpu_model=${CPU_MODEL:-max}

# Time as the guest sees it: "wall", or "icount", in which an instruction takes one
# nanosecond whatever else the host does. That is for one processor and without KVM only.
clock=${CLOCK:-wall}

# The words and options that make an emulated machine; fills the caller's variables.
emulate() {
	local khz

	# 5-level page tables are one more level to walk in software.
	cpu=$cpu_model,la57=off
	if [ "$clock" = icount ]; then
		options+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off"
			-rtc "clock=vm,base=2026-01-01")
		# Nothing that differs from boot to boot.
		words+=" nokaslr norandmaps randomize_kstack_offset=off"
		return
	fi
	options+=(-accel "tcg,thread=multi")
	# No CPU bugs here, but page table isolation would cost a lot.
	words+=" mitigations=off"
	# The CPUs share one clock without saying so, and measuring
	# it fails on a busy host (see tsc-khz.c).
	khz=$("$build/qemu/tsc-khz") && words+=" tsc=reliable tsc_early_khz=$khz"
}

# machine LIMIT ACCEL KERNEL INITRD "COMMAND LINE" [OPTIONS...]
# In a subshell, for at most LIMIT seconds, without the caller's lock (9).
# OPTIONS begin with the serial ports: console, results, output of a demo.
machine() {
	local limit=$1 accel=$2 kernel=$3 initrd=$4 words=$5 cpu=host options=()
	shift 5

	if [ "$accel" = tcg ]; then
		emulate
	else
		options+=(-accel "$accel")
	fi
	# panic=-1 with -no-reboot: a crash ends the machine at once.
	# Watchdogs are patient: a busy host is not a stuck guest.
	# One socket a processor, if not said otherwise: the BIOS has a table of those only, which
	# is where a kernel without ACPI learns of the second processor.
	# In the foreground: what interrupts the script ends the guest, too.
	exec timeout --foreground -k 5 "$limit" \
		qemu-system-x86_64 "${options[@]}" -cpu "$cpu" -smp "$cpus,sockets=${SOCKETS:-$cpus}" \
		-m "${MEMORY:-1G}" -nodefaults -display none -no-reboot \
		-kernel "$kernel" -initrd "$initrd" "$@" -append "\
console=ttyS0 panic=-1 oops=panic printk.devkmsg=on log_buf_len=4M \
watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 \
$words" </dev/null 9>&-
}

# Whether KVM works is found out by starting a guest with it.  The device
# alone says nothing: inside a virtual machine a guest may fail to start, or
# hang.  Remembered until the host boots again.
accelerator() {
	local kernel=$1 file accel=tcg

	file=$build/qemu/accel-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$file" ]; then
		rm -f "$build"/qemu/accel-*
		if [ -w /dev/kvm ]; then
			"$top/selftests/qemu/initramfs.sh" "$build/qemu/probe.cpio.zst"
			machine 15 kvm "$kernel" "$build/qemu/probe.cpio.zst" "" \
				-serial null -serial stdio 2>/dev/null |
				grep '^qmsg-verdict' >/dev/null && accel=kvm
		fi
		echo $accel >"$file"
	fi
	cat "$file"
}
