// SPDX-License-Identifier: GPL-2.0-only
//
// Channel, connection and timer as C++ classes; std::thread beside pthread.
//
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <pthread.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>
#include <time.h>

namespace ipc {

class Error : public std::system_error {
public:
	explicit Error(const char *what)
		: std::system_error(errno, std::generic_category(), what) {}
};

template <typename T>
T check(T result, const char *what)
{
	if (result == T(-1))
		throw Error(what);
	return result;
}

class Channel {
public:
	explicit Channel(unsigned flags = 0)
		: chid_(check(ChannelCreate(flags), "ChannelCreate")) {}
	~Channel() { ChannelDestroy(chid_); }
	Channel(const Channel &) = delete;
	Channel &operator=(const Channel &) = delete;
	int id() const { return chid_; }

private:
	int chid_;
};

class Connection {
public:
	explicit Connection(const Channel &ch, pid_t pid = 0)
		: coid_(check(ConnectAttach(ND_LOCAL_NODE, pid, ch.id(),
					    _NTO_SIDE_CHANNEL, 0), "ConnectAttach")) {}
	~Connection() { ConnectDetach(coid_); }
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;

	template <typename Req, typename Rep>
	int send(const Req &req, Rep &rep) const
	{
		return check(MsgSend(coid_, &req, sizeof(req), &rep, sizeof(rep)), "MsgSend");
	}
	void pulse(int code, int value = 0, int priority = -1) const
	{
		check(MsgSendPulse(coid_, priority, code, value), "MsgSendPulse");
	}
	int id() const { return coid_; }

private:
	int coid_;
};

class Timer {
public:
	Timer(const Connection &c, int code, int value)
	{
		struct sigevent ev;

		SIGEV_PULSE_INIT(&ev, c.id(), SIGEV_PULSE_PRIO_INHERIT, code, value);
		check(timer_create(CLOCK_MONOTONIC, &ev, &id_), "timer_create");
	}
	~Timer()
	{
		if (id_ != -1)
			timer_delete(id_);
	}
	void every(long ms)
	{
		struct itimerspec it = {};

		it.it_value.tv_nsec = it.it_interval.tv_nsec = ms * 1000000;
		check(timer_settime(id_, 0, &it, NULL), "timer_settime");
	}

private:
	timer_t id_ = -1;
};

struct Request {
	std::uint16_t type;
	char key[24];
	int value;
};

struct Reply {
	int value;
};

// A dispatcher: handlers by message type, pulse handlers by code.
class Server {
public:
	enum { Stop = _PULSE_CODE_MAXAVAIL };

	Server() : channel_(_NTO_CHF_DISCONNECT) {}
	const Channel &channel() const { return channel_; }

	void on(std::uint16_t type, std::function<int(const Request &, Reply &)> f)
	{
		messages_[type] = f;
	}
	void onPulse(int code, std::function<void(int)> f) { pulses_[code] = f; }

	void run()
	{
		union Buffer {
			struct _pulse pulse;
			Request request;
		} buf;

		for (;;) {
			auto rcvid = check(MsgReceive(channel_.id(), &buf, sizeof(buf), nullptr),
					   "MsgReceive");

			if (rcvid == 0) {
				if (buf.pulse.code == Stop)
					return;
				if (buf.pulse.code == _PULSE_CODE_DISCONNECT)
					ConnectDetach(buf.pulse.scoid);
				auto p = pulses_.find(buf.pulse.code);
				if (p != pulses_.end())
					p->second(buf.pulse.value.sival_int);
				continue;
			}
			try {
				Reply reply = {};
				int status = messages_.at(buf.request.type)(buf.request, reply);

				MsgReply(rcvid, status, &reply, sizeof(reply));
			} catch (const std::out_of_range &) {
				MsgError(rcvid, ENOSYS);
			} catch (const Error &e) {
				MsgError(rcvid, e.code().value());
			}
		}
	}

private:
	Channel channel_;
	std::map<std::uint16_t, std::function<int(const Request &, Reply &)>> messages_;
	std::map<int, std::function<void(int)>> pulses_;
};

} // namespace ipc

using namespace ipc;

static void expect(bool ok, const std::string &what)
{
	if (ok)
		return;
	std::cerr << "channels: " << what << std::endl;
	std::exit(EXIT_FAILURE);
}

static Request request(int type, const char *key, int value)
{
	Request r = {};

	r.type = type;
	std::strncpy(r.key, key, sizeof(r.key) - 1);
	r.value = value;
	return r;
}

static void *pthread_client(void *arg)
{
	const Channel &ch = *static_cast<const Channel *>(arg);
	Connection c(ch);
	Reply rep;

	for (int i = 0; i < 50; i++)
		c.send(request(2, "sum", 1), rep);
	return nullptr;
}

int main()
{
	Server server;
	std::map<std::string, int> store;
	std::atomic<int> ticks(0);

	server.on(1, [&](const Request &r, Reply &) { store[r.key] = r.value; return EOK; });
	server.on(2, [&](const Request &r, Reply &rep) {
		rep.value = store[r.key] += r.value;
		return EOK;
	});
	server.on(3, [&](const Request &r, Reply &rep) {
		auto it = store.find(r.key);
		if (it == store.end()) {
			errno = ENOENT;
			throw Error("get");
		}
		rep.value = it->second;
		return static_cast<int>(store.size());
	});
	server.onPulse(10, [&](int value) { ticks += value; });

	std::thread thread([&] { server.run(); });
	try {
		Connection c(server.channel());
		Reply rep = {};

		expect(c.send(request(1, "sum", 0), rep) == EOK, "put");
		{
			Timer t(c, 10, 3);
			t.every(2);
			std::vector<std::thread> clients;
			for (int i = 0; i < 3; i++)
				clients.emplace_back([&] { pthread_client(const_cast<Channel *>(&server.channel())); });
			pthread_t pt;
			pthread_create(&pt, NULL, pthread_client,
				       const_cast<Channel *>(&server.channel()));
			for (auto &t : clients)
				t.join();
			pthread_join(pt, NULL);
			while (ticks < 9)
				delay(1);
		}
		expect(c.send(request(3, "sum", 0), rep) == 1 && rep.value == 200, "sum is wrong");
		expect(ticks % 3 == 0, "ticks");
		try {
			c.send(request(3, "nothing", 0), rep);
			expect(false, "nothing was found");
		} catch (const Error &e) {
			expect(e.code().value() == ENOENT, e.what());
		}
		try {
			c.send(request(77, "", 0), rep);
			expect(false, "message 77 was handled");
		} catch (const Error &e) {
			expect(e.code().value() == ENOSYS, e.what());
		}
		c.pulse(Server::Stop);
		thread.join();
	} catch (const std::exception &e) {
		std::cerr << "channels: " << e.what() << std::endl;
		std::exit(EXIT_FAILURE);
	}
	return EXIT_SUCCESS;
}
