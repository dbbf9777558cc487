// SPDX-License-Identifier: GPL-2.0-only
// Actors in C++98: every object is a thread with a channel.  A ring of them
// passes a token on; each hop is a pulse, the score a message.
#include <iostream>
#include <string>
#include <sstream>
#include <vector>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
extern "C" {
#include <sys/neutrino.h>
#include <sys/netmgr.h>
}

class Actor
{
public:
    Actor(const std::string& name)
        : m_name(name), m_next(NULL), m_nextCoid(-1), m_hops(0)
    {
        m_chid = ChannelCreate(0);
        if (m_chid == -1)
            fail("ChannelCreate");
    }

    virtual ~Actor()
    {
        if (m_nextCoid != -1)
            ConnectDetach(m_nextCoid);
        ChannelDestroy(m_chid);
    }

    void connect(Actor* next)
    {
        m_next = next;
        m_nextCoid = ConnectAttach(ND_LOCAL_NODE, 0, next->m_chid, _NTO_SIDE_CHANNEL, 0);
        if (m_nextCoid == -1)
            fail("ConnectAttach");
    }

    void start() { pthread_create(&m_thread, NULL, &Actor::entry, this); }
    void join() { pthread_join(m_thread, NULL); }
    int chid() const { return m_chid; }
    int hops() const { return m_hops; }

    enum { TOKEN = _PULSE_CODE_MINAVAIL, END };
    struct Score { short type; short pad; int hops; char name[16]; };

protected:
    virtual int pass(int token) { return token - 1; }

    void fail(const char* what)
    {
        std::cerr << m_name << ": " << what << ": " << strerror(errno) << std::endl;
        exit(1);
    }

private:
    union Message { _pulse pulse; Score score; };

    static void* entry(void* self)
    {
        static_cast<Actor*>(self)->loop();
        return NULL;
    }

    void loop()
    {
        Message m;
        for (;;) {
            int rcvid = MsgReceive(m_chid, &m, sizeof(m), NULL);
            if (rcvid == -1)
                fail("MsgReceive");
            if (rcvid > 0) {
                m.score.hops = m_hops;
                strncpy(m.score.name, m_name.c_str(), sizeof(m.score.name));
                MsgReply(rcvid, EOK, &m.score, sizeof(m.score));
                continue;
            }
            if (m.pulse.code == END)
                return;
            m_hops++;
            int token = pass(m.pulse.value.sival_int);
            if (token >= 0)
                MsgSendPulse(m_nextCoid, -1, TOKEN, token);
            else if (MsgSendPulse(s_done, -1, TOKEN, m_hops) == -1)
                fail("done");
        }
    }

    std::string m_name;
    Actor*      m_next;
    int         m_chid;
    int         m_nextCoid;
    int         m_hops;
    pthread_t   m_thread;

public:
    static int s_done;
};

int Actor::s_done = -1;

class Greedy : public Actor
{
public:
    Greedy(const std::string& name) : Actor(name) {}
protected:
    virtual int pass(int token) { return token - 3; }
};

int main()
{
    const int N = 5, TOKEN_VALUE = 99;
    std::vector<Actor*> ring;
    int done = ChannelCreate(0);

    Actor::s_done = ConnectAttach(ND_LOCAL_NODE, 0, done, _NTO_SIDE_CHANNEL, 0);
    for (int i = 0; i < N; i++) {
        std::ostringstream name;
        name << (i == 3 ? "greedy" : "actor") << i;
        if (i == 3)
            ring.push_back(new Greedy(name.str()));
        else
            ring.push_back(new Actor(name.str()));
    }
    for (int i = 0; i < N; i++) {
        ring[i]->connect(ring[(i + 1) % N]);
        ring[i]->start();
    }
    std::vector<int> coids;
    for (int i = 0; i < N; i++)
        coids.push_back(ConnectAttach(ND_LOCAL_NODE, 0, ring[i]->chid(), _NTO_SIDE_CHANNEL, 0));

    MsgSendPulse(coids[0], -1, Actor::TOKEN, TOKEN_VALUE);
    _pulse pulse;
    if (MsgReceivePulse(done, &pulse, sizeof(pulse), NULL) == -1) {
        std::cerr << "MsgReceivePulse: " << strerror(errno) << std::endl;
        return 1;
    }

    // the same by hand
    int want[N] = { 0 }, at = 0;
    for (int token = TOKEN_VALUE; token >= 0; at = (at + 1) % N) {
        want[at]++;
        token -= at == 3 ? 3 : 1;
    }
    int rc = 0;
    for (int i = 0; i < N; i++) {
        Actor::Score s;
        memset(&s, 0, sizeof(s));
        s.type = 0x600;
        if (MsgSend(coids[i], &s, sizeof(s), &s, sizeof(s)) != EOK || s.hops != want[i]) {
            std::cerr << s.name << " has " << s.hops << " hops, not " << want[i] << std::endl;
            rc = 1;
        }
        MsgSendPulse(coids[i], -1, Actor::END, 0);
        ring[i]->join();
        ConnectDetach(coids[i]);
    }
    for (int i = 0; i < N; i++)
        delete ring[i];
    return rc;
}
