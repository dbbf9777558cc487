/* SPDX-License-Identifier: GPL-2.0-only */
/****************************************************************************
 *  Traffic light of a pedestrian crossing, kernel calls only: TimerCreate, *
 *  TimerSettime, TimerDestroy.  C89.                                        *
 ****************************************************************************/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define PULSE_TIMER   1
#define PULSE_BUTTON  2

#define MS            1000000ULL

enum light { RED, RED_YELLOW, GREEN, YELLOW, WALK };

struct step {
    const char  *name;
    unsigned    ms;
    enum light  next;
};

static const struct step steps[] = {
    { "red",        4, RED_YELLOW },
    { "red+yellow", 2, GREEN      },
    { "green",      6, YELLOW     },
    { "yellow",     2, RED        },
    { "walk",       5, RED_YELLOW },
};

static int             timer;
static enum light      light = RED;
static int             button_pressed;
static enum light      history[64];
static int             shown;

static int start(unsigned ms)
{
    struct _itimer it;

    it.nsec = ms * MS;
    it.interval_nsec = 0;
    return TimerSettime(timer, 0, &it, NULL);
}

static void show(enum light l)
{
    light = l;
    history[shown++] = l;
    printf("%-12s%s\n", steps[l].name, button_pressed ? " (button)" : "");
    if (start(steps[l].ms) == -1) {
        perror("TimerSettime");
        exit(EXIT_FAILURE);
    }
}

static void on_timer(void)
{
    enum light next = steps[light].next;

    if (light == RED && button_pressed) {
        button_pressed = 0;
        next = WALK;
    }
    show(next);
}

int main(void)
{
    struct sigevent event;
    struct _pulse   pulse;
    int             chid, coid;
    int             i, walks;

    chid = ChannelCreate(0);
    coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
    if (chid == -1 || coid == -1) {
        perror("no channel");
        return EXIT_FAILURE;
    }
    event.sigev_notify   = SIGEV_PULSE;
    event.sigev_coid     = coid;
    event.sigev_priority = SIGEV_PULSE_PRIO_INHERIT;
    event.sigev_code     = PULSE_TIMER;
    event.sigev_value.sival_int = 0;
    timer = TimerCreate(CLOCK_MONOTONIC, &event);
    if (timer == -1) {
        perror("TimerCreate");
        return EXIT_FAILURE;
    }

    show(RED);
    while (shown < 12) {
        if (MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == -1) {
            perror("MsgReceivePulse");
            return EXIT_FAILURE;
        }
        switch (pulse.code) {
        case PULSE_TIMER:
            on_timer();
            /* somebody comes along when it has just become green */
            if (light == GREEN && shown == 3)
                MsgSendPulse(coid, -1, PULSE_BUTTON, 77);
            break;
        case PULSE_BUTTON:
            if (pulse.value.sival_int != 77 || pulse.type != _PULSE_TYPE
                || pulse.subtype != _PULSE_SUBTYPE) {
                fprintf(stderr, "strange button pulse\n");
                return EXIT_FAILURE;
            }
            button_pressed = 1;
            break;
        default:
            fprintf(stderr, "pulse code %d\n", pulse.code);
            return EXIT_FAILURE;
        }
    }
    if (TimerDestroy(timer) == -1) {
        perror("TimerDestroy");
        return EXIT_FAILURE;
    }
    if (TimerDestroy(timer) != -1 || errno != EINVAL) {
        fprintf(stderr, "destroyed twice\n");
        return EXIT_FAILURE;
    }

    /* R RY G Y R walk RY G Y R RY G */
    walks = 0;
    for (i = 0; i < shown; i++) {
        if (history[i] == WALK)
            walks++;
        if (i && history[i] != steps[history[i - 1]].next && history[i] != WALK) {
            fprintf(stderr, "%s after %s\n", steps[history[i]].name,
                    steps[history[i - 1]].name);
            return EXIT_FAILURE;
        }
    }
    if (walks != 1 || history[5] != WALK) {
        fprintf(stderr, "pedestrians walked %d times\n", walks);
        return EXIT_FAILURE;
    }
    ConnectDetach(coid);
    ChannelDestroy(chid);
    return EXIT_SUCCESS;
}
