/* SPDX-License-Identifier: MIT */
/*
 * base: the key whose destructor tells that a thread ends.
 *
 * Never key 0, which is the first that a program makes without us: some set and
 * read a key that they have not made yet, and must not meet what is ours.
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
