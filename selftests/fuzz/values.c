// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/qmsg.h>

#include "stage.h"
#include "values.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096

static const int64_t extremes[] = {
	-1, INT32_MAX, INT32_MIN, 1 << 16, 255, 256, 1 << 20, -2, 0x40000000, 0x7fffff, 1024, 1023,
	65535, UINT32_MAX - 1, -32, 99,
};

static const uint64_t lengths[] = {
	0, 1, 8, 24, 64, 255, 256, 257, 4095, 4096, 4097, 8192, 65536, 3, 1024, 1025, 2,
	MEMORY_BYTES, 7, QMSG_LEN_MAX, QMSG_LEN_MAX + 1ULL, ~0ULL, 1ULL << 63, 12288,
};

static const uint64_t milliseconds[] = { 0, 1, 3, 10 };

static const char names[] = "a/b/../a/longer/name\0with/zero";

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The bits of @known that @byte has, the lowest first. */
static uint32_t flags(uint32_t known, uint8_t byte)
{
	uint32_t value = byte >= 0xf0 ? 1U << (31 - (byte & 0xf)) : 0;

	for (int bit = 0; known; known &= known - 1, bit++)
		if (bit < 8 && byte & (1 << bit))
			value |= known & -known;
	return value;
}

static int64_t number(uint8_t byte)
{
	return byte < 200 ? byte : extremes[byte % COUNT(extremes)];
}

/* The lower half: what was made. The upper: something near it, or from the tables. */
static int64_t slot(struct stage *s, enum slot kind, uint8_t byte)
{
	int64_t value = s->slots[kind][byte % SLOTS];

	if (byte < 192)
		return value;
	if (byte < 224)
		return value ^ (1LL << (byte & 31));
	return number(byte);
}

static int64_t event_id(struct stage *s, uint8_t byte)
{
	if (byte < 96)
		return slot(s, COIDS, byte);
	return byte < 160 ? byte - 96 : slot(s, HANDLES, byte - 160);
}

static int64_t pid_of(struct stage *s, uint8_t byte)
{
	switch (byte % 8) {
	case 0: return s->pids[0];
	case 1: return s->pids[1];
	case 2: return 0;
	case 3: return getppid();
	case 4: return 1;
	default: return byte < 128 ? s->pids[0] : number(byte);
	}
}

static uint64_t deadline(uint8_t byte)
{
	if (byte < 192)
		return now() + milliseconds[byte % COUNT(milliseconds)] * 1000000;
	switch (byte % 4) {
	case 0: return 0;
	case 1: return QMSG_NO_DEADLINE;
	case 2: return 1ULL << 63;
	default: return 1;
	}
}

static uint64_t pointer(struct actor *a, uint8_t byte)
{
	const struct memory *m = &a->memory;
	const void *places[] = {
		m->plain, m->plain + 1, m->edge, m->edge + EDGE_BYTES - 8, m->pieces, m->odd,
		m->toggled, m->constant, m->cut, m->edge + EDGE_BYTES, NULL,
		(void *)0xffff888000000000, (void *)-8L, m->plain + MEMORY_BYTES / 2,
		m->plain + 64, &m->odd[1],
	};

	/* Most of the time the simplest. */
	return (uintptr_t)places[byte < 64 ? 0 : byte % COUNT(places)];
}

uint64_t value_of(struct actor *a, enum kind kind, uint32_t known, uint8_t byte)
{
	struct stage *s = a->stage;

	switch (kind) {
	case END: break;
	case FLAGS: return flags(known, byte);
	case NUMBER: return number(byte);
	case WORD: return byte * 0x0101010101010101ULL;
	case MODE: return byte < 224 ? byte & 0222 : number(byte);
	case GRACE: return byte < 224 ? byte % 32 : number(byte);
	case PID: return pid_of(s, byte);
	case CHID: return slot(s, CHIDS, byte);
	case COID: return slot(s, COIDS, byte);
	case SCOID: return slot(s, COIDS, byte) | QMSG_SIDE_CHANNEL;
	case RCVID: return slot(s, RCVIDS, byte);
	case TIMER: return slot(s, TIMERS, byte);
	case HANDLE: return slot(s, HANDLES, byte);
	case FD: return slot(s, FDS, byte);
	case EVENT_ID: return event_id(s, byte);
	case CLOCK: return byte < 128 ? "\0\1\7"[byte % 3] : number(byte);
	case LENGTH: return lengths[byte % COUNT(lengths)];
	case POINTER: return pointer(a, byte);
	case DEADLINE: return deadline(byte);
	case NANOSECONDS: return byte < 200 ? byte * 20000ULL : lengths[byte % COUNT(lengths)];
	case NAME: return byte < 128 ? (uintptr_t)names + byte % 8 : pointer(a, byte);
	case NAME_LENGTH: return byte < 128 ? byte % 24 : (uint64_t)number(byte);
	case ERROR: return byte < 160 ? byte : (uint64_t)number(byte);
	case PRIORITY: return byte < 240 ? byte - 1 : number(byte);
	}
	return 0;
}

int file_of(struct actor *a, uint8_t byte)
{
	if (byte < 192)
		return a->q[0];
	switch (byte % 5) {
	case 0: return a->stage->foreign;
	case 1: return a->stage->slots[FDS][byte % SLOTS];
	case 2: return a->stage->slots[COIDS][byte % SLOTS];
	default: return a->q[1];
	}
}

static char *map(size_t len, int prot)
{
	char *p = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

/* The second page is behind the end of the file. */
static char *map_cut(void)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char *p;

	if (fd < 0 || ftruncate(fd, PAGE))
		abort();
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		abort();
	return p + PAGE;
}

void memory_make(struct memory *m)
{
	m->plain = map(MEMORY_BYTES, PROT_READ | PROT_WRITE);
	m->edge = map(2 * PAGE, PROT_READ | PROT_WRITE);
	munmap(m->edge + PAGE, PAGE);
	m->constant = map(PAGE, PROT_READ);
	m->toggled = map(2 * PAGE, PROT_READ | PROT_WRITE);
	m->cut = map_cut();
	m->pieces = (void *)map(1024 * sizeof(m->pieces[0]), PROT_READ | PROT_WRITE);
	for (int i = 0; i < 1024; i++)
		m->pieces[i] = (struct iovec){ m->plain + i, 1 };
	m->odd = (void *)map(PAGE, PROT_READ | PROT_WRITE);
	m->odd[0] = (struct iovec){ m->plain, 5000 };
	m->odd[1] = (struct iovec){ NULL, 0 };
	m->odd[2] = (struct iovec){ m->plain + 100, 3000 };
	m->odd[3] = (struct iovec){ m->edge, PAGE + 1 };
	m->odd[4] = (struct iovec){ m->plain, -1UL };
}
