#include "workers/pace.h"

enum { STRETCH = 64 /* exchanges */ };

void pace_wake(struct pace *pace, int64_t now)
{
	pace->woken = now;
}

void pace_sleep(struct pace *pace, int64_t now)
{
	int64_t cost;

	pace->worked += now - pace->woken;
	if (pace->exchanges < STRETCH)
		return;
	cost = pace->worked / pace->exchanges;
	if (pace->least == 0 || cost < pace->least)
		pace->least = cost;
	pace->worked = pace->exchanges = 0;
}

void pace_count(struct pace *pace)
{
	pace->exchanges++;
}

int64_t pace_cost(const struct pace *pace)
{
	if (pace->least > 0 || pace->exchanges == 0)
		return pace->least;
	return pace->worked / pace->exchanges;
}
