#include "workers/cost.h"

enum { GROUP = 64 /* exchanges */ };

void cost_wake(struct cost *cost, int64_t now_us)
{
	cost->woken_us = now_us;
}

void cost_sleep(struct cost *cost, int64_t now_us)
{
	int64_t each_us;

	cost->worked_us += now_us - cost->woken_us;
	cost->busy_us += now_us - cost->woken_us;
	if (cost->exchanges < GROUP)
		return;
	each_us = cost->worked_us / cost->exchanges;
	if (cost->min_us == 0 || each_us < cost->min_us)
		cost->min_us = each_us;
	cost->worked_us = cost->exchanges = 0;
}

void cost_count(struct cost *cost)
{
	cost->exchanges++;
}

int64_t cost_of_exchange(const struct cost *cost)
{
	if (cost->min_us > 0 || cost->exchanges == 0)
		return cost->min_us;
	return cost->worked_us / cost->exchanges;
}
