# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # of common.sh and machine.sh
#
# A machine of another architecture, always emulated.  To be sourced after machine.sh.

accelerator() { echo tcg; }

# As in machine.sh, for tests only: the results are on standard output. The machine has one serial
# port of its own, the console, and a card with two, so that they come from ttyS1 here as well.
machine() {
	local limit=$1 kernel=$3 initrd=$4 words=$5 console=$7

	exec timeout --foreground -k 5 "$limit" \
		qemu-system-aarch64 -machine virt -cpu cortex-a76 -accel tcg,thread=multi \
		-smp "$cpus" -m "${MEMORY:-1G}" -nodefaults -display none -no-reboot \
		-kernel "$kernel" -initrd "$initrd" -serial "$console" \
		-chardev null,id=nobody -chardev stdio,id=results \
		-device pci-serial-2x,chardev1=nobody,chardev2=results -append "\
console=ttyAMA0 panic=-1 oops=panic printk.devkmsg=on log_buf_len=4M \
watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 \
$words" </dev/null 9>&-
}
