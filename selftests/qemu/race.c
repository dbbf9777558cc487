// SPDX-License-Identifier: GPL-2.0-only
/*
 * KCSAN watches the whole kernel, which has data races of its own. One is a matter of the module
 * if it made one of the accesses, or called what made it: a list or a tree is changed by the
 * kernel's functions, under the module's locks.
 */
#include <stdlib.h>
#include <string.h>
#include "guest.h"

#define LINES	200
#define FRAMES	2	/* of each access that are looked at */

static struct {
	int lines, frame;
	bool ours;
	char *line[LINES];
} race;

static void keep(const char *text)
{
	if (race.lines < LINES)
		race.line[race.lines++] = strdup(text);
}

static void look_at_line(const char *text)
{
	keep(text);
	if (strstr(text, " bytes by ")) {
		race.frame = 0;
	} else if (text[0] == ' ' && race.frame++ < FRAMES && strstr(text, "[qmsg")) {
		race.ours = true;
	}
}

static void forget(void)
{
	while (race.lines > 0)
		free(race.line[--race.lines]);
	race.ours = false;
}

static void tell(void)
{
	if (!race.ours)
		tap_note("not the module's: %s", race.line[0]);
	for (int i = 0; race.ours && i < race.lines; i++)
		tap_note("kernel: %s", race.line[i]);
}

enum race race_line(const char *text)
{
	enum race what = RACE_UNDECIDED;

	if (!race.lines && !strstr(text, "BUG: KCSAN: "))
		return RACE_NONE;
	if (!race.lines || strncmp(text, "======", 6)) {
		look_at_line(text);
		return what;
	}
	what = race.ours ? RACE_OURS : RACE_OTHERS;
	tell();
	forget();
	return what;
}
