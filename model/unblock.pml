/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol of unblocking, answering, receive ids and kills, to be explored whole.
 *
 * One channel, its clients, the threads of its server, and what may happen to them. A d_step
 * is what the module does under one lock; between two of them anything may happen. What a
 * request does in each event is the module's own table (table.sh); the effects are those of
 * step_locked() in state.c, written down here once more. What begins with "ghost" is
 * no part of the protocol: it remembers what the asserts are about.
 *
 * Numbers that a run sets:
 *   CLIENTS, SENDS	clients, one after another each sends so many messages
 *   THREADS		threads of the server
 *   HOLD		1: the channel has UNBLOCK
 *   SIGNALS, DEADLINES, KILLS, UNBLOCKS, DETACHES, ENDS, FAULTS, DEADLOCKS
 *			how often each may happen, in all
 *   SILENT		the server receives, and answers nothing
 *   OBJECTS		requests that can be somebody's at once, so that a client finds a free one
 *   GENERATIONS	receive ids come again after so many; 0: never
 * and the mistakes of which each has to be found: NO_GENERATION, TWO_PULSES, USER_FLAG,
 * STALE_REQ, NO_WITHDRAW, NO_REFERENCE, NO_TAKE_BACK, NO_ORPHANAGE, LOSE_PULSE, NO_WAKE, NO_REARM,
 * NO_GRACE, NO_SECOND_LOOK.
 */

#include "table.pml"

#if NR_STATES != 7 || NR_EVENTS != 12 || FX_ALL != 1023
#error the state machine has changed: see what is new in it, then these numbers
#endif

#define NOBODY	255

#ifdef SILENT
#define silent	true
#else
#define silent	false
#endif

#define received(s)	((s) > SEND && (s) < DONE)
#define over(s)		((s) == DONE || (s) == ORPHAN)

typedef request {
	byte state = DONE;
	byte refs;		/* 0: it is free for another */
	bool queued;		/* in the send queue */
	byte id;		/* 0: none */
	bool asked;		/* reasons != 0: UNBLOCK_REQ */
	bool timed_out;		/* reasons has the timeout */
	byte count, taken;	/* its unblock pulse: queued, in hands of receivers */
	bool withdrawn;
	byte pulse_id;		/* what the pulse tells */
	bool asleep;		/* the client, in its request */
	bool answered;
	byte ghost_client;
	byte ghost_serial;	/* which message this is */
	byte ghost_answer;	/* which one the answer was for */
	byte ghost_told;	/* how often the server got the pulse */
};

request req[OBJECTS];
bool terminating, dead;
byte next_id = 1;
byte ghost_serials;
byte clients_left = CLIENTS;
bool ghost_waiting;		/* the first client is in a request */

byte signals = SIGNALS, deadlines = DEADLINES, kills = KILLS, unblocks = UNBLOCKS;
byte detaches = DETACHES, ends = ENDS, faults = FAULTS, deadlocks = DEADLOCKS;

#ifdef USER_FLAG
/* Of the server: is the client's message answered? Looked at and set under a mutex. */
bool replied;
#endif

/* ------------------------------------------------------------ receive ids (rcvid.c) */

inline id_give(o)
{
#if defined(NO_GENERATION)
	req[o].id = req[o].ghost_client + 1;
#elif GENERATIONS
	do
	:: ghost_same = 0;
	   for (i : 0 .. OBJECTS - 1) {
		if
		:: req[i].id == next_id -> ghost_same = 1
		:: else
		fi
	   };
	   if
	   :: ghost_same -> next_id = next_id % GENERATIONS + 1
	   :: else -> break
	   fi
	od;
	req[o].id = next_id;
	next_id = next_id % GENERATIONS + 1
#else
	req[o].id = next_id;
	next_id++
#endif
}

/* With a reference, or NOBODY. */
inline id_find(wanted, o)
{
	o = NOBODY;
	for (i : 0 .. OBJECTS - 1) {
		if
		:: req[i].id == wanted && req[i].id -> o = i
		:: else
		fi
	};
	if
	:: o != NOBODY -> get(o)
	:: else
	fi
}

inline get(o)
{
#ifndef NO_REFERENCE
	req[o].refs++
#else
	skip
#endif
}

inline put(o)
{
#ifndef NO_REFERENCE
	assert(req[o].refs);
	req[o].refs--
#else
	skip
#endif
}

/* -------------------------------------------------------------- the pulse (pulse.c) */

inline pulse_post(o)
{
#ifdef TWO_PULSES
	req[o].count++;
#else
	assert(!req[o].count && !req[o].taken);
	req[o].count = 1;
#endif
	req[o].withdrawn = 0;
	req[o].pulse_id = req[o].id;
	req[o].refs++
}

inline pulse_withdraw(o)
{
	if
	:: req[o].count || req[o].taken ->
		req[o].withdrawn = 1;
		if
		:: !req[o].taken -> req[o].refs--
		:: else
		fi;
		req[o].count = 0
	:: else
	fi
}

/* A server that was asked has the pulse, or has it to come; and once only. */
inline check_pulse(o)
{
	assert(req[o].ghost_told <= 1);
	assert(!(req[o].state == ASKED || req[o].state == DYING) ||
	       req[o].ghost_told + req[o].count + req[o].taken == 1 && !req[o].withdrawn)
}

/* ------------------------------------------------------------------- step_locked() */

/*
 * The client's reference is the only one as long as it is there. Who has the message in hand
 * when the client leaves gets one, and so does the server's side when an orphan is left to it.
 */
inline end_request(o)
{
#ifndef NO_WITHDRAW
	pulse_withdraw(o);
#endif
	req[o].id = 0;
	if
#ifndef NO_TAKE_BACK
	:: req[o].state == SEND && !req[o].queued -> req[o].refs++
#endif
#ifndef NO_ORPHANAGE
	:: req[o].state == ORPHAN -> req[o].refs--
#endif
	:: else
	fi;
	req[o].queued = 0
}

/* @meant: for EV_ANSWER, which message the answer is meant for. */
inline event(o, ev, meant)
{
	TABLE_LOOKUP(req[o].state, ev);
#ifdef TWO_PULSES
	if
	:: req[o].state == ASKED && (fx & FX_REASON) -> fx = fx | FX_PULSE
	:: else
	fi;
#endif
#ifdef NO_WAKE
	fx = fx & (FX_ALL - FX_WAKE);
#endif
#ifdef NO_REARM
	fx = fx & (FX_ALL - FX_REARM);
#endif
	if
	:: fx & FX_REASON ->
		req[o].asked = 1;
		if
		:: (ev) == EV_REPLY_TIMEOUT || (ev) == EV_UNBLOCK -> req[o].timed_out = 1
		:: else
		fi
	:: else
	fi;
	if
	:: fx & FX_PULSE ->
		/* One that is dying is not asked any more: it is not waited for (T18). */
		assert(!terminating);
		pulse_post(o)
	:: else
	fi;
	if
	:: fx & FX_ANSWER ->
		/* No answer reaches another request. */
		assert(req[o].ghost_serial == meant);
		req[o].answered = 1;
		req[o].ghost_answer = meant
	:: else
	fi;
	if
	:: fx & FX_END -> end_request(o)
	:: else
	fi;
#ifndef NO_ORPHANAGE
	if
	:: fx & FX_ORPHAN -> req[o].refs++
	:: else
	fi;
#endif
	if
	:: fx & (FX_WAKE | FX_REARM) -> req[o].asleep = 0
	:: else
	fi;
	req[o].state = nx;
	refused = fx & FX_REFUSE;
	fx = 0;
	nx = 0;
	check_pulse(o)
}

/* -------------------------------------------------------------------- the client */

/* Another use of an object that is nobody's: all that matters begins anew. */
inline request_new(o)
{
	req[o].refs = 1;
#ifndef STALE_REQ
	req[o].asked = 0;
#endif
	req[o].timed_out = 0;
	req[o].answered = 0;
	req[o].withdrawn = 0;
	req[o].asleep = 0;
	req[o].pulse_id = 0;
	req[o].ghost_answer = 0;
	req[o].ghost_told = 0;
	ghost_serials++;
	req[o].ghost_serial = ghost_serials
}

inline request_free(o)
{
	if
	:: !req[o].refs -> req[o].ghost_serial = 0; req[o].ghost_answer = 0;
	   req[o].ghost_told = 0; req[o].pulse_id = 0; req[o].withdrawn = 0;
	   req[o].timed_out = 0; req[o].answered = 0;
#ifndef STALE_REQ
	   req[o].asked = 0
#endif
	:: else
	fi
}

/* deadline_of(): is there one for the state that the client saw? */
#define may_time_out(s)	((s) == SEND && by_send || received(s) && (s) != DYING && by_reply && \
			 !((s) == ASKED && req[o].timed_out))

/* A client that is done with one message sends the next, or is another that comes after it. */
proctype client(byte me)
{
	byte o, seen, n, nx, i;
	short fx;
	bool refused, by_send, by_reply, passed, died;

	do
	:: n < SENDS ->
		n++;
		atomic {
			d_step {
				o = 0;
				do
				:: o < OBJECTS && req[o].refs -> o++
				:: else -> break
				od
			};
			assert(o < OBJECTS);
			d_step { request_new(o); req[o].ghost_client = me }
		};
		/* What it is willing to wait, of which it can be one or the other, or both. */
		if
		:: !(silent && deadlines) -> by_send = 0; by_reply = 0
		:: deadlines -> atomic { deadlines--; by_reply = 1 };
			if
			:: by_send = 1
			:: skip
			fi
		fi;
		passed = 0;
		died = 0;
		/* qmsg_request_post() */
		d_step {
			if
			:: dead || terminating -> req[o].refs--; request_free(o); refused = 1
			:: else -> req[o].state = SEND; req[o].queued = 1;
				refused = 0;
				ghost_waiting = (me == 0 -> 1 : ghost_waiting)
			fi
		};
		if
		:: refused -> goto gone
		:: else
		fi;
		/* qmsg_wait() */
		do
		:: atomic { over(req[o].state) -> seen = 0; passed = 0 };
			break
		:: atomic { !over(req[o].state) && !died -> seen = req[o].state };
			/* sleep_in() */
			if
			:: may_time_out(seen) && passed ->
				d_step {
					event(o, (seen == SEND -> EV_SEND_TIMEOUT :
						  EV_REPLY_TIMEOUT), 0);
					passed = 0
				}
			:: !(may_time_out(seen) && passed) ->
				req[o].asleep = 1;
				if
#ifdef NO_SECOND_LOOK
				:: true ->
#else
				:: req[o].state == seen ->
#endif
					if
					:: !req[o].asleep
					:: may_time_out(seen) -> passed = 1
					:: atomic { signals && !over(req[o].state) ->
						signals--; d_step { event(o, EV_SIGNAL, 0) } }
					:: atomic { deadlocks && !over(req[o].state) ->
						deadlocks--; d_step { event(o, EV_DEADLOCK, 0) } }
					:: atomic { kills && !over(req[o].state) ->
						kills--; d_step { event(o, EV_KILL, 0); died = 1 } }
					fi
				:: req[o].state != seen
				fi;
				req[o].asleep = 0
			fi
		/* qmsg_wait_grace() */
		:: atomic { !over(req[o].state) && died -> seen = req[o].state };
			req[o].asleep = 1;
			if
			:: req[o].state == seen ->
				if
				:: !req[o].asleep
#ifndef NO_GRACE
				:: d_step { event(o, EV_GRACE_OVER, 0) }
#endif
				fi
			:: req[o].state != seen
			fi;
			req[o].asleep = 0
		od;
		atomic {
			/* The answer that it takes is the answer to what it has sent. */
			assert(!req[o].answered || req[o].ghost_answer == req[o].ghost_serial);
			req[o].refs--;
			request_free(o);
			by_send = 0;
			by_reply = 0;
			ghost_waiting = (me == 0 -> 0 : ghost_waiting)
		}
	:: else -> break
	od;
gone:
	clients_left--
}

/* -------------------------------------------------------------------- the server */

#define waits(x)	(req[x].queued || req[x].count)
#if OBJECTS == 1
#define nothing_waits	!waits(0)
#elif OBJECTS == 2
#define nothing_waits	(!waits(0) && !waits(1))
#elif OBJECTS == 3
#define nothing_waits	(!waits(0) && !waits(1) && !waits(2))
#else
#define nothing_waits	(!waits(0) && !waits(1) && !waits(2) && !waits(3))
#endif

#define takes_message(x) \
	:: atomic { req[x].queued && !dead -> o = x; d_step { \
		req[o].queued = 0; id_give(o); id = req[o].id } }; goto message
#define takes_pulse(x) \
	:: atomic { req[x].count && !dead -> o = x; d_step { \
		req[o].count--; req[o].taken++; id = req[o].pulse_id } }; goto pulse

/* Whoever has @id in hand answers it, by now or never, for what it means to him. */
proctype server()
{
	byte o, id, meant, i, nx;
	short fx;
	bool refused, ghost_same, look;

receive:
	atomic { o = 0; id = 0; meant = 0; refused = 0; look = 0 };
end_receive:
	do
	takes_message(0)
	takes_pulse(0)
#if OBJECTS > 1
	takes_message(1)
	takes_pulse(1)
#endif
#if OBJECTS > 2
	takes_message(2)
	takes_pulse(2)
#endif
#if OBJECTS > 3
	takes_message(3)
	takes_pulse(3)
#endif
	:: dead -> break
	:: !clients_left && nothing_waits -> break
	od;
	goto done;

	/* commit_request(): it has been copied, or could not be. */
message:
	if
	:: atomic { faults -> faults-- };
		d_step {
			if
			:: req[o].state == SEND -> req[o].id = 0; req[o].queued = 1
			:: else -> req[o].refs--; request_free(o)
			fi
		};
		goto receive
	:: skip
	fi;
	d_step {
		if
		:: req[o].state == SEND ->
			/* Nothing of an earlier request sticks to this one. */
			assert(!req[o].asked);
			event(o, (HOLD -> EV_RECEIVE_HOLD : EV_RECEIVE), 0);
			assert(received(req[o].state) && req[o].id == id);
			meant = req[o].ghost_serial
		:: else -> id = 0; req[o].refs--; request_free(o)
		fi
	};
	if
	:: !id -> goto receive
	:: else
	fi;
#ifdef USER_FLAG
	replied = 0;
#endif
#ifdef SILENT
	goto receive;
#else
	goto answer;
#endif

	/* qmsg_pulse_commit_locked() */
pulse:
	if
	:: atomic { faults -> faults-- };
		d_step {
			req[o].taken--;
			if
			:: req[o].withdrawn -> req[o].refs--
#ifdef LOSE_PULSE
			:: else -> req[o].refs--
#else
			:: else -> req[o].count++
#endif
			fi;
			check_pulse(o);
			request_free(o)
		};
		goto receive
	:: skip
	fi;
	atomic {
		req[o].taken--;
		if
		:: !req[o].count && !req[o].taken -> req[o].refs--
		:: else
		fi;
		if
		:: req[o].withdrawn -> id = 0
		:: else ->
			req[o].ghost_told++;
			meant = req[o].ghost_serial;
			/* It names a request that is there, and has asked. */
			assert(received(req[o].state) && req[o].asked);
			check_pulse(o)
		fi;
		request_free(o)
	};
	if
	:: !id -> goto receive
	:: else
	fi;
#ifdef SILENT
	goto receive;
#endif
	/* It may look first whether the request has asked, as the books say. */
	if
	:: look = 1
	:: skip
	fi;
	if
	:: look ->
		atomic {
			d_step { id_find(id, o) };
			if
			:: o == NOBODY -> goto receive
			:: else
			fi;
			d_step {
				assert(req[o].ghost_serial == meant);
				assert(req[o].asked);
				put(o);
				request_free(o)
			}
		}
	:: else
	fi;

	/* reply(): find, then answer_request() */
answer:
#ifdef USER_FLAG
	atomic {
		if
		:: replied ->
#ifndef NO_GENERATION
			/* The client has asked, and nobody is going to look after it. */
			assert(req[o].ghost_serial != meant || !received(req[o].state));
#endif
			id = 0
		:: else -> replied = 1
		fi
	};
	if
	:: !id -> goto receive
	:: else
	fi;
#endif
	atomic { d_step { id_find(id, o) } };
	if
	:: o == NOBODY
	:: o != NOBODY ->
		d_step {
			event(o, EV_ANSWER, meant);
			put(o);
			request_free(o)
		}
	fi;
	goto receive;

done:
	skip
}

/* ---------------------------------------------------------- what happens besides */

#if DETACHES
/* Under the lock, and to every request of the connection. */
proctype detacher()
{
	byte i, nx;
	short fx;
	bool refused;

	do
	:: atomic { detaches && clients_left -> detaches-- };
		d_step {
			for (i : 0 .. OBJECTS - 1) {
				if
				:: req[i].state < ORPHAN -> event(i, EV_DETACH, 0); request_free(i)
				:: else
				fi
			};
			i = 0;
			refused = 0
		}
	:: !clients_left || !detaches -> break
	od
}
#endif

#if UNBLOCKS
/* unblock_request(): what it finds may be over when it gets to it. */
proctype unblocker()
{
	byte o, i, nx;
	short fx;
	bool refused;

	do
	:: atomic { unblocks && req[0].state < ORPHAN -> unblocks--; o = 0; get(o) };
		d_step { event(o, EV_UNBLOCK, 0); put(o); request_free(o) }
	:: !clients_left || !unblocks -> break
	od
}
#endif

#if ENDS
/* The server begins to die (T18, T26); then its channel is taken from it (T25). */
proctype end_of_channel()
{
	byte i, nx;
	short fx;
	bool refused;

	if
	:: terminating = 1
	:: skip
	:: !clients_left -> goto done
	fi;
	d_step {
		dead = 1;
		for (i : 0 .. OBJECTS - 1) {
			if
			:: req[i].state < DONE -> event(i, EV_GONE, 0); request_free(i)
			:: else
			fi
		};
		i = 0;
		refused = 0
	};
done:
	skip
}
#endif

#define waiting	ghost_waiting

init {
	byte i;

	atomic {
		for (i : 0 .. CLIENTS - 1) {
			run client(i)
		};
		for (i : 1 .. THREADS) {
			run server()
		};
#if DETACHES
		run detacher();
#endif
#if UNBLOCKS
		run unblocker();
#endif
#if ENDS
		run end_of_channel();
#endif
		i = 0
	};
end_init:
	_nr_pr == 1;
	/* Nothing is left over but what an idle server was never asked for again. */
	for (i : 0 .. OBJECTS - 1) {
		assert(!req[i].queued && !req[i].count && !req[i].taken);
#ifndef SILENT
		assert(!req[i].refs && !req[i].id)
#endif
	}
}

/* A client always gets out of its request. */
ltl returns { [] (waiting -> <> !waiting) }
