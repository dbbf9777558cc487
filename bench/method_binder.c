// SPDX-License-Identifier: GPL-2.0-only
/*
 * Android's binder: the server is the context manager of a device. A receiver
 * finds the bytes in memory that the driver has mapped for it, so neither end has them in
 * its own buffer.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAP_SIZE (4 * LARGEST)
#define BUSY_MS 20000

/* What is written: a release of the last message, then or before that a transaction. */
struct transaction {
	uint32_t command;
	struct binder_transaction_data data;
} __attribute__((packed));

struct release {
	uint32_t command;
	binder_uintptr_t buffer;
} __attribute__((packed));

struct request {
	struct release release;
	struct transaction transaction;
} __attribute__((packed));

struct answer {
	struct transaction transaction;
	struct release release;
} __attribute__((packed));

/* There can be /dev/binder0, binder1 ... (parameter "devices" of the module), or just one. */
static const char *const single[] = { "/dev/binder", "/dev/binderfs/binder" };

static bool numbered(char *path, size_t room, int n)
{
	snprintf(path, room, "/dev/binder%d", n);
	return access(path, R_OK | W_OK) == 0;
}

static bool choose_device(char *path, size_t room)
{
	static int next;

	if (numbered(path, room, next++))
		return true;
	next = 1;
	if (numbered(path, room, 0))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(single); i++) {
		snprintf(path, room, "%s", single[i]);
		if (access(path, R_OK | W_OK) == 0)
			return true;
	}
	return false;
}

static const char *missing(void)
{
	char path[64];

	return choose_device(path, sizeof(path)) ? NULL : "no device";
}

static int choose(struct pair *p)
{
	return choose_device(p->path, sizeof(p->path)) ? 0 : -ENODEV;
}

/* Each end by itself: the driver knows a process by its open file. */
static int open_end(struct pair *p)
{
	int fd = open(p->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	p->fd[CLIENT_IN] = fd;
	p->map = mmap(NULL, MAP_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p->map != MAP_FAILED)
		return 0;
	p->map = NULL;
	return -errno;
}

static void close_end(struct pair *p)
{
	if (p->map)
		munmap(p->map, MAP_SIZE);
	p->map = NULL;
}

/* Writes first, then reads, and waits when there is nothing to read. */
static int write_read(const struct pair *p, void *out, size_t size, void *in, size_t *room)
{
	struct binder_write_read both = {
		.write_size = size,
		.write_buffer = (uintptr_t)out,
		.read_size = *room,
		.read_buffer = (uintptr_t)in,
	};

	if (ioctl(p->fd[CLIENT_IN], BINDER_WRITE_READ, &both))
		return -errno;
	*room = both.read_consumed;
	return 0;
}

/* 1: the command awaited was there, its data is in @data. 0: something else. -errno. */
static int find(const char *in, size_t size, uint32_t awaited, struct binder_transaction_data *data)
{
	uint32_t command;

	for (size_t at = 0; at + sizeof(command) <= size; at += _IOC_SIZE(command)) {
		memcpy(&command, in + at, sizeof(command));
		at += sizeof(command);
		if (command == awaited) {
			memcpy(data, in + at, sizeof(*data));
			return 1;
		}
		if (command == BR_DEAD_REPLY || command == BR_FAILED_REPLY || command == BR_ERROR)
			return -EPIPE;
	}
	return 0;
}

static int exchange(const struct pair *p, void *out, size_t size, uint32_t awaited,
		    struct binder_transaction_data *data)
{
	char in[256];
	size_t room;
	int found = 0;

	for (; !found; size = 0) {
		room = sizeof(in);
		found = write_read(p, out, size, in, &room) ?: find(in, room, awaited, data);
	}
	return found < 0 ? found : 0;
}

static void fill(struct transaction *t, uint32_t command, uintptr_t data, size_t size)
{
	*t = (struct transaction){
		.command = command,
		.data.data_size = size,
		.data.data.ptr.buffer = data,
	};
}

/* The reply stays where it is until the next request takes its release along. */
static int round_trip(struct pair *p)
{
	struct binder_transaction_data data;
	struct request request = { .release = { BC_FREE_BUFFER, p->unfreed } };
	size_t skipped = p->unfreed ? 0 : sizeof(request.release);
	int error;

	fill(&request.transaction, BC_TRANSACTION, (uintptr_t)p->out.data, p->size);
	error = exchange(p, (char *)&request + skipped, sizeof(request) - skipped, BR_REPLY, &data);
	if (error)
		return error;
	p->unfreed = data.data.ptr.buffer;
	p->reply = (char *)p->unfreed;
	return data.data_size == p->size ? 0 : -EPROTO;
}

/*
 * A device forgets its last server in a work queue, which must get the processor for it:
 * beside SCHED_FIFO it does so only while we sleep.
 */
static int become_manager(const struct pair *p)
{
	int32_t zero = 0;

	for (int i = 0; i < BUSY_MS; i++) {
		if (ioctl(p->fd[CLIENT_IN], BINDER_SET_CONTEXT_MGR, &zero) == 0)
			return 0;
		if (errno != EBUSY)
			return -errno;
		nap_ms(1);
	}
	return -EBUSY;
}

static int become_server(struct pair *p)
{
	uint32_t enter = BC_ENTER_LOOPER;
	size_t none = 0;

	return open_end(p) ?: become_manager(p) ?:
	       write_read(p, &enter, sizeof(enter), NULL, &none);
}

static int serve(struct pair *p)
{
	struct binder_transaction_data data;
	struct answer answer;
	int error = exchange(p, NULL, 0, BR_TRANSACTION, &data);

	while (!error) {
		fill(&answer.transaction, BC_REPLY, data.data.ptr.buffer, data.data_size);
		answer.release = (struct release){ BC_FREE_BUFFER, data.data.ptr.buffer };
		error = exchange(p, &answer, sizeof(answer), BR_TRANSACTION, &data);
	}
	return error;
}

const struct method method_binder = {
	.name = "binder",
	.largest = LARGEST,
	.missing = missing,
	.open = choose,
	.listen = become_server,
	.connect = open_end,
	.round_trip = round_trip,
	.serve = serve,
	.close = close_end,
};
