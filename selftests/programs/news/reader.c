// SPDX-License-Identifier: GPL-2.0-only
// reader TOPIC NUMBER|crash
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include "news.h"

int main(int argc, char **argv)
{
    int chid, self, agency, n, wanted, tries = 0;
    struct _pulse pulse;
    char headline[64], expect[64];
    news_msg_t msg;

    wanted = strcmp(argv[2], "crash") ? atoi(argv[2]) : 1;
    chid = ChannelCreate(0);
    self = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    while ((agency = name_open(NEWS_AGENCY, 0)) == -1) {
        if (++tries > 500) {
            perror("reader: name_open");
            return EXIT_FAILURE;
        }
        usleep(10000);
    }

    memset(&msg, 0, sizeof(msg));
    msg.type = NEWS_SUBSCRIBE;
    strcpy(msg.topic, argv[1]);
    SIGEV_PULSE_INIT(&msg.event, self, SIGEV_PULSE_PRIO_INHERIT, _PULSE_CODE_MINAVAIL, getpid());
    if (MsgSend(agency, &msg, sizeof(msg), NULL, 0) == -1) {
        perror("reader: subscribe");
        return EXIT_FAILURE;
    }
    for (n = 0; n < wanted; n++) {
        if (MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == -1) {
            perror("reader: MsgReceivePulse");
            return EXIT_FAILURE;
        }
        if (pulse.code != _PULSE_CODE_MINAVAIL || pulse.value.sival_int != getpid()) {
            fprintf(stderr, "reader: pulse %d %d\n", pulse.code, pulse.value.sival_int);
            return EXIT_FAILURE;
        }
        msg.type = NEWS_FETCH;
        if (MsgSend(agency, &msg, sizeof(msg), headline, sizeof(headline)) == -1) {
            perror("reader: fetch");
            return EXIT_FAILURE;
        }
        sprintf(expect, "%s %d", argv[1], n);
        if (strcmp(headline, expect)) {
            fprintf(stderr, "reader: '%s' instead of '%s'\n", headline, expect);
            return EXIT_FAILURE;
        }
    }
    if (!strcmp(argv[2], "crash"))
        raise(SIGKILL);
    name_close(agency);
    ConnectDetach(self);
    ChannelDestroy(chid);
    return EXIT_SUCCESS;
}
