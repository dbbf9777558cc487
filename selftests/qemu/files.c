// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files for the host, on the third serial port: a line "qmsg-file NAME SIZE" and the bytes of
 * each (files.py unpacks them). Test programs write there too; here it is what a module that
 * counts has counted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>
#include "guest.h"

#define COUNTED "/sys/kernel/debug/qmsg/counts"

void files_send(const char *device)
{
	int from = open(COUNTED, O_RDONLY | O_CLOEXEC), to;
	char bytes[4096];
	ssize_t n;

	if (from < 0)
		return;
	to = open_serial(device);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		for (ssize_t sent = 0, m; sent < n && (m = write(to, bytes + sent, n - sent)) > 0;)
			sent += m;
	tcdrain(to);
	close(to);
	close(from);
}
