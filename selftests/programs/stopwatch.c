// SPDX-License-Identifier: GPL-2.0-only
/* How long does a message take?  ClockCycles() and the system page. */
#include <stdio.h>
#include <stdlib.h>
#include <inttypes.h>
#include <time.h>
#include <errno.h>
#include <pthread.h>
#include <sys/neutrino.h>
#include <sys/syspage.h>

#define ROUNDS 500

int chid;

void* pong(void* arg)
{
    int rcvid, n;

    while ((rcvid = MsgReceive(chid, &n, sizeof(n), NULL)) > 0) {
        n++;
        MsgReply(rcvid, EOK, &n, sizeof(n));
    }
    return NULL;
}

int main(int argc, char* argv[])
{
    uint64_t cps, cycle1, cycle2, ncycles, t1, t2;
    struct _clockperiod period;
    struct timespec res, ts1, ts2;
    struct timespec ts;
    double sec, wall;
    pthread_t tid;
    int coid, n, i;

    chid = ChannelCreate(0);
    coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    pthread_create(&tid, NULL, pong, NULL);

    cps = SYSPAGE_ENTRY(qtime)->cycles_per_sec;
    printf("This system has %" PRIu64 " cycles per second.\n", cps);
    if (cps < 1000) {
        fprintf(stderr, "that cannot be\n");
        return EXIT_FAILURE;
    }

    clock_gettime(CLOCK_MONOTONIC, &ts1);
    cycle1 = ClockCycles();
    for (n = i = 0; i < ROUNDS; i++) {
        if (MsgSend(coid, &n, sizeof(n), &n, sizeof(n)) != EOK) {
            perror("MsgSend");
            return EXIT_FAILURE;
        }
    }
    delay(20);
    cycle2 = ClockCycles();
    clock_gettime(CLOCK_MONOTONIC, &ts2);
    if (n != ROUNDS) {
        fprintf(stderr, "%d rounds\n", n);
        return EXIT_FAILURE;
    }

    /* both clocks were read at nearly the same time */
    ncycles = cycle2 - cycle1;
    sec = (double)ncycles / cps;
    wall = (ts2.tv_sec - ts1.tv_sec) + (ts2.tv_nsec - ts1.tv_nsec) / 1e9;
    printf("%d messages and 20 ms took %.6f s by cycles, %.6f s by clock\n", ROUNDS, sec, wall);
    if (sec < 0.018 || sec < wall * 0.5 || sec > wall * 2) {
        fprintf(stderr, "cycles and clock do not agree: %f, %f\n", sec, wall);
        return EXIT_FAILURE;
    }

    if (ClockPeriod(CLOCK_REALTIME, NULL, &period, 0) == -1 || period.nsec == 0) {
        perror("ClockPeriod");
        return EXIT_FAILURE;
    }
    clock_getres(CLOCK_REALTIME, &res);
    printf("clock period %u ns, resolution %ld ns\n", (unsigned)period.nsec, (long)res.tv_nsec);

    if (ClockTime(CLOCK_REALTIME, NULL, &t1) == -1) {
        perror("ClockTime");
        return EXIT_FAILURE;
    }
    nsec2timespec(&ts, t1);
    t2 = timespec2nsec(&ts);
    if (t1 != t2 || ts.tv_nsec >= 1000000000 || t1 / 1000000000 != (uint64_t)ts.tv_sec) {
        fprintf(stderr, "%" PRIu64 " ns are not %" PRIu64 " ns\n", t1, t2);
        return EXIT_FAILURE;
    }
    ChannelDestroy(chid);
    pthread_join(tid, NULL);
    return EXIT_SUCCESS;
}
