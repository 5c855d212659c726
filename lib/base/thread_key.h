/* SPDX-License-Identifier: MIT */
/*
 * base: a pthread key, whose destructor runs when a thread ends.
 *
 * Never key 0.  Some programs use a key variable that is still 0 before they create the
 * key; without us key 0 would be theirs, and so they must not find our value there.
 */
#ifndef HAK_THREAD_KEY_H
#define HAK_THREAD_KEY_H

#include <pthread.h>
#include <stdbool.h>

static inline bool thread_key_make(pthread_key_t *key, void (*destructor)(void *))
{
	pthread_key_t second;

	if (pthread_key_create(key, destructor) != 0)
		return false;
	if (*key == 0 && pthread_key_create(&second, destructor) == 0) {
		pthread_key_delete(*key);
		*key = second;
	}
	return true;
}

#endif /* HAK_THREAD_KEY_H */
