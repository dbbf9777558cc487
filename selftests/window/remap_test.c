// SPDX-License-Identifier: GPL-2.0-only
/*
 * F4: another thread unmaps, protects, moves or discards the buffers while its process is
 * REPLY-blocked on them. The server has its data, or not, but no error of its own; whoever's
 * memory it now is does not see the reply.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "../hazards/hazard.h"
#include "pins.h"
#include "window.h"

#define LEN	(16 * PAGE)

static char *message, *room;	/* the client's process's */

FIXTURE(remap)
{
	struct peer *p;
	struct client *c;
	int chid;
	char *out, *in;
};

static char *map_at(char *at)
{
	return mmap(at, LEN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
}

/* n: 0: the message, 1: the room. */
static int64_t do_map(void *arg)
{
	char **p = ((struct numbers *)arg)->n[0] ? &room : &message;

	*p = map_at(NULL);
	memset(*p, 'm', LEN);
	return (int64_t)(uintptr_t)*p;
}

static int64_t do_fill_room(void *arg)
{
	memset(room, ((struct numbers *)arg)->n[0], LEN);
	return 0;
}

static bool all_are(const char *p, char byte)
{
	for (size_t i = 0; i < LEN; i++)
		if (p[i] != byte)
			return false;
	return true;
}

/* n: byte. */
static int64_t do_room_is(void *arg)
{
	return all_are(room, ((struct numbers *)arg)->n[0]);
}

static int64_t do_unmap(void *arg)
{
	(void)arg;
	return munmap(message, LEN) || munmap(room, LEN) ? -errno : 0;
}

/* Something else is there now. */
static int64_t do_map_over(void *arg)
{
	(void)arg;
	if (map_at(message) != message || map_at(room) != room)
		return -errno;
	memset(message, 'x', LEN);
	memset(room, 'x', LEN);
	return 0;
}

/* n: PROT_* */
static int64_t do_protect(void *arg)
{
	int prot = ((struct numbers *)arg)->n[0];

	return mprotect(message, LEN, prot) || mprotect(room, LEN, prot) ? -errno : 0;
}

/* They are elsewhere, and nothing where they were. */
static int64_t do_move(void *arg)
{
	(void)arg;
	message = mremap(message, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, map_at(NULL));
	room = mremap(room, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, map_at(NULL));
	return message == MAP_FAILED || room == MAP_FAILED ? -errno : 0;
}

static int64_t do_shrink(void *arg)
{
	(void)arg;
	return mremap(message, LEN, PAGE, 0) == MAP_FAILED ||
	       mremap(room, LEN, PAGE, 0) == MAP_FAILED ? -errno : 0;
}

static int64_t do_discard(void *arg)
{
	(void)arg;
	return madvise(message, LEN, MADV_DONTNEED) || madvise(room, LEN, MADV_DONTNEED) ?
	       -errno : 0;
}

/* Pages of the same content; ksmd may take them, but not these. */
static int64_t do_merge(void *arg)
{
	(void)arg;
	return madvise(message, LEN, MADV_MERGEABLE) || madvise(room, LEN, MADV_MERGEABLE) ?
	       -errno : 0;
}

static int64_t do_page_out(void *arg)
{
	(void)arg;
	return madvise(message, LEN, MADV_PAGEOUT) || madvise(room, LEN, MADV_PAGEOUT) ?
	       -errno : 0;
}

FIXTURE_VARIANT(remap)
{
	bool shown;
};

FIXTURE_VARIANT_ADD(remap, shown) { .shown = true };
FIXTURE_VARIANT_ADD(remap, copied) { .shown = false };

FIXTURE_SETUP(remap)
{
	int64_t rcvid;

	ASSERT_EQ(0, write_param("window_min", variant->shown ? WINDOW_MIN : 0));
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	self->c->args.send_ptr = in_peer(self->p, do_map, 0);
	self->c->args.reply_ptr = in_peer(self->p, do_map, 1);
	self->c->args.send_len = self->c->args.reply_len = LEN;
	self->out = malloc(LEN);
	self->in = malloc(LEN);
	memset(self->out, 'r', LEN);
	/* so that the next room is shown */
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, self->out, LEN));
	ASSERT_EQ(0, client_wait(self->c));
	in_peer(self->p, do_fill_room, 'm');
}

/* The setting is the machine's: it is put back also where the test has failed. */
FIXTURE_TEARDOWN_PARENT(remap)
{
	EXPECT_EQ(0, write_param("window_min", WINDOW_MIN));
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

/* What the client's process does while it waits for its answer. Then it has one. */
static void answer_after(struct __test_metadata *_metadata, FIXTURE_DATA(remap) *self,
			 int64_t (*fn)(void *), long arg)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, in_peer(self->p, fn, arg));
	ASSERT_EQ(LEN, qmsg_msg_read(Q, rcvid, self->in, LEN, 0));
	EXPECT_TRUE(all_are(self->in, 'm'));
	EXPECT_EQ(100, qmsg_msg_write(Q, rcvid, self->out, 100, LEN - 100));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 5, self->out, LEN));
	ASSERT_EQ(0, client_wait(self->c));
}

/* S2.27: where it is copied twice, the client has the error. */
static void expect_done(struct __test_metadata *_metadata, FIXTURE_DATA(remap) *self, bool shown)
{
	EXPECT_EQ(shown ? 5 : -EFAULT, client_result(self->c));
}

TEST_F(remap, F4_unmapped)
{
	answer_after(_metadata, self, do_unmap, 0);
	expect_done(_metadata, self, variant->shown);
}

/* What came to lie at the same address is not written to, or it is all of the reply. */
TEST_F(remap, F4_mapped_anew)
{
	answer_after(_metadata, self, do_map_over, 0);
	EXPECT_EQ(5, client_result(self->c));
	EXPECT_EQ(1, in_peer(self->p, do_room_is, variant->shown ? 'x' : 'r'));
}

TEST_F(remap, F4_write_protected)
{
	answer_after(_metadata, self, do_protect, PROT_READ);
	expect_done(_metadata, self, variant->shown);
	EXPECT_EQ(1, in_peer(self->p, do_room_is, variant->shown ? 'r' : 'm'));
}

TEST_F(remap, F4_protected_from_everything)
{
	answer_after(_metadata, self, do_protect, PROT_NONE);
	expect_done(_metadata, self, variant->shown);
	EXPECT_EQ(0, in_peer(self->p, do_protect, PROT_READ));
	EXPECT_EQ(1, in_peer(self->p, do_room_is, variant->shown ? 'r' : 'm'));
}

/* The pages are the same, wherever they are. */
TEST_F(remap, F4_moved)
{
	answer_after(_metadata, self, do_move, 0);
	expect_done(_metadata, self, variant->shown);
	EXPECT_EQ(1, in_peer(self->p, do_room_is, variant->shown ? 'r' : 'm'));
}

TEST_F(remap, F4_shortened)
{
	answer_after(_metadata, self, do_shrink, 0);
	expect_done(_metadata, self, variant->shown);
}

/* Zeroes that nobody has had before, or the reply. */
TEST_F(remap, F4_discarded)
{
	answer_after(_metadata, self, do_discard, 0);
	EXPECT_EQ(5, client_result(self->c));
	EXPECT_EQ(1, in_peer(self->p, do_room_is, variant->shown ? 0 : 'r'));
}

TEST_F(remap, F5_mergeable)
{
	if (access("/sys/kernel/mm/ksm/run", F_OK))
		SKIP(return, "no KSM on this kernel");
	answer_after(_metadata, self, do_merge, 0);
	EXPECT_EQ(5, client_result(self->c));
	EXPECT_EQ(1, in_peer(self->p, do_room_is, 'r'));
}

TEST_F(remap, F4_paged_out)
{
	answer_after(_metadata, self, do_page_out, 0);
	EXPECT_EQ(5, client_result(self->c));
	EXPECT_EQ(1, in_peer(self->p, do_room_is, 'r'));
}

/* Sent again from there: nothing of the former pages is remembered. */
TEST_F(remap, F4_other_pages_at_the_same_address)
{
	for (int i = 0; i < 5; i++) {
		int64_t rcvid;

		ASSERT_EQ(0, in_peer(self->p, do_map_over, 0));
		rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(LEN, qmsg_msg_read(Q, rcvid, self->in, LEN, 0));
		EXPECT_TRUE(all_are(self->in, 'x'));
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, i, self->out, LEN));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(1, in_peer(self->p, do_room_is, 'r'));
	}
}

TEST_HARNESS_MAIN
