#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""server.c in Python: returns what it is sent; a client that sends "wait" is answered only when
it wants to leave."""
import os

import qmsg


def answer(request):
    return qmsg.LATER if request.data == b"wait" else request.data


with qmsg.Context() as q, q.channel(qmsg.QMSG_CHF_UNBLOCK) as channel:
    print(os.getpid(), channel.chid, flush=True)
    channel.serve(answer)       # and lets go whoever asks to leave
