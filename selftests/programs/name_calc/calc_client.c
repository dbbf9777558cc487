// SPDX-License-Identifier: GPL-2.0-only
/*
 * calc_client A B [quit]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include "calc.h"

static int server_coid;
static int requests;

static int calc(int type, int a, int b, calc_reply_t *reply)
{
	calc_msg_t msg;

	msg.type = type;
	msg.subtype = 0;
	msg.a = a;
	msg.b = b;
	requests++;
	return MsgSend(server_coid, &msg, sizeof(msg), reply, sizeof(*reply));
}

static void expect(int type, int a, int b, int result)
{
	calc_reply_t reply;

	if (calc(type, a, b, &reply) == -1) {
		fprintf(stderr, "client: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	if (reply.result != result || reply.count != requests) {
		fprintf(stderr, "client: %d and %d: %d (request %d)\n", a, b, reply.result,
			reply.count);
		exit(EXIT_FAILURE);
	}
}

int main(int argc, char *argv[])
{
	struct { uint16_t type, combine_len; } io_read = { _IO_READ, sizeof(io_read) };
	calc_reply_t reply;
	int a, b, i;

	if (argc < 3) {
		fprintf(stderr, "usage: %s A B [quit]\n", argv[0]);
		return EXIT_FAILURE;
	}
	a = atoi(argv[1]);
	b = atoi(argv[2]);

	if (name_open("programs_no_such_name", 0) != -1 || errno != ENOENT) {
		perror("name_open of nobody");
		return EXIT_FAILURE;
	}
	/* the server may need a moment */
	for (i = 0; (server_coid = name_open(CALC_NAME, 0)) == -1; i++) {
		if (errno != ENOENT || i == 500) {
			perror("name_open");
			return EXIT_FAILURE;
		}
		delay(10);
	}

	expect(CALC_ADD, a, b, a + b);
	expect(CALC_MUL, a, b, a * b);
	if (b)
		expect(CALC_DIV, a, b, a / b);
	if (calc(CALC_DIV, a, 0, &reply) != -1 || errno != EDOM) {
		perror("client: division by zero");
		return EXIT_FAILURE;
	}
	if (MsgSend(server_coid, &io_read, sizeof(io_read), NULL, 0) != -1 || errno != ENOSYS) {
		perror("client: _IO_READ");
		return EXIT_FAILURE;
	}
	if (argc > 3 && calc(CALC_QUIT, 0, 0, &reply) == -1) {
		perror("client: quit");
		return EXIT_FAILURE;
	}
	name_close(server_coid);
	return EXIT_SUCCESS;
}
