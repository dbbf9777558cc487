// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dining philosophers with a waiter: forks are handed out by a server, which
 * replies only when both are free. No deadlock, and nobody eats with a fork
 * that somebody else holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <errno.h>
#include <string.h>
#include <sys/neutrino.h>

#define N     5
#define MEALS 30

#define HUNGRY 'h'
#define FULL   'f'
#define LEAVE  'l'

typedef struct { char what; char who; } table_msg;

int waiter_chid;
int meals[N];
volatile int fork_user[N];           /* checked by the philosophers */

int
try_to_serve (int hungry[N], int forks[N], int who)
{
    int right = (who + 1) % N;

    if (!hungry[who] || forks[who] || forks[right])
        return 0;
    forks[who] = forks[right] = 1;
    if (MsgReply (hungry[who], EOK, NULL, 0) == -1) {
        perror ("MsgReply");
        exit (1);
    }
    hungry[who] = 0;
    return 1;
}

void *
waiter (void *not_used)
{
    int hungry[N] = { 0 }, forks[N] = { 0 };
    int guests = N, rcvid;
    table_msg m;

    while (guests > 0) {
        rcvid = MsgReceive (waiter_chid, &m, sizeof (m), NULL);
        if (rcvid == -1) {
            perror ("MsgReceive");
            exit (1);
        }
        switch (m.what) {
        case HUNGRY:
            hungry[(int) m.who] = rcvid;
            try_to_serve (hungry, forks, m.who);
            break;
        case FULL:
            forks[(int) m.who] = forks[(m.who + 1) % N] = 0;
            MsgReply (rcvid, EOK, NULL, 0);
            try_to_serve (hungry, forks, (m.who + N - 1) % N);
            try_to_serve (hungry, forks, (m.who + 1) % N);
            break;
        case LEAVE:
            guests--;
            MsgReply (rcvid, guests, NULL, 0);
            break;
        }
    }
    return NULL;
}

int
tell_waiter (int coid, int what, int who)
{
    table_msg m;
    int r;

    m.what = what;
    m.who = who;
    r = MsgSend (coid, &m, sizeof (m), NULL, 0);
    if (r == -1) {
        fprintf (stderr, "philosopher %d: %s\n", who, strerror (errno));
        exit (1);
    }
    return r;
}

void
take (int f, int who)
{
    if (fork_user[f]) {
        fprintf (stderr, "fork %d of %d is used by %d\n", f, who, fork_user[f] - 1);
        exit (1);
    }
    fork_user[f] = who + 1;
}

void *
philosopher (void *arg)
{
    int who = *(int *) arg;
    int coid = ConnectAttach (0, 0, waiter_chid, _NTO_SIDE_CHANNEL, 0);

    while (meals[who] < MEALS) {
        tell_waiter (coid, HUNGRY, who);
        take (who, who);
        take ((who + 1) % N, who);
        meals[who]++;
        sched_yield ();
        fork_user[who] = fork_user[(who + 1) % N] = 0;
        tell_waiter (coid, FULL, who);
    }
    tell_waiter (coid, LEAVE, who);
    ConnectDetach (coid);
    return NULL;
}

int
main ()
{
    pthread_t w, p[N];
    int number[N], i;

    waiter_chid = ChannelCreate (0);
    pthread_create (&w, NULL, waiter, NULL);
    for (i = 0; i < N; i++) {
        number[i] = i;
        pthread_create (&p[i], NULL, philosopher, &number[i]);
    }
    for (i = 0; i < N; i++) {
        pthread_join (p[i], NULL);
        if (meals[i] != MEALS) {
            fprintf (stderr, "philosopher %d has eaten %d times\n", i, meals[i]);
            return 1;
        }
    }
    pthread_join (w, NULL);
    ChannelDestroy (waiter_chid);
    return 0;
}
