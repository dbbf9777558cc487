/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NEWS_H_
#define NEWS_H_

#include <stdint.h>
#include <sys/siginfo.h>

#define NEWS_AGENCY "programs_news"

enum news_type {
    NEWS_SUBSCRIBE = 0x5000,
    NEWS_PUBLISH,
    NEWS_FETCH,
    NEWS_COUNT,
    NEWS_CLOSE
};

typedef struct {
    uint16_t type;
    uint16_t reserved;
    char topic[16];
    char headline[64];
    struct sigevent event;
} news_msg_t;

#endif
