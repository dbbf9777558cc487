/* SPDX-License-Identifier: GPL-2.0-only */
/* barrier_rows.c - matrix norm with threads, a barrier, a mutex and messages */
#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <math.h>
#include <errno.h>
#include <sync.h>
#include <sys/neutrino.h>

#define N	24
#define THREADS	4

struct row_msg {
	int	row;
	double	sum;
};

static double		matrix[N][N];
static pthread_barrier_t start_barrier;
static pthread_barrier_t end_barrier;
static pthread_mutex_t	print_mutex = PTHREAD_MUTEX_INITIALIZER;
static int		chid;
static int		serial_threads;

/* hands out row numbers; a row's sum comes with the request for the next one */
static void *row_server(void *total_ptr)
{
	double	*total = total_ptr;
	int	next = 0, out = 0, rcvid;
	struct row_msg m;

	for (;;) {
		rcvid = MsgReceive(chid, &m, sizeof m, NULL);
		if (rcvid < 1) {
			perror("row_server");
			exit(1);
		}
		if (m.row >= 0) {
			*total += m.sum;
			out--;
		}
		m.row = next < N ? next++ : -1;
		if (m.row >= 0)
			out++;
		MsgReply(rcvid, m.row == -1 ? ENODATA : EOK, &m, sizeof m);
		if (next == N && out == 0)
			return NULL;
	}
}

static void *worker(void *arg)
{
	int	coid, i, rows = 0;
	struct row_msg m;

	coid = ConnectAttach(0, 0, chid, 0, 0);
	m.row = -1;
	if (pthread_barrier_wait(&start_barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
		pthread_mutex_lock(&print_mutex);
		serial_threads++;
		pthread_mutex_unlock(&print_mutex);
	}
	while (MsgSend(coid, &m, sizeof m, &m, sizeof m) == EOK) {
		m.sum = 0;
		for (i = 0; i < N; i++)
			m.sum += pow(matrix[m.row][i], 2);
		rows++;
	}
	pthread_mutex_lock(&print_mutex);
	printf("thread %d did %d rows\n", (int)(long)arg, rows);
	pthread_mutex_unlock(&print_mutex);
	pthread_barrier_wait(&end_barrier);
	ConnectDetach(coid);
	return (void *)(long)rows;
}

int main()
{
	pthread_attr_t	attr;
	pthread_t	server, t[THREADS];
	double		total = 0, expect = 0;
	void		*rows;
	int		i, j, all = 0;

	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++) {
			matrix[i][j] = (i + 1) * ((j % 3) - 1);
			expect += matrix[i][j] * matrix[i][j];
		}

	chid = ChannelCreate(0);
	pthread_barrier_init(&start_barrier, NULL, THREADS + 1);
	pthread_barrier_init(&end_barrier, NULL, THREADS + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	pthread_create(&server, &attr, row_server, &total);
	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], &attr, worker, (void *)(long)i);
	if (pthread_barrier_wait(&start_barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		serial_threads++;

	/* all rows summed up before anybody passes the second barrier: the
	 * last idle workers are let go by the end of the channel */
	pthread_join(server, NULL);
	ChannelDestroy(chid);
	pthread_barrier_wait(&end_barrier);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], &rows);
		all += (int)(long)rows;
	}
	printf("norm %f\n", sqrt(total));
	if (all != N || fabs(sqrt(total) - sqrt(expect)) > 1e-6 || serial_threads != 1) {
		fprintf(stderr, "barrier_rows: %d rows, norm %f instead of %f, serial %d\n",
			all, sqrt(total), sqrt(expect), serial_threads);
		return 1;
	}
	return 0;
}
