/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call on a file looks like as a message. Its number is in it where there is room: in the
 * length of a read, in the bytes of a write, in the offset of a seek.
 */
#ifndef QMSG_FILES_MESSAGE_H
#define QMSG_FILES_MESSAGE_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "play.h"

#define CELL		((int)sizeof(uint16_t))
#define READ_MORE	64	/* no read is too short for all cells, and its number */

struct devctl_data {
	uint32_t number, answer;
};

#define FILES_DEVCTL	_IOWR('q', 1, struct devctl_data)

static inline size_t read_bytes(uint16_t number)
{
	return number * CELL + READ_MORE;
}

/* Blocking, with an offset or without. */
static inline bool is_io_head(const union message *msg, struct call *call)
{
	size_t head = sizeof(msg->io);
	int64_t offset = 0;

	call->placed = msg->io.xtype == (QMSGFS_XTYPE_OFFSET | QMSGFS_XFLAG_BLOCK);
	if (call->placed) {
		memcpy(&offset, msg->bytes + head, sizeof(offset));
		head += sizeof(offset);
	}
	call->place = offset / CELL;
	if (!call->placed && msg->io.xtype != (QMSGFS_XTYPE_NONE | QMSGFS_XFLAG_BLOCK))
		return false;
	return msg->io.combine_len == head && !msg->io.zero && offset >= 0 &&
	       offset < CELLS * CELL;
}

static inline bool read_is_sound(const union message *msg, const struct qmsg_msg_info *info,
				 struct call *call)
{
	call->number = (msg->io.nbytes - READ_MORE) / CELL;
	return is_io_head(msg, call) && info->srcmsglen == msg->io.combine_len &&
	       info->dstmsglen == read_bytes(call->number);
}

static inline bool write_is_sound(const union message *msg, const struct qmsg_msg_info *info,
				  struct call *call)
{
	uint16_t cell[CELLS];

	call->cells = msg->io.nbytes / CELL;
	if (!is_io_head(msg, call) || call->cells < 1 || call->cells > CELLS ||
	    info->srcmsglen != msg->io.combine_len + (size_t)msg->io.nbytes)
		return false;
	memcpy(cell, msg->bytes + msg->io.combine_len, call->cells * CELL);
	call->number = cell[0];
	for (int i = 1; i < call->cells; i++)
		if (cell[i] != call->number)
			return false;
	return true;
}

static inline void place_asked(struct call *call, int64_t told)
{
	call->number = told >> 8;
	call->place = told & 0xff;
}

static inline bool lseek_is_sound(const union message *msg, struct call *call)
{
	call->kind = msg->lseek.whence == SEEK_SET ? C_LSEEK : C_TELL;
	place_asked(call, msg->lseek.offset);
	return msg->lseek.whence == SEEK_SET || msg->lseek.whence == SEEK_CUR;
}

static inline bool devctl_is_sound(const union message *msg, struct call *call)
{
	struct devctl_data data;

	memcpy(&data, msg->bytes + sizeof(msg->devctl), sizeof(data));
	call->number = data.number;
	return msg->devctl.dcmd == (int)FILES_DEVCTL && msg->devctl.nbytes == sizeof(data);
}

static inline bool space_is_sound(const union message *msg, struct call *call)
{
	place_asked(call, msg->space.start);
	return msg->space.subtype == QMSGFS_SPACE_FREE && !msg->space.len;
}

/* The turn of an open is in flags that mean nothing here, that of an fsync is one of data only. */
static inline int flags_of_turn(unsigned int turn)
{
	return (turn & 1 ? O_NOATIME : 0) | (turn & 2 ? O_NOFOLLOW : 0);
}

static inline bool open_is_sound(const union message *msg, struct call *call)
{
	call->place = msg->connect.handle;
	while (call->turn < 3 &&
	       (int)(msg->connect.ioflag & (O_NOATIME | O_NOFOLLOW)) != flags_of_turn(call->turn))
		call->turn++;
	return msg->connect.subtype == QMSGFS_CONNECT_OPEN;
}

/* Two words, of which the second is the flag. */
static inline bool sync_is_sound(const union message *msg, struct call *call)
{
	uint32_t flag;

	memcpy(&flag, msg->bytes + sizeof(flag), sizeof(flag));
	call->turn = flag == O_DSYNC;
	return flag == O_DSYNC || flag == O_SYNC;
}

static inline enum call_kind kind_of(const union message *msg)
{
	switch (msg->type) {
	case QMSGFS_CONNECT:
		return C_OPEN;
	case QMSGFS_READ:
		return C_READ;
	case QMSGFS_WRITE:
		return C_WRITE;
	case QMSGFS_LSEEK:
		return C_LSEEK;
	case QMSGFS_DEVCTL:
		return C_DEVCTL;
	case QMSGFS_SPACE:
		return C_TRUNCATE;
	case QMSGFS_SYNC:
		return C_SYNC;
	case QMSGFS_CLOSE:
		return C_CLOSE;
	}
	return C_NONE;
}

/* The call that it is about; false: nobody can have made that. */
static inline bool call_of(const union message *msg, const struct qmsg_msg_info *info,
			   struct call *call)
{
	*call = (struct call){ .kind = kind_of(msg) };
	switch (call->kind) {
	case C_OPEN:
		return open_is_sound(msg, call);
	case C_SYNC:
		return sync_is_sound(msg, call);
	case C_READ:
		return read_is_sound(msg, info, call);
	case C_WRITE:
		return write_is_sound(msg, info, call);
	case C_LSEEK:
		return lseek_is_sound(msg, call);
	case C_DEVCTL:
		return devctl_is_sound(msg, call);
	case C_TRUNCATE:
		return space_is_sound(msg, call);
	}
	return call->kind != C_NONE;
}

#endif /* QMSG_FILES_MESSAGE_H */
