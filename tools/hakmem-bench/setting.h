/* SPDX-License-Identifier: MIT */
/* setting: is NAME=VALUE one that libhakmem of this build obeys? */
#ifndef HAKMEM_BENCH_SETTING_H
#define HAKMEM_BENCH_SETTING_H

/*
 * Refuses a HAKMEM_* variable that does not exist, or a value that it does not take:
 * the library would use its default, and what was measured would look like a result.
 */
void setting_check(const char *assignment);

#endif /* HAKMEM_BENCH_SETTING_H */
