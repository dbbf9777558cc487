# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2030,SC2031,SC2059
dev=/dev/sample state=/dev/sample_state
# Until a command succeeds; not for ever, and then with all there is to see.
wait_for() {
	local i

	set +x
	for ((i = 0; i < 500; i++)); do
		if "$@"; then
			set -x
			return
		fi
		sleep 0.02
	done
	cat $state /tmp/screen
	exit 1
}
# The manager says so.
until_state() { wait_for grep -q "$1" $state; }
# The shell on the terminal has shown so many lines that are just that.
is_shown() { [ "$(tr -d '\r' < /tmp/screen | grep -cx "$1")" = "$2" ]; }
until_shown() { wait_for is_shown "$@"; }
has_stopped() { [ "$(grep -c Stopped /tmp/screen)" = "$1" ]; }
keys() { printf "$@" >&7; }
# The last that the manager makes.
wait_for test -e $state
mkfifo /tmp/keys
# An interactive shell with job control, on a terminal.
PS1='' ./terminal bash --norc --noprofile --noediting -i < /tmp/keys > /tmp/screen &
terminal=$!
exec 7> /tmp/keys
keys 'stty -echo 2>/dev/null; PS1=\n'
# One is served.
keys 'cat %s\n' $dev
until_state '^blocked 1 '
echo first > $dev
until_shown first 1
until_state '^blocked 1 unblocked 0 '
# Ctrl-C: the unblock handler finds its client and answers it, which then dies of the signal.
keys '\003'
until_state '^blocked 0 unblocked 1 not_pending 0 not_found 0$'
keys 'echo status=$?\n'
until_shown status=130 1
# Ctrl-Z is no unblock. The client stops, and its request stays where it is ...
keys 'cat %s\n' $dev
until_state '^blocked 1 '
keys '\032'
wait_for has_stopped 1
grep -q '^blocked 1 unblocked 1 ' $state
# ... in the background and in the foreground again; it has its answer then.
keys 'fg\n'
echo second > $dev
until_shown second 1
until_state '^blocked 1 unblocked 1 '
keys '\032'
wait_for has_stopped 2
# Answered while it is stopped, it shows that when it goes on.
echo third > $dev
until_state '^blocked 0 unblocked 1 '
keys 'bg\n'
until_shown third 1
until_state '^blocked 1 '
keys 'kill %%1\n'
until_state '^blocked 0 unblocked 2 '
# Redirections: the shell itself opens, reads and writes. Ctrl-C on one of its own.
keys 'read line < %s; echo "line=$line"\n' $dev
until_state '^blocked 1 '
echo fourth > $dev
until_shown line=fourth 1
keys 'echo from_shell > %s\n' $dev
keys 'wc -c < %s\n' $dev
until_state '^blocked 1 '
keys '\003'
until_state '^blocked 0 unblocked 3 '
# A pipeline dies as a whole.
keys 'cat %s | cat | cat\n' $dev
until_state '^blocked 1 '
keys '\003'
until_state '^blocked 0 unblocked 4 not_pending 0 not_found 0$'
keys 'exit 7\n'
wait $terminal || [ $? = 7 ]
