// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a message goes through, in one translation unit.
 *
 * As the scheduler's core does it, and for a like reason: a round trip passes some sixty small
 * functions of these files, and here the compiler can see where one is called from a single
 * place. That takes a third off the module's own instructions (Documentation/benchmark.rst).
 * Each of them is complete and can be built alone.
 */

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
