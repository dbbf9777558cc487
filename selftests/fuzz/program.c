// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text, and with an instruction more or less. */
#include <stdlib.h>
#include <string.h>

#include "ops.h"
#include "program.h"

static void bad_line(const char *line)
{
	fprintf(stderr, "not an instruction: %s", line);
	exit(1);
}

static struct insn insn_parse(const char *line)
{
	struct insn insn = { .who = 0 };
	char who[4], name[24];
	int used, more, value, op;

	if (sscanf(line, "%3s %23s%n", who, name, &used) < 2 || who[0] < '0' || who[0] > '3')
		bad_line(line);
	op = op_by_name(name);
	if (op < 0)
		bad_line(line);
	insn.op = op;
	insn.who = who[0] - '0';
	insn.who |= (strchr(who, '&') ? WHO_ASYNC : 0) | (strchr(who, '~') ? WHO_FREE : 0);
	for (int i = 0; i < ARGS && sscanf(line + used, "%d%n", &value, &more) == 1; i++) {
		insn.args[i] = value;
		used += more;
	}
	return insn;
}

bool program_read(FILE *f, struct program *p)
{
	char line[256];

	p->n = 0;
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		if (line[strspn(line, " \t\n")] != 0) {
			if (p->n == MAX_INSNS)
				bad_line(line);
			p->insns[p->n++] = insn_parse(line);
		} else if (p->n) {
			return true;
		}
	}
	return p->n > 0;
}

static void insn_write(FILE *f, const struct insn *insn)
{
	int n = ARGS;

	while (n && !insn->args[n - 1])
		n--;
	fprintf(f, "%d%s%s %s", insn->who & WHO_ACTOR, insn->who & WHO_ASYNC ? "&" : "",
		insn->who & WHO_FREE ? "~" : "", op_name(insn->op));
	for (int i = 0; i < n; i++)
		fprintf(f, " %d", insn->args[i]);
	fputc('\n', f);
}

void program_write(FILE *f, const struct program *p)
{
	for (int i = 0; i < p->n; i++)
		insn_write(f, &p->insns[i]);
	fputc('\n', f);
}

void program_remove(struct program *p, int at)
{
	p->n--;
	memmove(&p->insns[at], &p->insns[at + 1], (p->n - at) * sizeof(p->insns[0]));
}

bool program_insert(struct program *p, int at, const struct insn *insn)
{
	if (p->n == MAX_INSNS)
		return false;
	memmove(&p->insns[at + 1], &p->insns[at], (p->n - at) * sizeof(p->insns[0]));
	p->insns[at] = *insn;
	p->n++;
	return true;
}
