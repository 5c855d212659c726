/* SPDX-License-Identifier: MIT */
/*
 * base: no call of ours is a cancellation point, though some write or read a
 * file: a thread that pthread_cancel() ended in there would leave locks behind, and a
 * line unsaid.  Around each such place:
 *
 *	int before = cancel_off();
 *	...
 *	cancel_restore(before);
 */
#ifndef HAK_CANCEL_H
#define HAK_CANCEL_H

#include <pthread.h>

static inline int cancel_off(void)
{
	int before = PTHREAD_CANCEL_ENABLE;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

static inline void cancel_restore(int before)
{
	pthread_setcancelstate(before, NULL);
}

#endif /* HAK_CANCEL_H */
