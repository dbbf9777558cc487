// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chat room. READ is answered when there is something to read: until then
 * the reader stays REPLY blocked and the server just remembers its rcvid.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sys/neutrino.h>

#define MEMBERS 3
#define LINES   5
#define TEXT    64

enum { CHAT_JOIN = 100, CHAT_SAY, CHAT_READ, CHAT_LEAVE };

struct chat_msg {
    unsigned short type;
    unsigned short member;
    char text[TEXT];
};

typedef union {
    struct _pulse pulse;
    struct chat_msg chat;
} msg_buf;

struct member {
    int  joined;
    int  waiting;             /* rcvid of a pending READ */
    int  leaving;             /* the READ that finds nothing more is the last */
    int  head, tail;          /* its inbox */
    char inbox[MEMBERS * LINES + 1][TEXT];
};

static struct member members[MEMBERS];
static int room;

static void deliver(struct member *m)
{
    if (m->waiting && m->head != m->tail) {
        char *line = m->inbox[m->head++];

        MsgReply(m->waiting, strlen(line), line, strlen(line) + 1);
        m->waiting = 0;
    }
}

static void say(int from, const char *text)
{
    int i;

    for (i = 0; i < MEMBERS; i++) {
        if (i == from)
            continue;
        snprintf(members[i].inbox[members[i].tail++], TEXT, "%s", text);
        deliver(&members[i]);
    }
}

/* A parked READ has nothing to read. 1: that was the member's last. */
static int leave(struct member *m)
{
    if (!m->leaving || !m->waiting)
        return 0;
    MsgError(m->waiting, EPIPE);
    return 1;
}

static void *chat_room(void *p)
{
    int left = 0;

    while (left < MEMBERS) {
        msg_buf m;
        int rcvid = MsgReceive(room, &m, sizeof m, 0);

        if (rcvid <= 0) {
            fprintf(stderr, "room: rcvid %d\n", rcvid);
            exit(EXIT_FAILURE);
        }
        switch (m.chat.type) {
        case CHAT_JOIN:
            members[m.chat.member].joined = 1;
            MsgReply(rcvid, EOK, 0, 0);
            break;
        case CHAT_SAY:
            say(m.chat.member, m.chat.text);
            MsgReply(rcvid, EOK, 0, 0);
            break;
        case CHAT_READ:
            if (members[m.chat.member].waiting) {
                MsgError(rcvid, EBUSY);
                break;
            }
            members[m.chat.member].waiting = rcvid;
            deliver(&members[m.chat.member]);
            left += leave(&members[m.chat.member]);
            break;
        case CHAT_LEAVE:
            members[m.chat.member].leaving = 1;
            left += leave(&members[m.chat.member]);
            MsgReply(rcvid, EOK, 0, 0);
            break;
        default:
            MsgError(rcvid, ENOSYS);
        }
    }
    return 0;
}

static int chat(int coid, int type, int member, const char *text, char *answer)
{
    struct chat_msg m;

    memset(&m, 0, sizeof m);
    m.type = type;
    m.member = member;
    if (text)
        strcpy(m.text, text);
    return MsgSend(coid, &m, sizeof m, answer, answer ? TEXT : 0);
}

/* One thread of a member reads until it is told to stop ... */
static void *reader(void *p)
{
    int  me = *(int *)p;
    int  coid = ConnectAttach(0, 0, room, 0, 0);
    int  n = 0, next[MEMBERS] = { 0 };
    char line[TEXT];
    int  len;

    while (n < (MEMBERS - 1) * LINES) {
        int from, number;

        len = chat(coid, CHAT_READ, me, 0, line);
        if (len == -1) {
            fprintf(stderr, "reader %d: %s\n", me, strerror(errno));
            exit(EXIT_FAILURE);
        }
        if (len != (int)strlen(line)
            || sscanf(line, "member %d line %d", &from, &number) != 2
            || from == me || number != next[from]++) {
            fprintf(stderr, "reader %d: unexpected '%s' (%d)\n", me, line, len);
            exit(EXIT_FAILURE);
        }
        n++;
    }
    /* nothing more will come; the room ends this one with EPIPE */
    if (chat(coid, CHAT_READ, me, 0, line) != -1 || errno != EPIPE) {
        fprintf(stderr, "reader %d: got more\n", me);
        exit(EXIT_FAILURE);
    }
    ConnectDetach(coid);
    return 0;
}

/* ... and another writes. */
static void *writer(void *p)
{
    int  me = *(int *)p, i;
    int  coid = ConnectAttach(0, 0, room, 0, 0);
    char line[TEXT];

    for (i = 0; i < LINES; i++) {
        sprintf(line, "member %d line %d", me, i);
        if (chat(coid, CHAT_SAY, me, line, 0) != EOK) {
            perror("say");
            exit(EXIT_FAILURE);
        }
    }
    ConnectDetach(coid);
    return 0;
}

int main(void)
{
    pthread_t r[MEMBERS], w[MEMBERS], t;
    int id[MEMBERS], coid, i;

    room = ChannelCreate(0);
    coid = ConnectAttach(0, 0, room, 0, 0);
    pthread_create(&t, NULL, chat_room, NULL);

    for (i = 0; i < MEMBERS; i++) {
        id[i] = i;
        if (chat(coid, CHAT_JOIN, i, 0, 0) == -1) {
            perror("join");
            return EXIT_FAILURE;
        }
        pthread_create(&r[i], NULL, reader, &id[i]);
        pthread_create(&w[i], NULL, writer, &id[i]);
    }
    for (i = 0; i < MEMBERS; i++)
        pthread_join(w[i], NULL);

    /* leaving while the last READ is parked, or before it comes */
    for (i = 0; i < MEMBERS; i++) {
        if (chat(coid, CHAT_LEAVE, i, 0, 0) != EOK) {
            perror("leave");
            return EXIT_FAILURE;
        }
        pthread_join(r[i], NULL);
    }
    pthread_join(t, NULL);
    ConnectDetach(coid);
    ChannelDestroy(room);
    return EXIT_SUCCESS;
}
