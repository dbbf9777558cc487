// SPDX-License-Identifier: GPL-2.0-only
/*
 *  Heartbeat LED.  The timer event is filled in member by member, the way
 *  the library reference shows it for timer_create().
 */
#include <stdio.h>
#include <time.h>
#include <sys/netmgr.h>
#include <sys/neutrino.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MY_PULSE_CODE   _PULSE_CODE_MINAVAIL
#define BLINKS          6
#define PERIOD_NS       20000000L

typedef union {
        struct _pulse   pulse;
        /* your other message structures would go here too */
} my_message_t;

static int led;

static double
now (void)
{
        struct timespec ts;

        clock_gettime (CLOCK_MONOTONIC, &ts);
        return ts.tv_sec + ts.tv_nsec / 1e9;
}

int
main (void)
{
        struct sigevent         event;
        struct itimerspec       itime, left;
        timer_t                 timer_id;
        int                     chid;
        int                     rcvid;
        int                     blinks = 0;
        double                  start, took;
        my_message_t            msg;

        chid = ChannelCreate (0);

        memset (&event, 0, sizeof (event));
        event.sigev_notify = SIGEV_PULSE;
        event.sigev_coid = ConnectAttach (ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
        event.sigev_priority = getprio (0);
        event.sigev_code = MY_PULSE_CODE;
        event.sigev_value.sival_int = 0xbea7;
        if (event.sigev_coid == -1) {
                fprintf (stderr, "heartbeat: ConnectAttach: %s\n", strerror (errno));
                exit (EXIT_FAILURE);
        }
        if (timer_create (CLOCK_MONOTONIC, &event, &timer_id) == -1) {
                fprintf (stderr, "heartbeat: timer_create: %s\n", strerror (errno));
                exit (EXIT_FAILURE);
        }

        /* not running yet: nothing is left of it */
        if (timer_gettime (timer_id, &left) == -1 || left.it_value.tv_sec || left.it_value.tv_nsec) {
                fprintf (stderr, "heartbeat: a new timer is running\n");
                exit (EXIT_FAILURE);
        }

        itime.it_value.tv_sec = 0;
        itime.it_value.tv_nsec = PERIOD_NS;
        itime.it_interval.tv_sec = 0;
        itime.it_interval.tv_nsec = PERIOD_NS;
        start = now ();
        timer_settime (timer_id, 0, &itime, NULL);

        while (blinks < BLINKS) {
                rcvid = MsgReceive (chid, &msg, sizeof (msg), NULL);
                if (rcvid != 0) {
                        fprintf (stderr, "heartbeat: rcvid %d is no pulse\n", rcvid);
                        exit (EXIT_FAILURE);
                }
                if (msg.pulse.code != MY_PULSE_CODE) {
                        fprintf (stderr, "heartbeat: pulse code %d?\n", msg.pulse.code);
                        exit (EXIT_FAILURE);
                }
                if (msg.pulse.value.sival_int != 0xbea7) {
                        fprintf (stderr, "heartbeat: value %#x?\n", msg.pulse.value.sival_int);
                        exit (EXIT_FAILURE);
                }
                led = !led;
                blinks++;
                printf ("LED %s\n", led ? "on" : "off");
        }
        took = now () - start;
        if (took < BLINKS * PERIOD_NS / 1e9 * 0.99) {
                fprintf (stderr, "heartbeat: %d periods took only %f s\n", BLINKS, took);
                exit (EXIT_FAILURE);
        }

        timer_gettime (timer_id, &left);
        if (left.it_interval.tv_nsec != PERIOD_NS) {
                fprintf (stderr, "heartbeat: interval is %ld ns\n", left.it_interval.tv_nsec);
                exit (EXIT_FAILURE);
        }
        if (left.it_value.tv_sec || left.it_value.tv_nsec > PERIOD_NS) {
                fprintf (stderr, "heartbeat: more than a period is left\n");
                exit (EXIT_FAILURE);
        }

        /* stop it: all zero */
        memset (&itime, 0, sizeof (itime));
        if (timer_settime (timer_id, 0, &itime, &left) == -1) {
                perror ("heartbeat: timer_settime");
                exit (EXIT_FAILURE);
        }
        if (timer_delete (timer_id) == -1) {
                perror ("heartbeat: timer_delete");
                exit (EXIT_FAILURE);
        }
        ConnectDetach (event.sigev_coid);
        ChannelDestroy (chid);
        return (EXIT_SUCCESS);
}
