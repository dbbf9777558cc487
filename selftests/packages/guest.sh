#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the machine that was booted with the packages installed: TAP on standard output.

number=0

ok() {
	local what=$1 rc=0 said

	shift
	said=$("$@" 2>&1) || rc=1
	number=$((number + 1))
	if [ $rc = 0 ]; then
		echo "ok $number $what"
	else
		echo "not ok $number $what"
		while read -r line; do echo "# $line"; done <<<"$said"
	fi
}

# Somebody who is in no group but, perhaps, this one.
as_user() {
	local groups=$1

	shift
	setpriv --reuid=4711 --regid=4711 "$groups" "$@"
}

kernel_is() {
	[ "$(uname -r)" = "$1" ]
}

module_is_of_dkms() {
	[ -d "/sys/module/$1" ] && [[ $(modinfo -n "$1") == */updates/dkms/* ]]
}

# Managers are root's; anybody may use what is mounted.
file_system_is_there() {
	[ "$(stat -c '%U %a' /dev/qmsgfs)" = "root 600" ] || { ls -l /dev/qmsgfs; return 1; }
	mount -t qmsgfs none /mnt && as_user --clear-groups ls /mnt && umount /mnt
}

device_is() {
	[ "$(stat -c '%U %G %a' /dev/qmsg)" = "$1" ] || { ls -l /dev/qmsg; return 1; }
}

# And each time the device comes and goes.
loads_again_and_again() {
	local i

	for ((i = 0; i < 100; i++)); do
		rmmod qmsgfs qmsg && [ ! -e /dev/qmsg ] && modprobe qmsgfs &&
			[ -e /dev/qmsg ] && [ -e /dev/qmsgfs ] || return 1
	done
	udevadm settle
}

# Whoever has the device open keeps the module, and is not disturbed.
refuses_to_go() {
	local said

	# This keeps it as well.
	rmmod qmsgfs || return 1
	said=$(rmmod qmsg 2>&1) && return 1
	modprobe qmsgfs || return 1
	[[ $said == *"is in use"* ]] || { echo "$said"; return 1; }
}

refused() {
	local said

	said=$(as_user --clear-groups "$@" 2>&1) && return 1
	[[ $said == *"Permission denied"* ]] || { echo "$said"; return 1; }
}

# The server says its numbers as soon as it is ready.
start_server() {
	coproc SERVER { as_user --groups="$gid" server; }
	server_out=${SERVER[0]}
	read -r -t 60 pid chid <&"$server_out"
}

answers() {
	[ "$(as_user --groups="$gid" client "$pid" "$chid" "$1")" = "$1" ]
}

# The server holds it until it wants to leave. No function: its number is to be the client's.
start_client() {
	setpriv --reuid=4711 --regid=4711 --groups="$gid" client "$pid" "$chid" wait >/dev/null &
	client=$!
}

# As it would be for somebody who wonders.
is_told() {
	local said='' end=$((SECONDS + 60))

	until [[ $said == *REPLY-blocked* ]] || [ $SECONDS -gt $end ]; do
		said=$(qmsg blocked "$client")
	done
	echo "$said"
	[[ $said == "client ($client/$client) REPLY-blocked "*" on server ($pid) channel $chid"* ]]
}

# Killed, once the server has let it go.
end_client() {
	kill "$client"
	wait "$client"
	client_status=$?
}

is_recorded() {
	cd /run && qmsg record -- client "$pid" "$chid" hello && qmsg report --svg -o picture.svg &&
		qmsg report --perfetto -o trace.json && qmsg report || return 1
	grep -q '#[0-9]* 5 bytes' picture.svg && python3 -m json.tool trace.json >/dev/null
}

# completes WORD THE COMMAND LINE: with it as what comes next, or as the end of its last word
completes() {
	local COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2)) COMPREPLY=()

	# shellcheck source=tools/qmsg/qmsg.bash
	. /usr/share/bash-completion/completions/qmsg
	_qmsg
	printf '%s\n' "${COMPREPLY[@]}"
	[[ " ${COMPREPLY[*]} " == *" $1 "* ]]
}

# Not unloaded, since it is in use, and still answering.
purge_in_use() {
	DEBIAN_FRONTEND=noninteractive apt-get purge -y qmsg-dkms </dev/null
}

# Else the number could become another group's, and with it the device.
group_stays() {
	getent group "$gid"
}

gone() {
	[ ! -e /dev/qmsg ] && [ -z "$(find "/lib/modules/$(uname -r)" -name 'qmsg*')" ]
}

expected=$(sed -n 's/.*qmsg\.guest=\([^ ]*\).*/\1/p' /proc/cmdline)
ok "the kernel is $expected" kernel_is "$expected"
ok "the module of DKMS was loaded at boot" module_is_of_dkms qmsg
ok "and its file system" module_is_of_dkms qmsgfs
ok "which can be mounted" file_system_is_there
ok "they are loaded and unloaded a hundred times" loads_again_and_again
ok "the device is the group's" device_is "root qmsg 660"
gid=$(stat -c %g /dev/qmsg)
ok "who is not in the group may not open it" refused server
start_server
ok "a member's server answers a member's client" answers hello
start_client
ok "of a client that hangs the tool says on whom" is_told
end_client
ok "killed, it leaves" test "$client_status" = 143
ok "what a client does is recorded, and drawn" is_recorded
ok "bash completes the tool's commands" completes report qmsg rep
ok "and the numbers of servers" completes "$pid" qmsg blocked ""
ok "the module does not go while it is in use" refuses_to_go
ok "the demonstration runs" qmsg-demo 200
ok "the Python module does what it says" qmsg-python
ok "the module's package can be purged while it is in use" purge_in_use
ok "its group stays as long as there is the device" group_stays
ok "the server still answers" answers again
kill "$pid"
wait
ok "the modules unload" rmmod qmsgfs qmsg
ok "nothing is left of it" gone
echo "1..$number"
