#include "workers/cost.h"

enum { STRETCH = 64 /* exchanges */ };

void cost_wake(struct cost *cost, int64_t now)
{
	cost->woken = now;
}

void cost_sleep(struct cost *cost, int64_t now)
{
	int64_t each;

	cost->worked += now - cost->woken;
	if (cost->exchanges < STRETCH)
		return;
	each = cost->worked / cost->exchanges;
	if (cost->min == 0 || each < cost->min)
		cost->min = each;
	cost->worked = cost->exchanges = 0;
}

void cost_count(struct cost *cost)
{
	cost->exchanges++;
}

int64_t cost_of_exchange(const struct cost *cost)
{
	if (cost->min > 0 || cost->exchanges == 0)
		return cost->min;
	return cost->worked / cost->exchanges;
}
