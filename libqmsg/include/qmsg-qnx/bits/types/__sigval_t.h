/* SPDX-License-Identifier: MIT */
/*
 * Stands in for glibc's file of this name, so that union sigval has the member
 * sival_long of QNX 8 in every prototype of the C library too. Size and layout stay.
 */
#ifndef ____sigval_t_defined
#define ____sigval_t_defined

union sigval {
	int sival_int;
	void *sival_ptr;
	long sival_long;
};

typedef union sigval __sigval_t;

#endif
