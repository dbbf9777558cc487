// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a message goes through, in one translation unit.
 *
 * As parts of the scheduler are: a round trip passes some hundred small functions of these files,
 * and here the compiler can see into them, which took a tenth off the module's own
 * instructions when it was tried ("make profile" counts them). Each of the files is complete
 * and can be compiled alone.
 */

/* What counts how often each line runs counts a function as one, not each copy of it. */
#ifndef QMSG_COUNT
#define QMSG_HOT
#endif

/* __qmsg_near lies on as few pages as it can: it begins with one. */
asm(".pushsection .text.qmsg_near, \"ax\", @progbits\n"
    ".balign 4096\n"
    ".popsection");

#include "ioctl.c"
#include "send.c"
#include "request.c"
#include "wait.c"
#include "receive.c"
#include "reply.c"
#include "serve.c"
#include "state.c"
#include "channel.c"
#include "queue.c"
#include "rcvid.c"
#include "buffer.c"
#include "iov.c"
#include "window.c"
#include "pin.c"
#include "copy.c"
#include "info.c"
#include "connect.c"
#include "limits.c"
#include "known.c"
#include "pulse.c"
#include "server.c"
