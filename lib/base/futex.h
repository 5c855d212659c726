/* SPDX-License-Identifier: MIT */
/* base: to sleep on a word and to wake who sleeps, with futex(2); errno is kept. */
#ifndef HAK_FUTEX_H
#define HAK_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* Until a wake, a signal, or so many milliseconds (0: for ever); not unless *word == value. */
HAK_HIDDEN void futex_wait(uint32_t *word, uint32_t value, uint32_t milliseconds);

/* Wakes one who sleeps there. */
HAK_HIDDEN void futex_wake(uint32_t *word);

#endif /* HAK_FUTEX_H */
