// SPDX-License-Identifier: GPL-2.0-only
/* All there is of libtracefs and libtraceevent here. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <trace-seq.h>
#include <tracefs.h>

#include "tool.h"
#include "tracer.h"

#define SYSTEM	"qmsg"
#define ENABLE	"events/" SYSTEM "/enable"
#define PREFIX	"qmsg-record-"

static struct tracefs_instance *instance;
static struct tep_handle *tep;
static int hold = -1;		/* an open file keeps the instance from being removed */

void tracer_close(void)
{
	if (hold >= 0)
		close(hold);
	hold = -1;
	if (instance) {
		tracer_stop();
		tracefs_instance_destroy(instance);
		tracefs_instance_free(instance);
	}
	instance = NULL;
	tep_free(tep);
	tep = NULL;
}

static const char *tracing_dir(void)
{
	const char *dir;

	errno = 0;
	dir = tracefs_tracing_dir();
	if (!dir)
		die(QMSG_ERROR, "there is no tracefs, and it cannot be mounted: %s",
		    errno ? strerror(errno) : "is it in this kernel?");
	if (access(dir, R_OK | W_OK | X_OK))
		die(QMSG_ERROR, "cannot trace: %s: %s%s", dir, strerror(errno),
		    errno == EACCES ? " (this needs root)" : "");
	if (!tracefs_dir_exists(NULL, "events/" SYSTEM))
		die(QMSG_ERROR, "the kernel has no tracepoints of qmsg: is the module loaded?");
	return dir;
}

/* Those that are in use are busy, and stay as they are. */
static int remove_left_behind(const char *name, void *unused)
{
	struct tracefs_instance *left;

	(void)unused;
	if (strncmp(name, PREFIX, strlen(PREFIX)))
		return 0;
	left = tracefs_instance_alloc(NULL, name);
	if (!left)
		return 0;
	tracefs_instance_destroy(left);
	tracefs_instance_free(left);
	return 0;
}

static void create_instance(void)
{
	char name[64];

	tracefs_instances_walk(remove_left_behind, NULL);
	snprintf(name, sizeof(name), PREFIX "%d", getpid());
	instance = tracefs_instance_create(name);
	if (!instance)
		die(QMSG_ERROR, "cannot make a trace instance: %s", strerror(errno));
	atexit(tracer_close);
	hold = tracefs_instance_file_open(instance, "tracing_on", O_RDONLY | O_CLOEXEC);
}

static void must(bool good, const char *what)
{
	if (!good)
		die(QMSG_ERROR, "cannot trace: %s: %s", what, strerror(errno));
}

static bool read_header(void)
{
	int size;
	char *text = tracefs_instance_file_read(NULL, "events/header_page", &size);
	bool good = text && !tep_parse_header_page(tep, text, size, sizeof(long));

	free(text);
	return good;
}

static bool read_format(const char *event)
{
	int size;
	char *text = tracefs_event_file_read(NULL, SYSTEM, event, "format", &size);
	bool good = text && !tep_parse_event(tep, text, size, SYSTEM);

	free(text);
	return good;
}

/* Not tracefs_local_events_system(), which reads all symbols of the kernel besides. */
static void read_formats(const char *dir)
{
	char **events = tracefs_system_events(dir, SYSTEM), **event;

	tep = tep_alloc();
	must(tep && events, "formats of the events");
	tep_set_file_bigendian(tep, tep_is_bigendian() ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	must(read_header(), "format of the buffer");
	for (event = events; *event; event++)
		must(read_format(*event), *event);
	tracefs_list_free(events);
}

/* What does not fit any more is counted; what there is already is not overwritten. */
void tracer_open(unsigned int buffer_kib)
{
	tep_set_loglevel(TEP_LOG_CRITICAL);
	read_formats(tracing_dir());
	create_instance();
	must(!tracefs_instance_set_buffer_size(instance, buffer_kib, -1), "size of the buffer");
	must(!tracefs_option_disable(instance, TRACEFS_OPTION_OVERWRITE), "overwrite");
	must(tracefs_instance_file_write(instance, "trace_clock", "mono") > 0, "trace_clock");
}

void tracer_start(void)
{
	must(tracefs_instance_file_write(instance, ENABLE, "1") > 0, ENABLE);
}

void tracer_stop(void)
{
	tracefs_instance_file_write(instance, ENABLE, "0");
}

struct reading {
	void (*fn)(const struct tracer_event *event, void *arg);
	void *arg;
	struct trace_seq text;
};

static int on_record(struct tep_event *event, struct tep_record *record, int cpu, void *arg)
{
	struct reading *r = arg;
	struct tracer_event e = {
		.time = record->ts,
		.cpu = cpu,
		.tid = tep_data_pid(tep, record),
		.name = event->name,
	};

	trace_seq_reset(&r->text);
	tep_print_event(tep, &r->text, record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&r->text);
	e.fields = r->text.buffer;
	r->fn(&e, r->arg);
	return 0;
}

void tracer_read(void (*fn)(const struct tracer_event *event, void *arg), void *arg)
{
	struct reading r = { .fn = fn, .arg = arg };

	trace_seq_init(&r.text);
	tracefs_iterate_raw_events(tep, instance, NULL, 0, on_record, &r);
	trace_seq_destroy(&r.text);
}

static uint64_t count_in(const char *stats, const char *what)
{
	const char *at = stats ? strstr(stats, what) : NULL;

	return at ? strtoull(at + strlen(what), NULL, 10) : 0;
}

uint64_t tracer_lost(void)
{
	uint64_t lost = 0;
	char file[64], *stats;

	for (long cpu = sysconf(_SC_NPROCESSORS_CONF) - 1; cpu >= 0; cpu--) {
		snprintf(file, sizeof(file), "per_cpu/cpu%ld/stats", cpu);
		stats = tracefs_instance_file_read(instance, file, NULL);
		lost += count_in(stats, "\noverrun: ") + count_in(stats, "\ndropped events: ");
		free(stats);
	}
	return lost;
}

const char *tracer_command_of(int tid)
{
	static bool loaded;
	const char *name;

	if (!loaded)
		tracefs_load_cmdlines(NULL, tep);
	loaded = true;
	name = tep_data_comm_from_pid(tep, tid);
	return name && strcmp(name, "<...>") ? name : "";
}
