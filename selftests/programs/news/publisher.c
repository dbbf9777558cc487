// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include "news.h"

typedef struct subscriber {
    struct subscriber *next;
    int rcvid;
    int scoid;
    char topic[16];
    struct sigevent event;
    int first, last;                /* what it has not fetched */
    char headline[10][64];
} subscriber_t;

static subscriber_t *subscribers;

static subscriber_t *find(int scoid)
{
    subscriber_t *s;

    for (s = subscribers; s && s->scoid != scoid; s = s->next)
        ;
    return s;
}

static void subscribe(int rcvid, const struct _msg_info *info, const news_msg_t *m)
{
    subscriber_t *s;

    if (find(info->scoid)) {
        MsgError(rcvid, EALREADY);
        return;
    }
    s = calloc(1, sizeof(*s));
    s->rcvid = rcvid;
    s->scoid = info->scoid;
    s->event = m->event;
    strcpy(s->topic, m->topic);
    s->next = subscribers;
    subscribers = s;
    MsgReply(rcvid, EOK, NULL, 0);
}

static int publish(const news_msg_t *m)
{
    subscriber_t *s;
    int n = 0;

    for (s = subscribers; s; s = s->next) {
        if (strcmp(s->topic, m->topic))
            continue;
        strcpy(s->headline[s->last++], m->headline);
        /* a reader may just have died, its pulse is on the way */
        if (MsgDeliverEvent(s->rcvid, &s->event) == -1)
            fprintf(stderr, "publisher: MsgDeliverEvent: %s\n", strerror(errno));
        else
            n++;
    }
    return n;
}

static void forget(int scoid)
{
    subscriber_t **p, *s;

    for (p = &subscribers; *p && (*p)->scoid != scoid; p = &(*p)->next)
        ;
    if ((s = *p) != NULL) {
        *p = s->next;
        free(s);
    }
    ConnectDetach(scoid);
}

static int count(void)
{
    subscriber_t *s;
    int n = 0;

    for (s = subscribers; s; s = s->next)
        n++;
    return n;
}

int main(int argc, char **argv)
{
    union {
        uint16_t type;
        struct _pulse pulse;
        news_msg_t news;
    } msg;
    struct _msg_info info;
    name_attach_t *attach;
    subscriber_t *s;
    int rcvid;

    attach = name_attach(NULL, NEWS_AGENCY, 0);
    if (attach == NULL) {
        perror("publisher: name_attach");
        return EXIT_FAILURE;
    }
    for (;;) {
        rcvid = MsgReceive(attach->chid, &msg, sizeof(msg), &info);
        if (rcvid == -1) {
            perror("publisher: MsgReceive");
            return EXIT_FAILURE;
        }
        if (rcvid == 0) {
            if (msg.pulse.code == _PULSE_CODE_DISCONNECT)
                forget(msg.pulse.scoid);
            continue;
        }
        switch (msg.type) {
        case _IO_CONNECT:
            MsgReply(rcvid, EOK, NULL, 0);
            break;
        case NEWS_SUBSCRIBE:
            subscribe(rcvid, &info, &msg.news);
            break;
        case NEWS_PUBLISH:
            MsgReply(rcvid, publish(&msg.news), NULL, 0);
            break;
        case NEWS_FETCH:
            s = find(info.scoid);
            if (!s || s->first == s->last)
                MsgError(rcvid, ENOMSG);
            else
                MsgReply(rcvid, EOK, s->headline[s->first++], 64);
            break;
        case NEWS_COUNT:
            MsgReply(rcvid, count(), NULL, 0);
            break;
        case NEWS_CLOSE:
            MsgReply(rcvid, EOK, NULL, 0);
            name_detach(attach, 0);
            return count() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        default:
            MsgError(rcvid, ENOSYS);
        }
    }
}
