// SPDX-License-Identifier: GPL-2.0-only
/* The queue's client: poll, epoll with edges, ionotify with a pulse, MsgSend on a descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(what) do {						\
	if (!(what)) {							\
		printf("line %d: %s: %s\n", __LINE__, #what, strerror(errno)); \
		exit(EXIT_FAILURE);					\
	}								\
} while (0)

static int in, out;

static int say(const char *text)
{
	return write(out, text, strlen(text)) == (ssize_t)strlen(text);
}

/* In a child, so that it comes while this process waits. */
static pid_t say_later(const char *text)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	usleep(50000);
	_exit(!say(text));
}

static int ended(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && status == 0;
}

static int hear(const char *text)
{
	char buf[64];
	ssize_t n = read(in, buf, sizeof(buf));

	return n == (ssize_t)strlen(text) && !memcmp(buf, text, n);
}

static void with_poll(void)
{
	struct pollfd p = { .fd = in, .events = POLLIN | POLLOUT };
	pid_t pid;

	CHECK(poll(&p, 1, 10000) == 1 && p.revents == POLLOUT);
	p.events = POLLIN;
	CHECK(poll(&p, 1, 10) == 0);
	pid = say_later("one");
	CHECK(poll(&p, 1, 10000) == 1 && p.revents == POLLIN);
	CHECK(hear("one") && ended(pid));
}

/* Nobody asks between two edges. */
static void with_edges(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET }, got;
	int ep = epoll_create1(0);

	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, in, &ev) == 0);
	CHECK(epoll_wait(ep, &got, 1, 20) == 0);
	CHECK(say("two") && epoll_wait(ep, &got, 1, 10000) == 1 && got.events & EPOLLIN);
	CHECK(hear("two"));
	CHECK(say("three") && epoll_wait(ep, &got, 1, 10000) == 1);
	CHECK(hear("three"));
	close(ep);
}

static void with_pulse(void)
{
	int chid = ChannelCreate(0), coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	struct sigevent event;
	struct _pulse pulse;

	SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, 5, 99);
	CHECK(ionotify(in, _NOTIFY_ACTION_POLLARM, _NOTIFY_COND_INPUT, &event) == 0);
	CHECK(say("four"));
	CHECK(MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	CHECK(pulse.code == 5 && pulse.value.sival_int == 99);
	CHECK(ionotify(in, _NOTIFY_ACTION_POLL, _NOTIFY_COND_INPUT, NULL) == _NOTIFY_COND_INPUT);
	CHECK(hear("four"));
	CHECK(ionotify(in, _NOTIFY_ACTION_POLL, _NOTIFY_COND_INPUT, NULL) == 0);
	ChannelDestroy(chid);
}

/* The descriptor is the connection: the same messages by hand. */
static void with_messages(void)
{
	struct {
		io_write_t head;
		char text[4];
	} w = { .text = { 'f', 'i', 'v', 'e' } };
	io_read_t r = { .i = { .type = _IO_READ, .combine_len = sizeof(r.i), .nbytes = 16 } };
	struct _server_info info;
	char buf[16];

	w.head.i.type = _IO_WRITE;
	w.head.i.combine_len = sizeof(w.head.i);
	w.head.i.nbytes = 4;
	CHECK(MsgSend(out, &w, sizeof(w), NULL, 0) == 4);
	CHECK(MsgSend(in, &r, sizeof(r), buf, sizeof(buf)) == 4);
	CHECK(!memcmp(buf, "five", 4));
	CHECK(ConnectServerInfo(0, in, &info) == in && info.coid == in);
}

int main(void)
{
	in = open("/dev/mq/sample", O_RDWR);
	out = open("/dev/mq/sample", O_WRONLY);
	CHECK(in != -1 && out != -1);
	with_poll();
	with_edges();
	with_pulse();
	with_messages();
	return EXIT_SUCCESS;
}
