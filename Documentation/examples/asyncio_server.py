#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server inside asyncio: it receives when the channel's descriptor is readable, and answers
each request after half a second, during which it takes others. A client that gives up meanwhile
is let go at once."""
import asyncio
import contextlib
import os

import qmsg

working = {}                    # receive id: the task that will answer


async def work(request):
    await asyncio.sleep(0.5)
    with contextlib.suppress(ProcessLookupError):   # it has just left
        request.reply(request.data.upper())


def take(channel):
    try:
        message = channel.receive(timeout=0)
    except TimeoutError:
        return                  # somebody else was faster
    if isinstance(message, qmsg.Request):
        task = asyncio.ensure_future(work(message))
        working[message.rcvid] = task
        task.add_done_callback(lambda _: working.pop(message.rcvid))
        return
    if message.is_unblock and message.value in working:
        working[message.value].cancel()
    channel.let_go(message)


async def main(channel):
    asyncio.get_running_loop().add_reader(channel, take, channel)
    await asyncio.Event().wait()


with qmsg.Context() as q, q.channel(qmsg.QMSG_CHF_UNBLOCK) as channel:
    print(os.getpid(), channel.chid, flush=True)
    asyncio.run(main(channel))
