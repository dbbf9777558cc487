/* SPDX-License-Identifier: MIT */
/*
 * Pieces: a server receives as much of a message as it wants to see first, and reads the rest from
 * the client, which waits, when it knows what to do with it. So it needs no buffer of the
 * largest message. The answer can be written in pieces in the same way.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH	1000000
#define PIECE	4096

struct header { uint32_t type; uint32_t length; };

static unsigned char data[LENGTH];

static int client(int chid)
{
	int coid = ConnectAttach(0, getppid(), chid, _NTO_SIDE_CHANNEL, 0);
	struct header header = { 1, LENGTH };
	uint32_t sum = 0, right = 0;
	iov_t send[2], reply[1];
	int i;

	for (i = 0; i < LENGTH; i++)
		right += data[i] = (unsigned char)(i * 7);
	/* Two buffers of the client are one message. */
	SETIOV(&send[0], &header, sizeof(header));
	SETIOV(&send[1], data, LENGTH);
	SETIOV(&reply[0], &sum, sizeof(sum));
	if (MsgSendv(coid, send, 2, reply, 1) == -1)
		return EXIT_FAILURE;
	printf("client: the sum is %u\n", sum);
	return sum == right ? EXIT_SUCCESS : EXIT_FAILURE;
}

static uint32_t sum_of(int rcvid, uint32_t length)
{
	unsigned char piece[PIECE];
	uint32_t sum = 0, done = 0;
	int n, i;

	/* An offset in the message; a read at the end finds less, or nothing. */
	while (done < length) {
		n = MsgRead(rcvid, piece, sizeof(piece), sizeof(struct header) + done);
		if (n <= 0)
			break;
		for (i = 0; i < n; i++)
			sum += piece[i];
		done += n;
	}
	return sum;
}

int main(void)
{
	int chid = ChannelCreate(0), rcvid, status;
	struct _msg_info info;
	struct header header;
	uint32_t sum;

	if (fork() == 0)
		return client(chid);
	rcvid = MsgReceive(chid, &header, sizeof(header), &info);
	if (rcvid <= 0 || header.type != 1)
		return EXIT_FAILURE;
	printf("server: has %d bytes of %d\n", (int)info.msglen, (int)info.srcmsglen);
	sum = sum_of(rcvid, header.length);
	/* Where it belongs in the reply, and then the end. */
	if (MsgWrite(rcvid, &sum, sizeof(sum), 0) == -1 || MsgReply(rcvid, EOK, NULL, 0) == -1)
		return EXIT_FAILURE;
	return wait(&status) != -1 && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
