// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include "news.h"

static int coid;

static int news(int type, const char *topic, int number)
{
    news_msg_t m;
    int r;

    memset(&m, 0, sizeof(m));
    m.type = type;
    strcpy(m.topic, topic);
    sprintf(m.headline, "%s %d", topic, number);
    r = MsgSend(coid, &m, sizeof(m), NULL, 0);
    if (r == -1) {
        perror("reporter: MsgSend");
        exit(EXIT_FAILURE);
    }
    return r;
}

static void wait_for(int subscribers)
{
    while (news(NEWS_COUNT, "", 0) != subscribers)
        delay(2);
}

static void publish(const char *topic, int number, int readers)
{
    int n = news(NEWS_PUBLISH, topic, number);

    if (n != readers) {
        fprintf(stderr, "reporter: %s %d has %d readers, not %d\n", topic, number, n, readers);
        exit(EXIT_FAILURE);
    }
}

int main(void)
{
    int i;

    for (i = 0; (coid = name_open(NEWS_AGENCY, 0)) == -1; i++) {
        if (i > 500) {
            perror("reporter: name_open");
            return EXIT_FAILURE;
        }
        delay(10);
    }
    wait_for(3);
    publish("weather", 0, 0);
    publish("sport", 0, 2);
    publish("politics", 0, 1);
    wait_for(2);                    /* one sports fan is no more */
    for (i = 1; i < 4; i++)
        publish("sport", i, 1);
    publish("politics", 1, 1);
    publish("politics", 2, 1);
    wait_for(0);
    news(NEWS_CLOSE, "", 0);
    name_close(coid);
    return EXIT_SUCCESS;
}
