// SPDX-License-Identifier: GPL-2.0-only
/* packets.c: scatter/gather all over: MsgSendv, MsgSendsv, MsgSendvs,
 * MsgReceivev, MsgReplyv, and the nc forms. A packet is a header, a body and
 * a trailer with a checksum. */

#include <sys/neutrino.h>
#include <sys/netmgr.h>
#include <pthread.h>
#include <string.h>
#include <stdlib.h>
#include <stdio.h>
#include <errno.h>

#define BODY 96

struct packet_header { uint16_t type, seq; uint32_t len; };
struct packet_trailer { uint32_t sum; };

static int chid;

static uint32_t checksum(const unsigned char *p, int n)
{
    uint32_t s = 1;

    while (n--) s = s * 31 + *p++;
    return s;
}

static void *receiver(void *arg)
{
    struct packet_header   hdr, rhdr;
    struct packet_trailer  trl;
    static unsigned char   body[BODY], back[BODY];
    struct _msg_info       info;
    iov_t                  iov[3];
    int                    rcvid;
    unsigned               i;

    for (;;) {
        SETIOV(&iov[0], &hdr, sizeof(hdr));
        SETIOV(&iov[1], body, sizeof(body));
        SETIOV(&iov[2], &trl, sizeof(trl));
        rcvid = MsgReceivev(chid, iov, 3, &info);
        if (rcvid == -1) return NULL;
        if (info.msglen != sizeof(hdr) + sizeof(body) + sizeof(trl)) {
            MsgError(rcvid, EMSGSIZE);
            continue;
        }
        if (trl.sum != checksum(body, hdr.len)) {
            MsgError(rcvid, EBADMSG);
            continue;
        }
        /* send it back, reversed */
        for (i = 0; i < hdr.len; i++)
            back[i] = body[hdr.len - 1 - i];
        rhdr = hdr;
        rhdr.type |= 0x8000;
        trl.sum = checksum(back, hdr.len);
        SETIOV(&iov[0], &rhdr, sizeof(rhdr));
        SETIOV(&iov[1], back, sizeof(back));
        SETIOV(&iov[2], &trl, sizeof(trl));
        MsgReplyv(rcvid, hdr.seq, iov, 3);
    }
}

struct flat {
    struct packet_header  hdr;
    unsigned char         body[BODY];
    struct packet_trailer trl;
};

static struct flat request, reply;
static int errors;

static void fill(int seq)
{
    int i;

    for (i = 0; i < BODY; i++) request.body[i] = seq + i * 3;
    request.hdr.type = 0x321;
    request.hdr.seq = seq;
    request.hdr.len = BODY;
    request.trl.sum = checksum(request.body, BODY);
    memset(&reply, 0, sizeof(reply));
}

static void check(const char *call, int ret, int seq)
{
    int i, good = ret == seq && reply.hdr.type == (0x8000 | 0x321)
                  && reply.hdr.seq == seq && reply.trl.sum == checksum(reply.body, BODY);

    for (i = 0; i < BODY; i++)
        if (reply.body[i] != request.body[BODY - 1 - i]) good = 0;
    if (!good) {
        fprintf(stderr, "%s: returned %d (errno %d)\n", call, ret, errno);
        errors++;
    }
}

int main(void)
{
    pthread_t tid;
    iov_t siov[3], riov[4];
    int coid, r;

    chid = ChannelCreate(0);
    coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
    pthread_create(&tid, NULL, receiver, NULL);

    SETIOV(&siov[0], &request.hdr, sizeof(request.hdr));
    SETIOV(&siov[1], request.body, BODY);
    SETIOV(&siov[2], &request.trl, sizeof(request.trl));
    /* an odd split, with an empty part in it */
    SETIOV(&riov[0], &reply, 3);
    SETIOV(&riov[1], NULL, 0);
    SETIOV(&riov[2], (char *)&reply + 3, 50);
    SETIOV(&riov[3], (char *)&reply + 53, sizeof(reply) - 53);

    fill(1); r = MsgSend(coid, &request, sizeof(request), &reply, sizeof(reply)); check("MsgSend", r, 1);
    fill(2); r = MsgSendv(coid, siov, 3, riov, 4); check("MsgSendv", r, 2);
    fill(3); r = MsgSendvs(coid, siov, 3, &reply, sizeof(reply)); check("MsgSendvs", r, 3);
    fill(4); r = MsgSendsv(coid, &request, sizeof(request), riov, 4); check("MsgSendsv", r, 4);
    fill(5); r = MsgSendnc(coid, &request, sizeof(request), &reply, sizeof(reply)); check("MsgSendnc", r, 5);
    fill(6); r = MsgSendvnc(coid, siov, 3, riov, 4); check("MsgSendvnc", r, 6);
    fill(7); r = MsgSendvsnc(coid, siov, 3, &reply, sizeof(reply)); check("MsgSendvsnc", r, 7);
    fill(8); r = MsgSendsvnc(coid, &request, sizeof(request), riov, 4); check("MsgSendsvnc", r, 8);

    fill(9);
    request.trl.sum++;
    if (MsgSendv(coid, siov, 3, riov, 4) != -1 || errno != EBADMSG) {
        fprintf(stderr, "wrong checksum: errno %d\n", errno);
        errors++;
    }
    if (MsgSendvs(coid, siov, 2, &reply, sizeof(reply)) != -1 || errno != EMSGSIZE) {
        fprintf(stderr, "no trailer: errno %d\n", errno);
        errors++;
    }
    /* room for the header only: the rest of the reply is dropped */
    fill(10);
    r = MsgSendvs(coid, siov, 3, &reply, sizeof(reply.hdr));
    if (r != 10 || reply.hdr.type != 0x8321 || reply.body[0] != 0) {
        fprintf(stderr, "short reply buffer: %d\n", r);
        errors++;
    }
    ConnectDetach(coid);
    ChannelDestroy(chid);
    pthread_join(tid, NULL);
    return errors != 0;
}
