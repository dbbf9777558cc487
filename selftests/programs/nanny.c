// SPDX-License-Identifier: GPL-2.0-only
/*
 * nanny - keeps worker processes alive.
 *
 * Each worker is a forked server. The nanny holds a connection to it and
 * learns by _PULSE_CODE_COIDDEATH that it is gone, starts another one, and
 * goes on with its calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define NWORKERS 3
#define CRASH    (-1)

struct worker {
    pid_t pid;
    int   coid;
    int   starts;
} workers[NWORKERS];

int ready_chid;                 /* workers say hello here */

struct hello {
    unsigned short type;
    int chid;
};

/* a server that squares numbers and can be asked to crash */
void worker_main(void)
{
    struct hello h;
    int chid, coid, rcvid, n;

    chid = ChannelCreate(0);
    h.type = 0x1234;
    h.chid = chid;
    coid = ConnectAttach(ND_LOCAL_NODE, getppid(), 1, _NTO_SIDE_CHANNEL, 0);
    if (chid == -1 || coid == -1 || MsgSend(coid, &h, sizeof(h), NULL, 0) == -1) {
        perror("worker: hello");
        _exit(2);
    }
    ConnectDetach(coid);
    while (1) {
        rcvid = MsgReceive(chid, &n, sizeof(n), NULL);
        if (rcvid == -1) {
            perror("worker");
            _exit(3);
        }
        if (n == CRASH)
            raise(SIGKILL);
        n = n * n;
        MsgReply(rcvid, EOK, &n, sizeof(n));
    }
}

void start_worker(int i)
{
    struct _msg_info info;
    struct hello h;
    int rcvid;

    workers[i].pid = fork();
    if (workers[i].pid == -1) {
        perror("fork");
        exit(1);
    }
    if (workers[i].pid == 0)
        worker_main();
    rcvid = MsgReceive(ready_chid, &h, sizeof(h), &info);
    if (rcvid <= 0 || h.type != 0x1234 || info.pid != workers[i].pid) {
        fprintf(stderr, "hello from %d instead of %d, rcvid %d\n", info.pid,
                workers[i].pid, rcvid);
        exit(1);
    }
    workers[i].coid = ConnectAttach(ND_LOCAL_NODE, workers[i].pid, h.chid,
                                    _NTO_SIDE_CHANNEL, 0);
    if (workers[i].coid == -1) {
        perror("ConnectAttach");
        exit(1);
    }
    MsgReply(rcvid, EOK, NULL, 0);
    workers[i].starts++;
}

int square(int i, int n)
{
    if (MsgSend(workers[i].coid, &n, sizeof(n), &n, sizeof(n)) == -1)
        return -errno;
    return n;
}

int main(int argc, char **argv)
{
    struct _server_info sinfo;
    struct _pulse pulse;
    int death_chid, i, status, err;

    ready_chid = ChannelCreate(0);              /* the first one is 1 */
    death_chid = ChannelCreate(_NTO_CHF_COID_DISCONNECT);
    if (ready_chid != 1 || death_chid == -1) {
        fprintf(stderr, "channels %d and %d\n", ready_chid, death_chid);
        return 1;
    }
    for (i = 0; i < NWORKERS; i++)
        start_worker(i);

    for (i = 0; i < NWORKERS; i++) {
        if (square(i, 7 + i) != (7 + i) * (7 + i)) {
            fprintf(stderr, "worker %d cannot multiply\n", i);
            return 1;
        }
    }

    /* let the one in the middle die while we wait for it */
    err = square(1, CRASH);
    if (err != -ESRCH && err != -EBADF && err != -ENXIO && err != -EINTR) {
        fprintf(stderr, "crash: %d\n", err);
        return 1;
    }
    if (MsgReceivePulse(death_chid, &pulse, sizeof(pulse), NULL) == -1) {
        perror("MsgReceivePulse");
        return 1;
    }
    if (pulse.code != _PULSE_CODE_COIDDEATH || pulse.value.sival_int != workers[1].coid) {
        fprintf(stderr, "pulse code %d value %x\n", pulse.code, pulse.value.sival_int);
        return 1;
    }
    /* the pulse may be stale: look whether it is really dead */
    if (ConnectServerInfo(0, pulse.value.sival_int, &sinfo) != pulse.value.sival_int
        || !(sinfo.flags & _NTO_COF_DEAD)) {
        fprintf(stderr, "connection is not dead\n");
        return 1;
    }
    if (square(1, 3) != -EBADF) {
        fprintf(stderr, "sending to the dead: %d\n", square(1, 3));
        return 1;
    }
    ConnectDetach(workers[1].coid);
    waitpid(workers[1].pid, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        fprintf(stderr, "worker 1 ended with %x\n", status);
        return 1;
    }
    start_worker(1);
    for (i = 0; i < NWORKERS; i++) {
        if (square(i, i + 1) != (i + 1) * (i + 1) || workers[i].starts != 1 + (i == 1)) {
            fprintf(stderr, "worker %d after the restart\n", i);
            return 1;
        }
    }

    /* closing time: detaching by ourselves is no death */
    for (i = 0; i < NWORKERS; i++) {
        ConnectDetach(workers[i].coid);
        kill(workers[i].pid, SIGTERM);
        waitpid(workers[i].pid, &status, 0);
    }
    TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
    if (MsgReceivePulse(death_chid, &pulse, sizeof(pulse), NULL) != -1 || errno != ETIMEDOUT) {
        fprintf(stderr, "another death: %d\n", pulse.value.sival_int);
        return 1;
    }
    ChannelDestroy(death_chid);
    ChannelDestroy(ready_chid);
    return 0;
}
