#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build a debug kernel from Debian's linux-source and selftests/kernel/.
#
#   debug-kernel.sh NAME      one of those in selftests/kernel/kernels
#   debug-kernel.sh --fresh NAME   exit 0 if NAME is built and up to date
#
# Result: build/debug-kernel/NAME/{vmlinuz,kdir,release}.  It is kept until a
# fragment, the source or the compiler changes.

set -euo pipefail
. "$(dirname "$0")/common.sh"

fresh_only=
if [ "${1:-}" = --fresh ]; then
	fresh_only=1
	shift
fi
name=${1:?usage: debug-kernel.sh [--fresh] NAME}
is_debug_kernel "$name" || die "no kernel '$name' in selftests/kernel/kernels"

config=$top/selftests/kernel
src=$build/linux-source
out=$build/debug-kernel/$name
obj=$out/obj
read -ra fragments < <(awk -v n="$name" \
	'!/^#/ && $1 == n { for (i = 2; i <= NF; i++) print $i ".config" }' \
	"$config/kernels" | xargs)
cd "$config"

key() {
	{
		printf '%s\n' "${fragments[@]}"
		cat "${fragments[@]}"
		cat "$src/.complete"
		gcc --version | head -n 1
	} | sha256sum | cut -d ' ' -f 1
}

up_to_date() {
	[ -e "$src/.complete" ] && [ -e "$out/key" ] && [ "$(cat "$out/key")" = "$(key)" ]
}

kmake() { make -C "$src" O="$obj" "$@"; }

# The last word of the fragments on every symbol, one line each.
wanted() {
	grep -hE '^(CONFIG_|# CONFIG_.* is not set)' "${fragments[@]}" |
		awk '{ s = $0; sub(/^# /, "", s); sub(/[= ].*/, "", s); line[s] = $0 }
		     END { for (s in line) print line[s] }' | sort
}

allowed() {
	awk -v k="$name" -v s="$1" \
		'!/^#/ && ($1 == k || $1 == "*") && $2 == s { ok = 1 } END { exit !ok }' \
		"$config/not-taken"
}

# A fragment that silently does nothing is worse than none: Kconfig drops a
# symbol with an unmet dependency without a word.
check_taken() {
	local line symbol missing=0

	while read -r line; do
		symbol=${line#\# }
		symbol=${symbol%%[= ]*}
		case $line in
		*"is not set") grep -q "^$symbol=" "$obj/.config" || continue ;;
		*) grep -qxF -- "$line" "$obj/.config" && continue ;;
		esac
		if allowed "$symbol"; then
			say "kernel '$name' does without: $line (see selftests/kernel/not-taken)"
			continue
		fi
		printf 'qmsg: kernel %s did not take: %s\n' "$name" "$line" >&2
		missing=1
	done < <(wanted)
	[ $missing = 0 ] || die "kernel '$name' is not what its fragments ask for"
}

if [ -n "$fresh_only" ]; then
	up_to_date
	exit
fi
"$top/tools/deps.sh" kernel
"$top/tools/linux-source.sh" tree
up_to_date && exit 0
lock "debug-kernel-$name"
up_to_date && exit 0

rm -f "$out/key"
mkdir -p "$obj"
quietly kmake tinyconfig
cat "${fragments[@]}" >>"$obj/.config"
quietly kmake olddefconfig
check_taken

say "building the debug kernel '$name' with $jobs jobs (about 8 minutes on 2 CPUs; log: $out/build.log)"
start=$SECONDS
# Both: without "modules" there is no Module.symvers to check symbols against.
kmake -j"$jobs" bzImage modules </dev/null >"$out/build.log" 2>&1 &
make_pid=$!
trap 'kill $make_pid 2>/dev/null' EXIT
while kill -0 $make_pid 2>/dev/null; do
	sleep 5
	[ $(((SECONDS - start) % 60)) -lt 5 ] &&
		say "  kernel '$name': $((SECONDS - start)) s, $(wc -l <"$out/build.log") build steps done"
done
trap - EXIT
wait $make_pid || { tail -n 40 "$out/build.log" >&2; die "kernel '$name' does not build"; }

ln -sfn obj "$out/kdir"
ln -sfn obj/arch/x86/boot/bzImage "$out/vmlinuz"
cp "$obj/include/config/kernel.release" "$out/release"
key >"$out/key"
say "kernel '$name' ($(cat "$out/release")) built in $((SECONDS - start)) s"
