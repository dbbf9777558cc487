// SPDX-License-Identifier: MIT
/*
 * A QNX program in C++: the standard library before and after, and an extern "C" around.
 */
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

extern "C" {
#include <sys/dispatch.h>
#include <sys/netmgr.h>
#include <sys/neutrino.h>
}

#include <process.h>
#include <spawn.h>
#include <vector>

class Timer {
public:
	explicit Timer(int coid)
	{
		SIGEV_PULSE_INIT(&event_, coid, SIGEV_PULSE_PRIO_INHERIT, _PULSE_CODE_MINAVAIL, this);
		if (timer_create(CLOCK_MONOTONIC, &event_, &id_) == -1)
			id_ = -1;
	}
	bool made() const { return id_ != -1; }

private:
	struct sigevent event_;
	timer_t id_ = -1;
};

int main()
{
	std::mutex mutex;
	std::vector<int> seen;
	std::thread other([&] {
		std::lock_guard<std::mutex> guard(mutex);
		seen.push_back(std::max(1, std::min(2, 3)));
	});

	other.join();
	name_attach_t *attach = name_attach(nullptr, "", 0);
	std::cout << seen.size() << ' ' << (attach == nullptr) << '\n';
	return seen.size() == 1 && !attach && !Timer(-1).made() ? 0 : 1;
}
