#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""client.c in Python: client.py PID CHID TEXT"""
import sys

import qmsg

pid, chid, text = sys.argv[1:]
with qmsg.Context() as q, q.connect(int(pid), int(chid)) as connection:
    try:
        print(connection.send(text.encode()).data.decode())
    except (OSError, KeyboardInterrupt) as failure:
        sys.exit(f"client: {failure!r}")
