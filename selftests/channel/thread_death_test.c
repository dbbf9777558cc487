// SPDX-License-Identifier: GPL-2.0-only
/* S1.32, S3.3, S2.36, S1.30 k: a pulse for each thread of the owner that ends. */
#include "kselftest_harness.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../hazards/hazard.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define FLAG	QMSG_CHF_THREAD_DEATH
#define RING	1024	/* deaths that are told one by one; one more is in its pulse */

FIXTURE(death) {
	int deaths;
	struct qmsg_pulse pulse;
};

FIXTURE_SETUP(death)
{
	struct qmsg_query query;

	ASSERT_LE(0, peer_open(peer_self()));
	ASSERT_EQ(0, qmsg_query(Q, &query));
	ASSERT_TRUE(query.out_features & QMSG_FEATURE_DEATH_PULSE);
	self->deaths = qmsg_channel_create(Q, FLAG);
	ASSERT_LT(0, self->deaths);
}

FIXTURE_TEARDOWN_PARENT(death)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(death) scene;

/* The next thing on @chid is a THREADDEATH pulse: its tid, or -errno. */
static int dead_tid_on(int q, int chid)
{
	struct qmsg_pulse pulse;
	int64_t ret = receive_soon(q, chid, &pulse, sizeof(pulse), NULL);

	if (ret)
		return ret < 0 ? ret : -EBADMSG;
	if (pulse.code != QMSG_PULSE_CODE_THREADDEATH || pulse.scoid != -1)
		return -EPROTO;
	return pulse.value;
}

static int dead_tid(scene *s)
{
	return dead_tid_on(Q, s->deaths);
}

static void *just_return(void *tid)
{
	if (tid)
		*(pid_t *)tid = this_tid();
	return NULL;
}

static void *call_exit(void *tid)
{
	*(pid_t *)tid = this_tid();
	pthread_exit(NULL);
}

static void *wait_to_be_cancelled(void *tid)
{
	atomic_store((_Atomic pid_t *)tid, this_tid());
	for (;;)
		pause();
	return NULL;
}

static pid_t run_thread(void *(*fn)(void *))
{
	pthread_t thread;
	pid_t tid = 0;

	if (pthread_create(&thread, NULL, fn, &tid) || pthread_join(thread, NULL))
		return -EAGAIN;
	return tid;
}

TEST_F(death, S1_32_a_thread_returns)
{
	pid_t tid = run_thread(just_return);

	EXPECT_LT(getpid(), tid);
	EXPECT_EQ(tid, dead_tid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

TEST_F(death, S1_32_pthread_exit)
{
	pid_t tid = run_thread(call_exit);

	EXPECT_EQ(tid, dead_tid(self));
}

TEST_F(death, S1_32_pthread_cancel)
{
	_Atomic pid_t tid = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_to_be_cancelled, &tid));
	ASSERT_TRUE(wait_until(atomic_load(&tid)));
	ASSERT_EQ(0, pthread_cancel(thread));
	EXPECT_EQ(atomic_load(&tid), dead_tid(self));
	pthread_join(thread, NULL);
}

static int raw_thread(void *arg)
{
	(void)arg;
	syscall(SYS_exit, 0);
	return 0;
}

/* A thread that the C library knows nothing of. */
TEST_F(death, S1_32_raw_clone)
{
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int tid = clone(raw_thread, stack + 65536,
			CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			CLONE_SYSVSEM, NULL);

	ASSERT_LT(0, tid);
	EXPECT_EQ(tid, dead_tid(self));
}

/* A thread with a table of its own: its end closes what it has, and is told all the same. */
static void *leave_files(void *tid)
{
	*(pid_t *)tid = unshare(CLONE_FILES) ? -errno : this_tid();
	return NULL;
}

TEST_F(death, thread_with_descriptors_of_its_own)
{
	pid_t tid = run_thread(leave_files);

	ASSERT_LT(0, tid);
	EXPECT_EQ(tid, dead_tid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

/* S1.30 k: who has received dies, its client stays and is answered by another. */
static void *receive_and_end(void *arg)
{
	scene *s = arg;

	return (void *)(intptr_t)receive_any(Q, s->deaths);
}

TEST_F(death, S1_30_k_the_client_of_a_dead_thread_stays)
{
	struct peer *peer = peer_fork();
	struct client *c;
	pthread_t thread;
	void *rcvid;

	ASSERT_LE(0, peer_open(peer));
	c = client_blocked(peer, getpid(), self->deaths);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, pthread_create(&thread, NULL, receive_and_end, self));
	ASSERT_EQ(0, pthread_join(thread, &rcvid));
	EXPECT_LT(0, dead_tid(self));
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(Q, (intptr_t)rcvid, 5, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(5, client_result(c));
	EXPECT_EQ(0, peer_end(peer));
}

TEST_F(death, each_of_many_once)
{
	pid_t tid[50];
	pthread_t thread[50];
	int i, k;

	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, just_return, &tid[i]));
	for (i = 0; i < 50; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < 50; i++) {
		int dead = dead_tid(self), times = 0;

		ASSERT_LT(0, dead);
		/* An id may come again; then it has died again. */
		for (k = 0; k < 50; k++) {
			times += tid[k] == dead;
			if (tid[k] == dead) {
				tid[k] = 0;
				break;
			}
		}
		EXPECT_EQ(1, times);
	}
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

/* Others' threads and processes are not told. */
static int64_t do_thread(void *arg)
{
	(void)arg;
	return run_thread(just_return);
}

TEST_F(death, other_processes_are_not_told)
{
	struct peer *peer = peer_fork();

	ASSERT_LT(0, in_peer(peer, do_thread));
	ASSERT_EQ(0, peer_end(peer));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

TEST_F(death, without_the_flag_nothing_is_told)
{
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
	self->deaths = qmsg_channel_create(Q, QMSG_CHF_COID_DISCONNECT);
	ASSERT_LT(0, run_thread(just_return));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

/* S2.36: one of each kind; they may be the same. */
TEST_F(death, S2_36_one_such_channel_in_a_process)
{
	int other = qmsg_open(), coids;

	EXPECT_EQ(-EBUSY, qmsg_channel_create(Q, FLAG));
	EXPECT_EQ(-EBUSY, qmsg_channel_create(other, FLAG));
	EXPECT_EQ(-EBUSY, qmsg_channel_create(Q, FLAG | QMSG_CHF_COID_DISCONNECT));
	coids = qmsg_channel_create(Q, QMSG_CHF_COID_DISCONNECT);
	EXPECT_EQ(self->deaths + 1, coids);
	EXPECT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
	EXPECT_EQ(-EBUSY, qmsg_channel_create(Q, FLAG | QMSG_CHF_COID_DISCONNECT));
	EXPECT_EQ(0, qmsg_channel_destroy(Q, coids));
	EXPECT_LT(0, qmsg_channel_create(other, FLAG | QMSG_CHF_COID_DISCONNECT));
	EXPECT_EQ(0, qmsg_close(other));
	EXPECT_LT(0, qmsg_channel_create(Q, FLAG));
}

/* The number is the one the process itself knows. */
static int64_t do_die_inside(void *arg)
{
	int deaths;
	pid_t tid;

	(void)arg;
	Q = qmsg_open();
	deaths = qmsg_channel_create(Q, FLAG);
	if (deaths < 0)
		return deaths;
	tid = run_thread(just_return);
	return tid > 0 && tid < 100 && dead_tid_on(Q, deaths) == tid ? 0 : -EPROTO;
}

TEST_F(death, pid_namespace)
{
	struct peer *inner = peer_fork_in(CLONE_NEWPID);

	if (!inner)
		SKIP(return, "no such namespaces");
	EXPECT_EQ(0, in_peer(inner, do_die_inside));
	EXPECT_EQ(0, peer_end(inner));
}

/* The first thread ends while others live: the process goes on and is told. */
static void *tell_of_the_leader(void *arg)
{
	_exit(dead_tid_on(Q, (intptr_t)arg) == getpid() ? 0 : 1);
}

static int leader_ends(void *arg)
{
	pthread_t thread;
	int deaths;

	(void)arg;
	Q = qmsg_open();
	deaths = qmsg_channel_create(Q, FLAG);
	if (deaths < 0 || pthread_create(&thread, NULL, tell_of_the_leader, (void *)(intptr_t)deaths))
		return 2;
	syscall(SYS_exit, 3);
	return 4;
}

TEST_F(death, the_first_thread_ends)
{
	pid_t pid = fork_child(leader_ends, NULL);
	int status = -1;

	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
}

/* The priority is that of the thread that has ended. */
static void *end_at_20(void *arg)
{
	*(pid_t *)arg = set_fifo_priority(0, 20) ?: this_tid();
	return NULL;
}

TEST_F(death, priority_is_the_threads)
{
	int coid = qmsg_connect_attach(Q, 0, self->deaths, SIDE, 0);
	pid_t tid;

	ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 10, 1, 0));
	tid = run_thread(end_at_20);
	ASSERT_LT(0, tid);
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->deaths, "pulses", 2));
	ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 30, 2, 0));
	EXPECT_EQ(0, expect_pulse(Q, self->deaths, 2, NULL));
	EXPECT_EQ(tid, dead_tid(self));
	EXPECT_EQ(0, expect_pulse(Q, self->deaths, 1, NULL));
}

/* D12: neither a full pool nor a used up quota loses it; it is nobody's memory. */
TEST_F(death, pool_and_quota_are_full)
{
	struct qmsg_channel_create args = { .flags = FLAG, .pulse_limit = 1 };
	int coid;
	pid_t tid;

	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
	self->deaths = qmsg_channel_create_with(Q, &args);
	coid = qmsg_connect_attach(Q, 0, self->deaths, SIDE, 0);
	ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 1, 1, 0));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(Q, coid, 1, 2, 0));
	ASSERT_EQ(0, write_param("user_pulses", 0));
	tid = run_thread(just_return);
	restore_params();
	EXPECT_EQ(0, expect_pulse(Q, self->deaths, 1, NULL));
	EXPECT_EQ(tid, dead_tid(self));
}

static int count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	int n = -2;	/* . and .. */

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* More deaths than are kept: those that are, in order; then one pulse that says "and more". */
TEST_F(death, more_deaths_than_are_kept)
{
	int i, n = RING + 50, wrong = 0;
	pid_t first;

	first = run_thread(just_return);
	ASSERT_LT(0, first);
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->deaths, "pulses", 1));
	for (i = 0; i < n; i++)
		if (run_thread(just_return) <= 0)
			wrong++;
	ASSERT_EQ(0, wrong);
	/* A thread can be joined before it has ended. */
	ASSERT_TRUE(wait_until(count_threads() == 1));
	EXPECT_EQ(first, dead_tid(self));
	for (i = 0; i < RING; i++)
		wrong += dead_tid(self) <= 0;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, dead_tid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
	/* And it goes on as before. */
	first = run_thread(just_return);
	EXPECT_EQ(first, dead_tid(self));
}

/* ---- races ---- */

static atomic_bool stop;

/* There is no new thread for a process one of whose threads has begun to exec: EAGAIN. */
static pthread_t new_thread(void)
{
	pthread_t thread;
	int err;

	do
		err = pthread_create(&thread, NULL, just_return, NULL);
	while (err == EAGAIN);
	if (err)
		abort();
	return thread;
}

static void *make_threads(void *arg)
{
	while (!atomic_load(&stop)) {
		pthread_t thread[4];
		int i;

		for (i = 0; i < 4; i++)
			thread[i] = new_thread();
		for (i = 0; i < 4; i++)
			pthread_join(thread[i], NULL);
		atomic_fetch_add((atomic_int *)arg, 4);
	}
	return NULL;
}

/* Threads end while the channel comes and goes. */
TEST_F(death, race_with_the_end_of_the_channel)
{
	int i, n = rounds_by(50), wrong = 0, heard = 0;
	atomic_int ended = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, make_threads, &ended));
	for (i = 0; i < n; i++) {
		struct qmsg_pulse pulse;
		int k;

		for (k = 0; k < i % 4; k++)
			if (!receive_now(Q, self->deaths, &pulse, sizeof(pulse), NULL)) {
				wrong += pulse.code != QMSG_PULSE_CODE_THREADDEATH;
				heard++;
			}
		wrong += qmsg_channel_destroy(Q, self->deaths) != 0;
		self->deaths = qmsg_channel_create(Q, FLAG);
		wrong += self->deaths <= 0;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, wrong);
	printf("# %d threads ended, %d were heard of\n", atomic_load(&ended), heard);
}

/* None is lost and none comes twice while they are received as they end. */
TEST_F(death, as_many_pulses_as_deaths)
{
	int n = rounds_by(50), heard = 0;
	atomic_int ended = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, make_threads, &ended));
	while (atomic_load(&ended) < n) {
		ASSERT_LT(0, dead_tid(self));
		heard++;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	/* make_threads() itself is one. */
	while (heard < atomic_load(&ended) + 1) {
		ASSERT_LT(0, dead_tid(self));
		heard++;
	}
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

/* The whole process goes, by exit and by exec, with threads that end at the same time. */
static int process_ends(void *arg)
{
	atomic_int *ended = arg;
	pthread_t thread[2];

	Q = qmsg_open();
	if (qmsg_channel_create(Q, FLAG) < 0)
		return 2;
	atomic_store(ended, 0);
	pthread_create(&thread[0], NULL, make_threads, ended);
	pthread_create(&thread[1], NULL, make_threads, ended);
	wait_until(atomic_load(ended) > 20);
	/* What is executed must not speak for this test. */
	close(1);
	close(2);
	if (getpid() & 1)
		execl("/proc/self/exe", "exe", "-l", NULL);
	return 0;
}

TEST_F(death, race_with_the_end_of_the_process)
{
	atomic_int *ended = shared_alloc(sizeof(*ended));
	int i, n = few_rounds(5), status;

	for (i = 0; i < n; i++) {
		pid_t pid = fork_child(process_ends, ended);

		ASSERT_LT(0, pid);
		ASSERT_EQ(0, reap(pid, &status));
		/* A list of tests is not one that has passed. */
		EXPECT_TRUE(!status || status == W_EXITCODE(KSFT_SKIP, 0))
			TH_LOG("status %#x", status);
	}
}

TEST_HARNESS_MAIN
