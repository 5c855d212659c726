/* SPDX-License-Identifier: MIT */
/* base: sleeps on a word and wakes a sleeper, with futex(2).  Keeps errno. */
#ifndef HAK_FUTEX_H
#define HAK_FUTEX_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * Sleeps if *word == value: until a wake, a signal, or the end of the time, in
 * milliseconds.  0: no time limit.
 */
HAK_HIDDEN void futex_wait(uint32_t *word, uint32_t value, uint32_t milliseconds);

/* Wakes one thread that sleeps on the word. */
HAK_HIDDEN void futex_wake(uint32_t *word);

#endif /* HAK_FUTEX_H */
