// SPDX-License-Identifier: GPL-2.0-only
/*
 *  signal_events.c - "job finished" by signal.
 *
 *  A print spooler takes jobs with a sigevent.  Who likes signals better
 *  than pulses uses SIGEV_SIGNAL, SIGEV_SIGNAL_CODE or SIGEV_SIGNAL_THREAD.
 */
#include <sys/neutrino.h>
#include <sys/siginfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#define JOB_PRINT 10
#define JOB_FLUSH 11
#define JOB_QUIT  12

typedef struct {
    unsigned short  type;
    struct sigevent done;
} job_t;

typedef struct {
    int             rcvid;
    struct sigevent done;
} queued_t;

static int      spool_chid;
static queued_t spool[10];
static int      jobs;

static int flush(void)
{
    int i, n = jobs;

    for (i = 0; i < jobs; i++) {
        if (MsgDeliverEvent(spool[i].rcvid, &spool[i].done) == -1) {
            fprintf(stderr, "job %d: %s\n", i, strerror(errno));
            n--;
        }
    }
    jobs = 0;
    return n;
}

static void *spooler(void *arg)
{
    job_t job;
    int   rcvid;

    while ((rcvid = MsgReceive(spool_chid, &job, sizeof(job), NULL)) > 0) {
        switch (job.type) {
            case JOB_PRINT:
                spool[jobs].rcvid = rcvid;
                spool[jobs].done = job.done;
                jobs++;
                MsgReply(rcvid, jobs, NULL, 0);
                break;
            case JOB_FLUSH:
                MsgReply(rcvid, flush(), NULL, 0);
                break;
            case JOB_QUIT:
                MsgReply(rcvid, 0, NULL, 0);
                return NULL;
        }
    }
    perror("spooler");
    exit(EXIT_FAILURE);
}

static int coid;

static int job(int type, struct sigevent *done)
{
    job_t j;
    int   ret;

    memset(&j, 0, sizeof(j));
    j.type = type;
    if (done) j.done = *done;
    ret = MsgSend(coid, &j, sizeof(j), NULL, 0);
    if (ret == -1) {
        perror("MsgSend");
        exit(EXIT_FAILURE);
    }
    return ret;
}

static sem_t thread_ready, thread_go;
static int   thread_result = -1;

/* Wants its own signal, not one for the process. */
static void *picky(void *arg)
{
    struct sigevent ev;
    siginfo_t       si;
    sigset_t        set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    SIGEV_SIGNAL_THREAD_INIT(&ev, SIGUSR2, 99, SI_MINAVAIL);
    job(JOB_PRINT, &ev);
    sem_post(&thread_ready);
    sem_wait(&thread_go);
    if (sigwaitinfo(&set, &si) == SIGUSR2 && si.si_value.sival_int == 99
        && si.si_code == SI_MINAVAIL)
        thread_result = 0;
    return NULL;
}

static volatile sig_atomic_t usr1_count;

static void on_usr1(int signo)
{
    usr1_count++;
}

int main(void)
{
    struct sigaction sa;
    struct sigevent  ev;
    siginfo_t        si;
    sigset_t         set, rt;
    pthread_t        server, thread;

    sem_init(&thread_ready, 0, 0);
    sem_init(&thread_go, 0, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = on_usr1;
    sigaction(SIGUSR1, &sa, NULL);

    spool_chid = ChannelCreate(_NTO_CHF_FIXED_PRIORITY);
    coid = ConnectAttach(0, 0, spool_chid, _NTO_SIDE_CHANNEL, 0);
    pthread_create(&server, NULL, spooler, NULL);

    /* 1: a plain signal with a handler */
    SIGEV_SIGNAL_INIT(&ev, SIGUSR1);
    job(JOB_PRINT, &ev);
    if (job(JOB_FLUSH, NULL) != 1 || usr1_count != 0) {
        fprintf(stderr, "SIGEV_SIGNAL: not delivered, or not blocked\n");
        return EXIT_FAILURE;
    }
    sigemptyset(&rt);
    sigaddset(&rt, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &rt, NULL);
    if (usr1_count != 1) {
        fprintf(stderr, "SIGEV_SIGNAL: handler ran %d times\n", (int)usr1_count);
        return EXIT_FAILURE;
    }

    /* 2: real-time signals queue and carry code and value */
    SIGEV_SIGNAL_CODE_INIT(&ev, SIGRTMIN, 41, SI_MINAVAIL);
    job(JOB_PRINT, &ev);
    SIGEV_SIGNAL_CODE_INIT(&ev, SIGRTMIN, 42, SI_MINAVAIL + 1);
    job(JOB_PRINT, &ev);
    if (job(JOB_FLUSH, NULL) != 2) {
        fprintf(stderr, "SIGEV_SIGNAL_CODE: not delivered\n");
        return EXIT_FAILURE;
    }
    sigemptyset(&rt);
    sigaddset(&rt, SIGRTMIN);
    if (sigwaitinfo(&rt, &si) != SIGRTMIN || si.si_value.sival_int != 41
        || si.si_code != SI_MINAVAIL) {
        fprintf(stderr, "first: value %d code %d\n", si.si_value.sival_int, si.si_code);
        return EXIT_FAILURE;
    }
    if (sigwaitinfo(&rt, &si) != SIGRTMIN || si.si_value.sival_int != 42
        || si.si_code != SI_MINAVAIL + 1) {
        fprintf(stderr, "second: value %d code %d\n", si.si_value.sival_int, si.si_code);
        return EXIT_FAILURE;
    }

    /* 3: to the thread that sent the job */
    pthread_create(&thread, NULL, picky, NULL);
    sem_wait(&thread_ready);
    if (job(JOB_FLUSH, NULL) != 1) {
        fprintf(stderr, "SIGEV_SIGNAL_THREAD: not delivered\n");
        return EXIT_FAILURE;
    }
    sigpending(&rt);
    if (sigismember(&rt, SIGUSR2)) {
        fprintf(stderr, "SIGEV_SIGNAL_THREAD: pending for everybody\n");
        return EXIT_FAILURE;
    }
    sem_post(&thread_go);
    pthread_join(thread, NULL);
    if (thread_result) {
        fprintf(stderr, "SIGEV_SIGNAL_THREAD: the thread got something else\n");
        return EXIT_FAILURE;
    }

    /* 4: who does not want to know */
    SIGEV_NONE_INIT(&ev);
    job(JOB_PRINT, &ev);
    if (job(JOB_FLUSH, NULL) != 1) {
        fprintf(stderr, "SIGEV_NONE: failed\n");
        return EXIT_FAILURE;
    }
    job(JOB_QUIT, NULL);
    pthread_join(server, NULL);
    ConnectDetach(coid);
    ChannelDestroy(spool_chid);
    return EXIT_SUCCESS;
}
