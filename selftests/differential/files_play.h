/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of files: the clients, who know of no messages. */
#ifndef QMSG_FILES_PLAY_H
#define QMSG_FILES_PLAY_H

#include <sys/uio.h>

#include "files_manager.h"

#define READ_MOST	(THREADS * SLOT_OPS * CELL + READ_MORE)

static inline struct op *file_op(struct stage *s, int thread, enum op_type type,
				 const struct call *call, int fd)
{
	struct op *op = op_begin(s, thread, type);

	op->coid = fd;
	op->value = op_id(s, thread, op);
	/* Before and after its threads there is their process. */
	op->prio = this_tid() == getpid() ? 0 : s->p.prio[thread];
	op->call = *call;
	return op;
}

static inline int errno_or(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* ------------------------------------------------------------- descriptors */

/* One that there is, or was a moment ago; -1: none. */
static inline int fd_pick(struct stage *s, int thread, uint32_t pick, bool take)
{
	_Atomic int *fds = s->process[process_of(thread)].fd;

	for (int i = 0; i < FD_SLOTS; i++) {
		_Atomic int *slot = &fds[(pick + i) % FD_SLOTS];
		int fd = take ? atomic_exchange(slot, -1) : atomic_load(slot);

		if (fd >= 0)
			return fd;
	}
	return -1;
}

static inline bool fd_keep(struct client_process *p, int fd)
{
	for (int i = 0; i < FD_SLOTS; i++) {
		int none = -1;

		if (atomic_compare_exchange_strong(&p->fd[i], &none, fd))
			return true;
	}
	return false;
}

static inline void play_close(struct stage *s, int thread, int fd)
{
	struct op *op = file_op(s, thread, OP_CLOSE, &(struct call){ .kind = C_CLOSE }, fd);
	uint64_t since = now_ns();
	int ret = errno_or(close(fd));

	op->late = now_ns() - since >= GRACE_MS * 1000000ULL;
	op_end(s, op, ret);
}

static inline void fd_new(struct stage *s, int thread, int fd)
{
	if (fd >= 0 && !fd_keep(&s->process[process_of(thread)], fd))
		play_close(s, thread, fd);
}

static inline void play_open(struct stage *s, int thread, int file)
{
	static __thread uint8_t turn;
	struct call call = { .kind = C_OPEN, .place = file, .turn = turn++ % 4 };
	struct op *op = file_op(s, thread, OP_OPEN, &call, -1);
	char path[64];
	int fd;

	files_path(path, sizeof(path), FILES_TOP, file);
	fd = errno_or(open(path, O_RDWR | O_CLOEXEC | flags_of_turn(call.turn)));
	op_end(s, op, fd);
	fd_new(s, thread, fd);
}

static inline void play_dup(struct stage *s, int thread, int fd)
{
	struct op *op = file_op(s, thread, OP_DUP, &(struct call){ 0 }, fd);
	int other = errno_or(dup(fd));

	op_end(s, op, other);
	fd_new(s, thread, other);
}

/* -------------------------------------------------------------------- calls */

/* The cut is somewhere, also within a cell. */
static inline int cut(struct iovec *iov, void *buf, size_t len, unsigned int pieces)
{
	size_t at = 0;

	for (unsigned int i = 0; i < pieces; i++) {
		size_t n = i + 1 < pieces ? 3 : len - at;

		n = n < len - at ? n : len - at;
		iov[i] = (struct iovec){ (char *)buf + at, n };
		at += n;
	}
	return pieces;
}

/* A read's answer begins with its number; what is further on was not to be touched. */
static inline int call_read(struct op *op)
{
	static __thread uint16_t buf[READ_MOST / CELL];
	size_t len = read_bytes(op->value);
	off_t at = op->call.place * CELL;
	struct iovec iov[3];
	int n, ret;

	memset(buf, 0xff, len);
	n = cut(iov, buf, len, op->pieces);
	if (op->call.placed)
		ret = n == 1 ? pread(op->coid, buf, len, at) : preadv(op->coid, iov, n, at);
	else
		ret = n == 1 ? read(op->coid, buf, len) : readv(op->coid, iov, n);
	ret = errno_or(ret);
	if (ret < 0)
		return ret;
	op->garbled = ret < CELL || ret > CELL * (1 + CELLS) || ret % CELL ||
		      buf[0] != op->value || buf[ret / CELL] != 0xffff;
	if (!op->garbled)
		memcpy(op->cell, buf + 1, ret - CELL);
	return ret;
}

static inline int call_write(struct op *op)
{
	size_t len = op->call.cells * CELL;
	off_t at = op->call.place * CELL;
	uint16_t buf[CELLS];
	struct iovec iov[3];
	int n;

	for (int i = 0; i < op->call.cells; i++)
		buf[i] = op->value;
	n = cut(iov, buf, len, op->pieces);
	if (op->call.placed)
		return errno_or(n == 1 ? pwrite(op->coid, buf, len, at) :
					 pwritev(op->coid, iov, n, at));
	return errno_or(n == 1 ? write(op->coid, buf, len) : writev(op->coid, iov, n));
}

static inline int call_devctl(struct op *op)
{
	struct devctl_data data = { .number = op->value };
	int ret = errno_or(ioctl(op->coid, FILES_DEVCTL, &data));

	op->got = data.answer;
	op->garbled = ret >= 0 && data.number != op->value;
	return ret;
}

static inline int call_file(struct op *op)
{
	int32_t told = place_told(op->call.number, op->call.place);

	switch (op->call.kind) {
	case C_READ:
		return call_read(op);
	case C_WRITE:
		return call_write(op);
	case C_LSEEK:
		return errno_or(lseek(op->coid, told, SEEK_SET));
	case C_TELL:
		return errno_or(lseek(op->coid, told, SEEK_CUR));
	case C_DEVCTL:
		return call_devctl(op);
	case C_TRUNCATE:
		return errno_or(ftruncate(op->coid, told));
	default:
		return errno_or(op->call.turn ? fdatasync(op->coid) : fsync(op->coid));
	}
}

/* Only what a message of its kind has. */
static inline struct call call_made(const struct call *call, uint16_t number)
{
	static __thread uint8_t turn;
	struct call made = { .kind = call->kind, .number = number };

	switch (call->kind) {
	case C_WRITE:
		made.cells = call->cells;
		/* fallthrough */
	case C_READ:
		made.placed = call->placed;
		made.place = call->placed ? call->place : 0;
		break;
	case C_LSEEK:
	case C_TELL:
	case C_TRUNCATE:
		made.place = call->place;
		break;
	case C_SYNC:
		made.number = 0;
		made.turn = turn++ % 2;
		break;
	}
	return made;
}

static inline void play_call(struct stage *s, int thread, const struct act *a, int fd)
{
	struct op *op = file_op(s, thread, OP_CALL, &a->call, fd);

	op->call = call_made(&a->call, op->value);
	op->pieces = a->pieces;
	op_end(s, op, call_file(op));
}

static inline void play_client(struct stage *s, int thread, const struct act *a)
{
	int fd;

	if (a->type == OP_OPEN)
		play_open(s, thread, a->call.place);
	if (a->type == OP_OPEN || a->type == OP_NONE)
		return;
	fd = fd_pick(s, thread, a->pick, a->type == OP_CLOSE);
	if (fd < 0)
		return;
	if (a->type == OP_DUP)
		play_dup(s, thread, fd);
	else if (a->type == OP_CLOSE)
		play_close(s, thread, fd);
	else
		play_call(s, thread, a, fd);
}

/* ---------------------------------------------------------------- processes */

static inline void on_signal(int sig)
{
	int was = errno;
	struct op *op = op_begin(my_part.s, my_part.thread, OP_HANDLED);

	op->restarts = sig == SIGUSR2;
	op_end(my_part.s, op, 0);
	errno = was;
}

static inline void clients_begin(struct stage *s, int thread)
{
	struct sigaction sa = { .sa_handler = on_signal };

	(void)s;
	(void)thread;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &sa, NULL);
}

static inline void close_all(struct stage *s, int thread)
{
	int fd;

	while ((fd = fd_pick(s, thread, 0, true)) >= 0)
		play_close(s, thread, fd);
}

static inline void clients_end(struct stage *s, int thread)
{
	close_all(s, thread);
}

/* Somebody has to open what all processes are to have, while the first thread answers. */
static inline void *open_files(void *arg)
{
	struct stage *s = arg;

	atomic_store(&s->tid[TROUBLE], this_tid());
	for (int file = 0; file < FILES; file++)
		play_open(s, TROUBLE, file);
	race_reach(&s->opened, 1);
	return NULL;
}

static inline void answer_until_opened(struct stage *s)
{
	const struct held *held;

	while (!race_reached(&s->opened, 1)) {
		int n = atomic_load(&s->nheld);

		if (play_receive(s, 0, false, now_ns() + SOON_NS) <= 0)
			op_forget(s, 0);
		held = &s->held[n];
		if (atomic_load(&s->nheld) > n)
			play_answer(s, 0, held, &plain_answer);
	}
}

static inline void no_descriptors(struct stage *s)
{
	for (int i = 0; i < PROCESSES; i++)
		for (int n = 0; n < FD_SLOTS; n++)
			s->process[i].fd[n] = -1;
}

static inline void stage_begin(struct stage *s)
{
	pthread_t opener;

	no_descriptors(s);
	manager_begin(s);
	if (pthread_create(&opener, NULL, open_files, s))
		abort();
	answer_until_opened(s);
	pthread_join(opener, NULL);
	for (int i = 1; i < PROCESSES; i++)
		for (int n = 0; n < FD_SLOTS; n++)
			s->process[i].fd[n] = atomic_load(&s->process[0].fd[n]);
}

/* None of them is the last: the clients have them all. */
static inline void stage_begun(struct stage *s)
{
	close_all(s, 0);
}

#endif /* QMSG_FILES_PLAY_H */
