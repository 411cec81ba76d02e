#include "workers/lanes.h"

enum { PATIENCE = 25000, GRACE = 30000, TRIPS_TO_THE_FIRST_ANSWER = 3 /* TCP, TLS, the request */ };

/* Of a new connection, or of one that has not answered yet; 0: it does not say. */
static int64_t guess(int64_t elapsed)
{
	return elapsed > GRACE ? elapsed / TRIPS_TO_THE_FIRST_ANSWER : 0;
}

size_t lanes_wanted(const struct lanes *lanes, size_t queue, int64_t now)
{
	int64_t distance = !lanes->distance && lanes->is_asked ? guess(now - lanes->asked) : lanes->distance;
	size_t wanted = (size_t)((int64_t)queue * distance / (PATIENCE + distance / 2));

	return wanted > 0 ? wanted : 1;
}

void lanes_ask(struct lanes *lanes, int64_t now)
{
	if (!lanes->is_asked)
		lanes->asked = now;
	lanes->is_asked = true;
}

void lanes_learn(struct lanes *lanes, int64_t elapsed, bool new_connection)
{
	int64_t trip = new_connection ? guess(elapsed) : elapsed;

	if (trip > 0 && (lanes->distance == 0 || trip < lanes->distance))
		lanes->distance = trip;
}
