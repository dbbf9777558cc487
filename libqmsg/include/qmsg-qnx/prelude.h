/* SPDX-License-Identifier: MIT */
/*
 * What QNX's headers bring along and programs therefore forget to include. The flags of
 * qmsg-qnx.pc put this in front of each source; "pkg-config --define-variable=prelude="
 * leaves it out.
 */
#ifndef QMSG_QNX_PRELUDE_H
#define QMSG_QNX_PRELUDE_H

#ifndef __ASSEMBLER__

#define QMSG_QNX_IN_PRELUDE

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#undef QMSG_QNX_IN_PRELUDE

/* Of share modes that Linux no longer has, and names of a program's own. */
#undef LOCK_MAND
#undef LOCK_READ
#undef LOCK_WRITE
#undef LOCK_RW

#endif

#endif
