/* SPDX-License-Identifier: MIT */
#include "stats/stats.h"

HAK_NEAR struct totals stats_totals;
