// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file store in memory. A write message is a header and the data behind
 * it, as long as the client likes: the server receives the header and then
 * fetches the data with MsgRead() block by block, the way a file system
 * fills its cache. Reading works the other way round with MsgWrite().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <stddef.h>
#include <pthread.h>
#include <sys/uio.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define FS_WRITE	(_IO_MAX + 1)
#define FS_READ		(_IO_MAX + 2)
#define FS_CHECK	(_IO_MAX + 3)

#define BLOCK		512
#define NBLOCKS		64
#define FILE_SIZE	(BLOCK * 20 + 17)

typedef struct {
	_Uint16t type;
	_Uint16t combine_len;
	_Uint32t nbytes;
	_Uint32t offset;
} fs_header_t;

typedef union {
	_Uint16t type;
	struct _pulse pulse;
	fs_header_t hdr;
} fs_msg_t;

static unsigned char cache[NBLOCKS][BLOCK];
static unsigned file_length;
static unsigned reads_done;
static int chid;

static int fs_write(int rcvid, fs_header_t *hdr, struct _msg_info *info)
{
	unsigned done = 0, pos, n;
	int got;

	if (hdr->nbytes != info->srcmsglen - sizeof(*hdr))
		return EINVAL;
	while (done < hdr->nbytes) {
		pos = hdr->offset + done;
		if (pos >= sizeof(cache))
			break;			/* disk full: a short write */
		n = min(BLOCK - pos % BLOCK, hdr->nbytes - done);
		got = MsgRead(rcvid, &cache[pos / BLOCK][pos % BLOCK], n, sizeof(*hdr) + done);
		if (got != (int)n) {
			fprintf(stderr, "MsgRead: %d of %u bytes\n", got, n);
			return EIO;
		}
		reads_done++;
		done += n;
	}
	if (hdr->offset + done > file_length)
		file_length = hdr->offset + done;
	MsgReply(rcvid, done, NULL, 0);
	return EOK;
}

static int fs_read(int rcvid, fs_header_t *hdr, struct _msg_info *info)
{
	unsigned done = 0, pos, n, want = hdr->nbytes;
	int put;

	if (hdr->offset >= file_length)
		want = 0;
	else if (hdr->offset + want > file_length)
		want = file_length - hdr->offset;
	while (done < want) {
		pos = hdr->offset + done;
		n = min(BLOCK - pos % BLOCK, want - done);
		put = MsgWrite(rcvid, &cache[pos / BLOCK][pos % BLOCK], n, done);
		if (put != (int)n)
			return ENOSPC;		/* the client has less room than it said */
		done += n;
	}
	/* the data is there already, only wake it */
	MsgReply(rcvid, done, NULL, 0);
	return EOK;
}

static void *fs(void *p)
{
	struct _msg_info info;
	fs_msg_t msg;
	int rcvid, err;
	char c;

	while ((rcvid = MsgReceive(chid, &msg, sizeof(msg.hdr), &info)) != -1) {
		err = ENOSYS;
		if (msg.type == FS_WRITE)
			err = fs_write(rcvid, &msg.hdr, &info);
		else if (msg.type == FS_READ)
			err = fs_read(rcvid, &msg.hdr, &info);
		else if (msg.type == FS_CHECK) {
			/* nothing behind the end, but no error either */
			if (MsgRead(rcvid, &c, 1, info.srcmsglen) == 0
			    && MsgWrite(rcvid, &c, 1, info.dstmsglen) == 0
			    && MsgRead(rcvid, &msg, 2, 0) == 2)
				err = MsgReply(rcvid, info.dstmsglen, NULL, 0);
			else
				err = EIO;
		}
		if (err != EOK)
			MsgError(rcvid, err);
	}
	return NULL;
}

static int fswrite(int coid, const void *data, unsigned n, unsigned offset, unsigned claim)
{
	fs_header_t hdr = { FS_WRITE, 0, claim, offset };
	iov_t iov[2];

	SETIOV(&iov[0], &hdr, sizeof(hdr));
	SETIOV(&iov[1], data, n);
	return MsgSendv(coid, iov, 2, NULL, 0);
}

static int fsread(int coid, void *data, unsigned n, unsigned offset)
{
	fs_header_t hdr = { FS_READ, 0, n, offset };

	return MsgSend(coid, &hdr, sizeof(hdr), data, n);
}

int main(int argc, char *argv[])
{
	static unsigned char out[FILE_SIZE], in[FILE_SIZE + 100];
	fs_header_t check = { FS_CHECK, 0, 0, 0 };
	pthread_t tid;
	int coid, i, n;

	chid = ChannelCreate(0);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&tid, NULL, fs, NULL);
	for (i = 0; i < FILE_SIZE; i++)
		out[i] = i * 7 + i / 256;

	if ((n = fswrite(coid, out, FILE_SIZE, 0, FILE_SIZE)) != FILE_SIZE) {
		fprintf(stderr, "wrote %d bytes: %s\n", n, strerror(errno));
		return 1;
	}
	if (reads_done != 21) {
		fprintf(stderr, "it took %u reads\n", reads_done);
		return 1;
	}
	memset(in, 0xee, sizeof(in));
	if ((n = fsread(coid, in, sizeof(in), 0)) != FILE_SIZE || memcmp(in, out, FILE_SIZE)) {
		fprintf(stderr, "read %d bytes back\n", n);
		return 1;
	}
	if (in[FILE_SIZE] != 0xee) {
		fprintf(stderr, "wrote behind the end\n");
		return 1;
	}
	/* a piece from the middle, over block boundaries */
	if ((n = fsread(coid, in, 1000, 700)) != 1000 || memcmp(in, out + 700, 1000)) {
		fprintf(stderr, "read %d bytes from the middle\n", n);
		return 1;
	}
	if (fswrite(coid, out, 10, 100, 11) != -1 || errno != EINVAL) {
		fprintf(stderr, "a wrong length was accepted\n");
		return 1;
	}
	/* a short write at the end of the disk */
	if ((n = fswrite(coid, out, 1000, NBLOCKS * BLOCK - 300, 1000)) != 300) {
		fprintf(stderr, "wrote %d of 300 bytes\n", n);
		return 1;
	}
	if ((n = MsgSend(coid, &check, sizeof(check), in, 33)) != 33) {
		fprintf(stderr, "check: %d, %s\n", n, strerror(errno));
		return 1;
	}
	ChannelDestroy(chid);
	pthread_join(tid, NULL);
	return 0;
}
