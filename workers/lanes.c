#include "workers/lanes.h"

enum { PATIENCE = 25000, FIRST_GUESS = 2000, TRIPS_TO_THE_FIRST_ANSWER = 3 /* TCP, TLS, the request */ };

static int64_t guess(const struct lanes *lanes, int64_t now)
{
	int64_t so_far = lanes->asked ? (now - lanes->asked) / TRIPS_TO_THE_FIRST_ANSWER : 0;

	return so_far > FIRST_GUESS ? so_far : FIRST_GUESS;
}

size_t lanes_wanted(const struct lanes *lanes, size_t queue, int64_t now)
{
	int64_t nearest = lanes->nearest ? lanes->nearest : guess(lanes, now);
	size_t wanted = (size_t)((int64_t)queue * nearest / (PATIENCE + nearest / 2));

	return wanted > 0 ? wanted : 1;
}

void lanes_ask(struct lanes *lanes, int64_t now)
{
	if (!lanes->asked)
		lanes->asked = now;
}

void lanes_learn(struct lanes *lanes, int64_t microseconds, bool new_connection)
{
	int64_t trip = new_connection ? microseconds / TRIPS_TO_THE_FIRST_ANSWER : microseconds;

	if (trip > 0 && (lanes->nearest == 0 || trip < lanes->nearest))
		lanes->nearest = trip;
}
