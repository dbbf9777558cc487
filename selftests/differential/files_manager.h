/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manager of small files, without a library. What a message does to a file it does together
 * with the answer, under one lock: so a call that is not answered has done nothing.
 */
#ifndef QMSG_FILES_MANAGER_H
#define QMSG_FILES_MANAGER_H

#include <fcntl.h>

#include "files_message.h"

#define FILES_TOP	"/tmp/differ"
#define OPEN_FILES	64

struct open_file {
	int32_t scoid;		/* 0: none */
	uint8_t file, at;
};

static struct {
	pthread_mutex_t lock;
	int control;		/* /dev/qmsgfs */
	/* Under the lock. */
	struct small_file file[FILES];
	struct open_file open[OPEN_FILES];
} manager = { .lock = PTHREAD_MUTEX_INITIALIZER };

static inline void files_path(char *path, size_t len, const char *top, int file)
{
	snprintf(path, len, "%s/differ%d", top, file);
}

/* It goes with its channel. */
static inline int file_attach(int chid, int file)
{
	char path[64];
	struct qmsgfs_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.handle = file,
		.mode = S_IFREG | 0666,
		.path_ptr = (uintptr_t)path,
	};

	files_path(path, sizeof(path), "", file);
	args.path_len = strlen(path);
	return ioctl(manager.control, QMSGFS_IOC_ATTACH, &args) ? -errno : 0;
}

static inline void manager_begin(struct stage *s)
{
	memset(manager.file, 0, sizeof(manager.file));
	memset(manager.open, 0, sizeof(manager.open));
	for (int file = 0; file < FILES; file++)
		if (file_attach(s->chid, file))
			stage_strange(s, "no node for file", file);
}

static inline struct open_file *find_open(int32_t scoid)
{
	for (int i = 0; i < OPEN_FILES; i++)
		if (manager.open[i].scoid == scoid)
			return &manager.open[i];
	return NULL;
}

/* The thread that has sent it; a process acts for the first of its threads. -1: none has. */
static inline int thread_of(const struct stage *s, pid_t tid)
{
	for (int thread = TROUBLE; thread < THREADS; thread++)
		if (s->tid[thread] == tid)
			return thread;
	for (int i = 1; i < PROCESSES; i++)
		if (s->process[i].pid == tid)
			return CLIENTS + 2 * (i - 1);
	return -1;
}

/*
 * A message without a number: from a call like it that was not over when @receive began; its
 * client may have left meanwhile, and called again. Who closes does not leave, but may close one
 * after the other before it comes to the last of a description. So it is the latest.
 */
static inline const struct op *find_call(const struct stage *s, const struct op *receive,
					 int thread, const struct call *call)
{
	const struct slot *slot = &s->slot[thread];
	const struct op *found = NULL;

	for (unsigned int i = 0; i < slot->n; i++) {
		const struct op *op = &slot->op[i];

		if (is_same_call(&op->call, call) && (!op->end || op->end > receive->begin))
			found = op;
	}
	return found;
}

/* What it comes from; NULL: from nothing that anybody does. */
static inline const struct op *sender(const struct stage *s, const struct op *receive, pid_t tid,
				      const struct call *call)
{
	int thread = thread_of(s, tid);

	if (thread < 0)
		return NULL;
	if (!call->number)
		return find_call(s, receive, thread, call);
	return call->number / SLOT_OPS == thread ?
	       &s->slot[thread].op[call->number % SLOT_OPS] : NULL;
}

static inline void read_message(struct stage *s, struct op *op, const union message *msg,
				const struct qmsg_msg_info *info, struct held *held)
{
	bool sound = call_of(msg, info, &held->call);
	const struct op *from = sender(s, op, info->tid, &held->call);

	op->got = from ? from->value : -1;
	op->garbled = !sound || !from || !is_same_call(&held->call, &from->call) ||
		      info->file != info->scoid;
	op->call = held->call;
	held->number = op->got;
	held->scoid = info->scoid;
}

/* Of what is longer than a message there is nothing but bytes of this one. */
static inline void read_again(struct op *op, const struct held *held, const union message *msg,
			      size_t n)
{
	struct qmsg_msg_info info = { .srcmsglen = n, .dstmsglen = read_bytes(held->call.number) };
	struct call call;

	op->got = call_of(msg, &info, &call) && is_same_call(&call, &held->call) ?
		  held->number : -1;
}

/* ---------------------------------------------------------------- answers */

union answer {
	uint16_t cell[1 + CELLS];
	uint64_t offset;
	struct {
		struct qmsgfs_devctl_reply head;
		struct devctl_data data;
	} devctl;
};

/* Which is @ret to the client; returns its length. */
static inline size_t make_answer(union answer *a, const struct op *op, const struct call *call,
				 int32_t ret)
{
	switch (call->kind) {
	case C_READ:
		a->cell[0] = call->number;
		return ret;
	case C_LSEEK:
	case C_TELL:
		a->offset = ret;
		return sizeof(a->offset);
	case C_DEVCTL:
		a->devctl.head.ret_val = ret;
		a->devctl.data = (struct devctl_data){ call->number, op->value };
		return sizeof(a->devctl);
	}
	return 0;
}

/* What was opened is there before anybody can ask for it. */
static inline struct open_file *open_of(const struct held *held, bool *made)
{
	struct open_file *open = find_open(held->scoid);

	*made = !open && held->call.kind == C_OPEN;
	if (*made)
		open = find_open(0);
	if (*made && open)
		*open = (struct open_file){ held->scoid, held->call.place, 0 };
	return open;
}

static inline int reply_locked(struct stage *s, const struct op *op, const struct held *held,
			       struct qmsg_msg_reply *args)
{
	static struct open_file nobodys;
	bool made;
	struct open_file *open = open_of(held, &made);
	struct small_file after = manager.file[open ? open->file : 0];
	union answer answer = { .devctl = { .head = { 0 } } };
	uint8_t at;
	int ret;

	/* An answer to a call that is over, and its file as well. */
	if (!open)
		open = &nobodys;
	at = open->at;
	args->status = file_does(&after, &at, &held->call, op->part, answer.cell + 1);
	args->buf_len = make_answer(&answer, op, &held->call, args->status);
	args->buf_ptr = (uintptr_t)&answer;
	ret = qmsg_msg_reply_with(s->q, args);
	if (ret) {
		open->scoid = made ? 0 : open->scoid;
		return ret;
	}
	manager.file[open->file] = after;
	open->at = at;
	return 0;
}

static inline int reply_to(struct stage *s, const struct op *op, const struct held *held,
			   struct qmsg_msg_reply *args)
{
	int ret;

	pthread_mutex_lock(&manager.lock);
	ret = reply_locked(s, op, held, args);
	pthread_mutex_unlock(&manager.lock);
	return ret;
}

/* Its scoid is about to be given back. */
static inline void client_gone(int32_t scoid)
{
	struct open_file *open;

	pthread_mutex_lock(&manager.lock);
	open = find_open(scoid);
	if (open)
		*open = (struct open_file){ 0 };
	pthread_mutex_unlock(&manager.lock);
}

#endif /* QMSG_FILES_MANAGER_H */
