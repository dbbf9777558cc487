#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The Python module, on a machine with the device: server and client in one process where that
does, in two where signals, forks and deaths are the matter."""

import errno
import glob
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import qmsg
from qmsg import native, qnx

EXAMPLES = "/usr/share/doc/qmsg-doc/examples/"
LIMIT = 300


def wait_until(condition):
    """Of states, not of time; the limit is for what will never come."""
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it has not come")
        os.sched_yield()


def wait_for_request(state, pid="self"):
    """Until a thread of the process is in that state: SEND, REPLY, REPLY+R ..."""
    def seen():
        for name in glob.glob(f"/proc/{pid}/fdinfo/*"):
            try:
                with open(name) as file:
                    if f"state={state} " in file.read():
                        return True
            except FileNotFoundError:
                pass
        return False
    wait_until(seen)


def raised(number):
    """That errno, as the exception that Python has for it."""
    return type(OSError(number, ""))


class Case(unittest.TestCase):
    """A context, a channel, a connection to it, and a thread to send from."""
    flags = 0

    def setUp(self):
        self.q = self.enterContext(qmsg.Context())
        self.channel = self.enterContext(self.q.channel(self.flags))
        self.connection = self.enterContext(self.q.connect(0, self.channel.chid))
        self.thread = ThreadPoolExecutor(1)
        self.addCleanup(self.thread.shutdown)

    def send(self, *args, **kwargs):
        return self.thread.submit(self.connection.send, *args, **kwargs)

    def receive(self, *args):
        return self.channel.receive(*args, timeout=LIMIT)

    def fails(self, number, call, *args, **kwargs):
        with self.assertRaises(raised(number)) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.errno, number)
        return caught.exception

    def fork(self, child):
        """child(context) in another process; its exit status is 0 if that returns true."""
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                with qmsg.Context() as q:
                    status = 0 if child(q) else 1
            finally:
                sys.stderr.flush()
                os._exit(status)
        return pid

    def ends_well(self, pid):
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)


class Messages(Case):
    def test_data_status_and_who_it_was(self):
        sent = self.send(b"hello")
        request = self.receive()
        self.assertEqual(request.data, b"hello")
        self.assertEqual((request.info.pid, request.info.uid), (os.getpid(), os.geteuid()))
        request.reply(b"HELLO", -7)
        self.assertEqual(sent.result(LIMIT), qmsg.Reply(b"HELLO", -7))

    def test_anything_that_is_bytes(self):
        for data in (bytearray(b"abc"), memoryview(b"abc"), qmsg.qmsg_event(value=5)):
            sent = self.send(data)
            request = self.receive()
            self.assertEqual(request.data, bytes(data))
            request.reply(data)
            self.assertEqual(sent.result(LIMIT).data, bytes(data))
        self.assertRaises(TypeError, self.connection.send, 3)
        self.assertRaises(TypeError, self.connection.send, "text")

    def test_a_long_one_in_pieces(self):
        long = os.urandom(300000)
        sent = self.send(long, size=400000)
        request = self.receive(10)
        self.assertEqual(request.data, long[:10])
        self.assertEqual(request.info.srcmsglen, len(long))
        self.assertEqual(request.read(5, 299998), long[-2:])
        self.assertEqual(request.read(offset=100), long[100:])
        self.assertEqual(request.read(), long)
        self.assertEqual(request.write(long[:1000], 399500), 500)
        request.reply(long)
        self.assertEqual(sent.result(LIMIT).data, long)

    def test_a_reply_is_cut_to_the_room(self):
        sent = self.send(b"", size=3)
        self.receive(0).reply(b"abcdef")
        self.assertEqual(sent.result(LIMIT).data, b"abc")

    def test_an_error_is_the_exception_of_its_errno(self):
        for number in (errno.ENOENT, errno.EAGAIN, errno.ETIMEDOUT, errno.EDOM):
            sent = self.send(b"x")
            self.receive().error(number)
            failure = self.fails(number, sent.result, LIMIT)
            self.assertTrue(failure.answered)
            self.assertFalse(failure.undelivered)

    def test_one_answer_wins(self):
        sent = self.send(b"x")
        request = self.receive()
        request.reply(b"first")
        self.fails(errno.ESRCH, request.reply, b"second")
        self.fails(errno.ESRCH, request.error, errno.EIO)
        self.fails(errno.ESRCH, self.channel.request, request.rcvid)
        self.assertEqual(sent.result(LIMIT).data, b"first")

    def test_timeouts(self):
        failure = self.fails(errno.ETIMEDOUT, self.connection.send, b"x", timeout=0.01)
        self.assertTrue(failure.undelivered)
        self.assertFalse(failure.answered)
        self.fails(errno.ETIMEDOUT, self.channel.receive, timeout=0)
        self.fails(errno.ETIMEDOUT, self.channel.receive, timeout=0.01)
        sent = self.send(b"x", timeout=3)
        self.receive()
        self.assertFalse(self.fails(errno.ETIMEDOUT, sent.result, LIMIT).undelivered)

    def test_the_end_of_a_channel(self):
        sent = self.send(b"x")
        wait_for_request("SEND")
        self.channel.close()
        self.fails(errno.ESRCH, sent.result, LIMIT)
        self.fails(errno.EBADF, self.connection.send)
        self.channel.close()

    def test_the_end_of_a_context_wakes_a_receiver(self):
        def receive():
            started.set()
            return list(self.channel)
        started = threading.Event()
        received = self.thread.submit(receive)
        started.wait(LIMIT)
        self.connection.pulse(1)
        self.q.close()
        self.assertLessEqual(len(received.result(LIMIT)), 1)

    def test_names(self):
        self.fails(errno.ENOENT, self.q.name_connect, "python/nobody")
        self.channel.name_attach("python/test")
        with self.q.name_connect("python/test") as connection:
            self.assertEqual(connection.info().out_chid, self.channel.chid)
            self.assertEqual(connection.info().out_pid, os.getpid())
        self.channel.name_detach("python/test")
        self.fails(errno.ENOENT, self.q.name_connect, "python/test")

    def test_a_connection_that_is_a_descriptor(self):
        with self.q.connect(0, self.channel.chid, index=0) as connection:
            self.assertLess(connection.coid, qmsg.QMSG_SIDE_CHANNEL)
            os.fstat(connection.coid)
            coid = connection.coid
        self.fails(errno.EBADF, os.fstat, coid)

    def test_other_users_are_let_in_by_mode(self):
        def attach(q):
            os.setuid(4712)
            try:
                q.connect(os.getppid(), self.channel.chid)
                return opened
            except PermissionError:
                return not opened
        for opened in (False, True):
            if opened:
                self.channel.access(0o002)
            self.ends_well(self.fork(attach))

    def test_the_calls_of_the_library(self):
        query = self.q.query()
        self.assertTrue(query.out_features & qmsg.QMSG_FEATURE_UNBLOCK)
        self.assertIn("out_rcvid_bits=63", repr(query))
        self.fails(errno.EBADF, native.qmsg_channel_create, -1, 0)


class Pulses(Case):
    flags = qmsg.QMSG_CHF_DISCONNECT

    def test_codes_and_values(self):
        self.connection.pulse(0, 2**63 + 1)
        self.connection.pulse(127, -1)
        first, second = self.receive(), self.receive(0)
        self.assertEqual((first.code, first.value, first.sival_int), (0, 2**63 + 1, 1))
        self.assertEqual((second.code, second.value, second.sival_int), (127, 2**64 - 1, -1))
        self.fails(errno.EINVAL, self.connection.pulse, -1)

    def test_pulses_before_messages_if_only_pulses_are_wanted(self):
        sent = self.send(b"x")
        wait_for_request("SEND")
        self.connection.pulse(5)
        self.assertEqual(self.channel.receive(timeout=LIMIT, pulses_only=True).code, 5)
        self.receive().reply()
        sent.result(LIMIT)

    def test_a_descriptor_to_wait_with(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.channel, selectors.EVENT_READ)
            self.assertEqual(selector.select(0), [])
            self.connection.pulse(1)
            self.assertEqual(len(selector.select(LIMIT)), 1)
            self.receive()
            self.assertEqual(selector.select(0), [])

    def test_a_timer(self):
        with self.q.timer(self.connection.pulse_event(9, 99)) as timer:
            self.assertEqual(timer.left().out_value, 0)
            timer.set(3600)
            self.assertGreater(timer.left().out_value, 0)
            timer.set(0.001)
            self.assertEqual(self.receive()[:2], (9, 99))

    def test_an_event_for_a_client(self):
        event = self.connection.pulse_event(11, 1)
        sent = self.send(event)
        request = self.receive()
        request.deliver(qmsg.qmsg_event.from_buffer_copy(request.data))
        self.assertEqual(self.receive().code, 11)
        request.keep()
        request.reply()
        sent.result(LIMIT)
        request.deliver(event)
        self.assertEqual(self.receive().code, 11)

    def test_a_client_that_has_gone_is_let_go(self):
        server = os.getpid()
        self.ends_well(self.fork(lambda q: q.connect(server, self.channel.chid)))
        pulse = self.receive()
        self.assertTrue(pulse.is_disconnect)
        self.channel.let_go(pulse)
        self.fails(errno.EINVAL, self.channel.let_go, pulse)


class Unblock(Case):
    flags = qmsg.QMSG_CHF_UNBLOCK

    def client(self, handler, expected):
        """A process that sends, has handler for SIGUSR1, and gets that exception."""
        server = os.getpid()

        def send(q):
            signal.signal(signal.SIGUSR1, handler)
            try:
                q.connect(server, self.channel.chid).send(b"x")
            except expected:
                return True
            return False
        pid = self.fork(send)
        return pid, self.receive()

    def asked(self, handler, expected):
        pid, request = self.client(handler, expected)
        self.assertFalse(request.wants_to_leave)
        os.kill(pid, signal.SIGUSR1)
        pulse = self.receive()
        self.assertTrue(pulse.is_unblock)
        self.assertEqual(pulse.value, request.rcvid)
        self.assertTrue(request.wants_to_leave)
        return pid, request, pulse

    def test_who_asks_to_leave_stays_until_it_is_answered(self):
        pid, request, pulse = self.asked(lambda *_: None, InterruptedError)
        self.fails(errno.ECANCELED, request.reply, b"", unless_asked=True)
        self.assertEqual(self.channel.request(pulse.value).info.unblock_reasons,
                         qmsg.QMSG_UNBLOCK_SIGNAL)
        request.error()
        self.ends_well(pid)
        self.fails(errno.ESRCH, request.reply)

    def test_let_go_answers_it(self):
        pid, _, pulse = self.asked(lambda *_: None, InterruptedError)
        self.channel.let_go(pulse)
        self.ends_well(pid)
        self.channel.let_go(pulse)

    def test_a_handler_that_raises(self):
        pid, _, pulse = self.asked(signal.default_int_handler, KeyboardInterrupt)
        self.channel.let_go(pulse)
        self.ends_well(pid)

    def test_an_orphan(self):
        self.channel.close()
        self.channel = self.enterContext(self.q.channel(self.flags, kill_grace_ms=1))
        pid, request = self.client(signal.SIG_DFL, ())
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.assertTrue(request.now().flags & qmsg.QMSG_MI_CLIENT_GONE)
        self.fails(errno.ESRCH, request.reply, b"too late")

    def test_a_forked_child_opens_its_own(self):
        def use_the_parents(q):
            try:
                self.q.channel()
            except OSError as failure:
                return failure.errno == errno.EBADF and q.channel()
        self.ends_well(self.fork(use_the_parents))
        self.q.query()


class Serving(Case):
    flags = qmsg.QMSG_CHF_UNBLOCK

    def serve(self, *args):
        server = ThreadPoolExecutor(1)
        self.addCleanup(server.shutdown)
        self.addCleanup(self.channel.close)
        return server.submit(self.channel.serve, *args)

    def test_what_a_handler_may_return(self):
        answers = {b"data": b"DATA", b"status": 42, b"nothing": None}
        self.serve(lambda request: answers[request.data])
        self.assertEqual(self.connection.send(b"data"), (b"DATA", 0))
        self.assertEqual(self.connection.send(b"status"), (b"", 42))
        self.assertEqual(self.connection.send(b"nothing"), (b"", 0))

    def test_later(self):
        parked = []

        def handler(request):
            if request.data == b"wait":
                parked.append(request)
                return qmsg.LATER
            parked.pop().reply(b"at last")
            request.reply(b"itself", 1)
        self.serve(handler)
        sent = self.send(b"wait")
        wait_until(lambda: parked)
        self.assertEqual(self.connection.send(b"go"), (b"itself", 1))
        self.assertEqual(sent.result(LIMIT).data, b"at last")

    def test_oserror_is_for_the_client(self):
        def refuse(_request):
            raise FileExistsError(errno.EEXIST, "no")
        served = self.serve(refuse)
        self.assertTrue(self.fails(errno.EEXIST, self.connection.send).answered)
        self.fails(errno.EEXIST, self.connection.send)
        self.assertFalse(served.done())

    def test_any_other_exception_is_for_the_server(self):
        served = self.serve(lambda request: 1 // 0)
        self.fails(errno.EIO, self.connection.send)
        self.assertRaises(ZeroDivisionError, served.result, LIMIT)

    def test_pulses(self):
        pulses = []
        self.serve(lambda request: None, pulses.append)
        self.connection.pulse(3)
        wait_until(lambda: pulses)
        self.assertEqual(pulses[0].code, 3)

    def test_it_ends_with_the_channel(self):
        served = self.serve(lambda request: None)
        self.connection.send()
        self.channel.close()
        self.assertIsNone(served.result(LIMIT))


class Qnx(unittest.TestCase):
    """As a QNX program would, in Python's words."""

    def setUp(self):
        self.chid = qnx.ChannelCreate(qnx._NTO_CHF_UNBLOCK)
        self.addCleanup(qnx.ChannelDestroy, self.chid)
        self.coid = qnx.ConnectAttach(qnx.ND_LOCAL_NODE, 0, self.chid)
        self.addCleanup(qnx.ConnectDetach, self.coid)
        self.thread = ThreadPoolExecutor(1)
        self.addCleanup(self.thread.shutdown)

    def test_messages(self):
        sent = self.thread.submit(qnx.MsgSend, self.coid, b"hello", 8)
        rcvid, message, info = qnx.MsgReceive(self.chid, 2)
        self.assertLess(rcvid, 2**31)
        self.assertEqual((message, info.srcmsglen, info.pid), (b"he", 5, os.getpid()))
        self.assertEqual(qnx.MsgRead(rcvid, 10, 2), b"llo")
        self.assertEqual(qnx.MsgWrite(rcvid, b"zz", 6), 2)
        self.assertFalse(qnx.MsgInfo(rcvid).flags & qnx._NTO_MI_UNBLOCK_REQ)
        qnx.MsgReply(rcvid, -1, b"bye")
        self.assertEqual(sent.result(LIMIT), (-1, b"bye\0\0\0zz"))
        self.assertRaises(ProcessLookupError, qnx.MsgReply, rcvid)

    def test_errors(self):
        sent = self.thread.submit(qnx.MsgSend, self.coid, b"x")
        qnx.MsgError(qnx.MsgReceive(self.chid)[0], errno.ENOENT)
        self.assertRaises(FileNotFoundError, sent.result, LIMIT)
        with self.assertRaises(OSError) as caught:
            qnx.MsgSend(qnx._NTO_SIDE_CHANNEL | 999, b"x")
        self.assertEqual(caught.exception.errno, errno.EBADF)

    def test_pulses(self):
        qnx.MsgSendPulse(self.coid, -1, 17, -5)
        qnx.MsgSendPulse(self.coid, -1, 18)
        rcvid, pulse, _ = qnx.MsgReceive(self.chid)
        self.assertEqual((rcvid, pulse.code, pulse.sival_int), (0, 17, -5))
        self.assertEqual(qnx.MsgReceivePulse(self.chid).code, 18)

    def test_timeouts(self):
        qnx.TimerTimeout(time.CLOCK_MONOTONIC, qnx._NTO_TIMEOUT_SEND, 1000000)
        self.assertRaises(TimeoutError, qnx.MsgSend, self.coid, b"x")
        qnx.TimerTimeout(time.CLOCK_MONOTONIC, qnx._NTO_TIMEOUT_RECEIVE, 0)
        self.assertRaises(TimeoutError, qnx.MsgReceive, self.chid)

    def test_names(self):
        attach = qnx.name_attach("python_qnx")
        self.assertRaises(FileExistsError, qnx.name_attach, "python_qnx")
        opened = self.thread.submit(qnx.name_open, "python_qnx")
        rcvid, message, _ = qnx.MsgReceive(attach.chid)
        self.assertEqual(message[:2], b"\0\1")      # _IO_CONNECT
        qnx.MsgReply(rcvid)
        coid = opened.result(LIMIT)
        qnx.MsgSendPulse(coid, -1, 1)
        self.assertEqual(qnx.MsgReceivePulse(attach.chid).code, 1)
        qnx.name_close(coid)
        qnx.name_detach(attach)
        self.assertRaises(FileNotFoundError, qnx.name_open, "python_qnx")


class Examples(unittest.TestCase):
    """The documentation's programs, as they are, and those in C with those in Python."""

    def server(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process.stdout.readline().split()

    def client(self, *command):
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT,
                              check=True).stdout

    def gives_up(self, *command):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        wait_for_request("REPLY", process.pid)
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=LIMIT)[1]

    def test_server_and_client(self):
        for server in ((sys.executable, EXAMPLES + "server.py"), ("server",)):
            address = self.server(*server)
            for client in ((sys.executable, EXAMPLES + "client.py"), ("client",)):
                self.assertEqual(self.client(*client, *address, "hello"), "hello\n")
            self.assertIn("KeyboardInterrupt", self.gives_up(
                sys.executable, EXAMPLES + "client.py", *address, "wait"))

    def test_asyncio(self):
        address = self.server(sys.executable, EXAMPLES + "asyncio_server.py")
        with ThreadPoolExecutor(4) as threads:
            client = (sys.executable, EXAMPLES + "client.py", *address)
            answers = threads.map(lambda text: self.client(*client, text), "abcd")
            self.assertEqual(list(answers), ["A\n", "B\n", "C\n", "D\n"])


if __name__ == "__main__":
    unittest.main()
