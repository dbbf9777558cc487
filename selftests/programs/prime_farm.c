// SPDX-License-Identifier: GPL-2.0-only
/*
 * Farmer and workers (forked). Workers send to ask for work and get it with
 * the reply: so a worker is REPLY blocked while there is nothing to do, and
 * the farmer never blocks on a worker.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define WORKERS 3
#define CHUNK   500
#define LIMIT   20000
#define PRIMES  2262            /* below LIMIT */

typedef struct {
    unsigned short type;        /* 1: first request, 2: with a result */
    unsigned short worker;
    int            from;
    int            found;
} work_request_t;

typedef struct {
    int from, to;               /* from >= to: go home */
} work_reply_t;

static int is_prime(int n)
{
    int d;

    if (n < 2)
        return 0;
    for (d = 2; d * d <= n; d++)
        if (n % d == 0)
            return 0;
    return 1;
}

static int worker(int number, int chid)
{
    work_request_t req = { 1, number, 0, 0 };
    work_reply_t   rep;
    int            coid, n;

    coid = ConnectAttach(ND_LOCAL_NODE, getppid(), chid, _NTO_SIDE_CHANNEL, 0);
    if (coid == -1) {
        perror("worker: ConnectAttach");
        return 1;
    }
    for (;;) {
        if (MsgSend(coid, &req, sizeof(req), &rep, sizeof(rep)) == -1) {
            perror("worker: MsgSend");
            return 1;
        }
        if (rep.from >= rep.to)
            return 0;
        req.type = 2;
        req.from = rep.from;
        req.found = 0;
        for (n = rep.from; n < rep.to; n++)
            req.found += is_prime(n);
    }
}

int main(void)
{
    pid_t          pids[WORKERS];
    int            idle[WORKERS];
    int            chid, i, rcvid, status, nidle = 0, next = 0, out = 0, total = 0, home = 0;
    work_request_t req;
    work_reply_t   rep;

    chid = ChannelCreate(0);
    for (i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(worker(i, chid));
    }
    /* nobody starts before all have reported */
    while (home < WORKERS) {
        rcvid = MsgReceive(chid, &req, sizeof(req), NULL);
        if (rcvid == -1) {
            perror("MsgReceive");
            return 1;
        }
        if (req.type == 2) {
            total += req.found;
            out--;
        }
        idle[nidle++] = rcvid;
        if (next == 0 && nidle < WORKERS)
            continue;
        while (nidle > 0 && next < LIMIT) {
            rep.from = next;
            rep.to = next + CHUNK;
            next += CHUNK;
            if (MsgReply(idle[--nidle], EOK, &rep, sizeof(rep)) == -1) {
                perror("MsgReply");
                return 1;
            }
            out++;
        }
        if (next >= LIMIT && out == 0) {
            rep.from = rep.to = 0;
            while (nidle > 0) {
                MsgReply(idle[--nidle], EOK, &rep, sizeof(rep));
                home++;
            }
        }
    }
    for (i = 0; i < WORKERS; i++) {
        waitpid(pids[i], &status, 0);
        if (status != 0) {
            fprintf(stderr, "worker %d: status %#x\n", i, status);
            return 1;
        }
    }
    if (total != PRIMES) {
        fprintf(stderr, "%d primes below %d\n", total, LIMIT);
        return 1;
    }
    return 0;
}
