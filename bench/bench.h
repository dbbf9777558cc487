/* SPDX-License-Identifier: GPL-2.0-only */
/* What all of qmsg-bench shares: methods, pairs of processes, and what is asked for. */
#ifndef QMSG_BENCH_H
#define QMSG_BENCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define LARGEST		(1UL << 20)	/* message of all methods but those that say less */
#define WARM_UP		8		/* round trips of a new pair */

/* ---- args.c: what was asked for ---- */

struct args {
	const char *mode;		/* "wall" or "icount", only told */
	const char *methods;		/* comma-separated, as all lists; NULL: all */
	const char *sections;
	const char *places;
	const char *schedules;
	const char *sizes;
	const char *loop;		/* method to loop for ever, or NULL */
	unsigned long loop_size;
	int hogs;
	int batches;
	int ms;				/* of one batch */
	int settle;			/* seconds */
};

extern struct args args;

void args_parse(int argc, char **argv);		/* exits when it cannot */
bool by_instructions(void);			/* mode=icount: a nanosecond is an instruction */
bool list_has(const char *list, const char *word);	/* a NULL list has everything */
bool list_next(const char **list, char *word, size_t room);

/* ---- print.c: one line a record, and the count of what went wrong ---- */

extern int failures;

void say(const char *type, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void failed(const char *what, const char *where, int error);
void print_meta(void);

/* ---- stats.c ---- */

struct quartiles {
	double min, p25, median, p75, max;
};

struct quartiles quartiles(double *values, int n);	/* sorts them */
double quantile(const double *sorted, int n, double q);

/* ---- watch.c: time, and what to do when it stands still ---- */

uint64_t now_ns(void);
void watch(const char *what);	/* progress is being made, on this; NULL: no more to watch */
void nap_ms(long ms);

/* ---- files.c ---- */

bool write_text(const char *path, const char *text);
long read_number(const char *path);			/* -1: there is no such file */
long read_field(const char *path, const char *name);	/* number after a line's first word */
void raise_limits(void);

/* ---- modules.c: those that the guest has; a method looks itself for what it needs ---- */

void modules_load(void);
void modules_unload(void);

/* ---- place.c: where and how both ends run ---- */

extern const char *current_schedule;
extern const char *current_place;

void run_as(const char *schedule);	/* "other" or "fifo": this process and those it forks */
void run_at(const char *place);		/* "free" or "pinned", likewise */
void run_before_all(void);		/* above what run_as() gives the others */
void hogs_start(int n);
void hogs_end(void);

/* ---- child.c: processes that die with their parent ---- */

pid_t fork_child(void);
void end_child(pid_t pid);
/* Runs @prepare in a new child, then @run until it is ended. What @prepare returned. */
int child_start(pid_t *pid, int (*prepare)(void *arg), void (*run)(void *arg), void *arg);
void wait_for_ever(void *arg);

/* ---- buffer.c ---- */

#define GUARD		64	/* bytes behind the last */
#define HEADROOM	4096	/* bytes before the first, for methods that need a header */

struct buffer {
	char *data;
	size_t size;
};

int buffer_alloc(struct buffer *b, size_t size);
void buffer_free(struct buffer *b);
bool guard_is_whole(const char *guard);

/* ---- pair.c: two processes that send messages of one size by one method ---- */

struct method;

/* Memory of both ends; the rest of the mapping is @data. */
struct shared {
	atomic_uint turn;	/* futex methods: 0 the client's, 1 the server's */
	int chid;
	uintptr_t client_out, client_in;
	uintptr_t server_data;
	char data[] __attribute__((aligned(4096)));
};

/* Descriptors by who does what with them; some methods have the same one twice. */
enum { CLIENT_IN, CLIENT_OUT, SERVER_IN, SERVER_OUT, FDS };

struct pair {
	const struct method *method;
	size_t size;
	struct buffer out, in;	/* the client's */
	struct buffer echo;	/* the server's: receives here, answers from here */
	char *reply;		/* where the last reply lies: in @in, but for binder */
	struct shared *shared;
	pid_t server;
	int fd[FDS];		/* -1: none */
	int q, chid, coid;	/* of qmsg, of each end by itself; two queues of sysvmsg */
	char path[64];		/* of binder's device; of what is mounted */
	void *map;		/* of binder, of each end by itself */
	uintptr_t unfreed;
};

/* All but the last return 0 or -errno. The server's loop returns only when it fails. */
struct method {
	const char *name;
	size_t smallest, largest;
	bool no_payload;	/* the bytes do not travel: there is nothing to verify */
	bool reads;		/* nothing goes there; what comes back is the shared data */
	const char *(*missing)(void);		/* why it cannot be used here, or NULL */
	int (*open)(struct pair *p);		/* what both ends inherit */
	int (*listen)(struct pair *p);		/* server, before its loop */
	int (*connect)(struct pair *p);		/* client, when the server listens */
	int (*round_trip)(struct pair *p);
	int (*serve)(struct pair *p);
	void (*close)(struct pair *p);		/* what the client has; descriptors go by themselves */
	void (*before)(void);			/* around each batch */
	void (*after)(void);
};

int pair_start(struct pair *p, const struct method *method, size_t size);
void pair_end(struct pair *p);
/* Nanoseconds, or 0: it failed, and said so. */
uint64_t pair_run(struct pair *p, unsigned long round_trips);

/* ---- methods.c ---- */

extern const struct method *const methods[];	/* round trips */
extern const struct method *const readers[];	/* of files whose server is a process */
#define READ_SIZES "1,4096,1048576"

bool method_usable(const struct method *m);	/* and wanted */
bool method_fits(const struct method *m, size_t size);
const struct method *method_named(const char *name);

extern const struct method method_pipe, method_ustream, method_useqpkt, method_futex,
	method_futex_copy, method_posixmq, method_sysvmsg, method_eventfd, method_pvm,
	method_tcp, method_binder, method_qmsg, method_qmsg_nospin, method_qmsg_native,
	method_qmsg_qnx, method_qmsgfs, method_fuse, method_cuse;

/* ---- stream.c: round trips by read() and write() ---- */

int stream_round_trip(struct pair *p);
int stream_serve(struct pair *p);
void stream_ends(struct pair *p, const int end[2]);	/* of a socket pair */

/* ---- turn.c: the word that two processes pass to and fro ---- */

int turn_give(struct shared *s, unsigned int to);	/* negative: it failed */
void turn_await(struct shared *s, unsigned int whose);

/* ---- the sections ---- */

void section_verify(void);
void section_rt(void);
void section_read(void);
void section_scale(void);
bool scale_has(const char *method);
void section_memory(void);
void section_pulse(void);
void section_unblock(void);
void section_latency(void);
void loop_for_ever(void);

#endif /* QMSG_BENCH_H */
