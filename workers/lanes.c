#include "workers/lanes.h"

enum {
	PATIENCE = 25000,
	FAR = 30000,
	TRIPS_TO_THE_FIRST_ANSWER = 3, /* TCP, TLS, the request */
	ENOUGH = 8                     /* answers */
};

/* Before there is an answer, silence tells. */
static int64_t guess(const struct lanes *lanes, int64_t now)
{
	int64_t silence = lanes->since > 0 && !lanes->is_answered ? now - lanes->since : 0;
	int64_t grace = lanes->is_connected ? FAR : TRIPS_TO_THE_FIRST_ANSWER * FAR;

	return silence > grace ? silence / TRIPS_TO_THE_FIRST_ANSWER : 0;
}

size_t lanes_wanted(const struct lanes *lanes, size_t queue, int64_t now, struct lanes_load load)
{
	int64_t distance = lanes->distance > 0 ? lanes->distance : guess(lanes, now);
	bool is_near = lanes->distance > 0 && lanes->distance - load.in_flight < FAR;
	int64_t patience = is_near && load.waiting > PATIENCE ? load.waiting : PATIENCE;
	size_t wanted = (size_t)((int64_t)queue * distance / (patience + distance / 2));

	if (is_near && lanes->answers < ENOUGH)
		return 1;
	return wanted > 0 ? wanted : 1;
}

size_t lanes_at_most(const struct lanes *lanes, double pace)
{
	if (pace <= 0 || lanes->answers < ENOUGH || lanes->distance >= FAR)
		return SIZE_MAX;
	return 1 + (size_t)(pace * (double)lanes->recent / 1e6);
}

void lanes_connect(struct lanes *lanes, int64_t now)
{
	if (lanes->since == 0)
		lanes->since = now;
}

void lanes_ask(struct lanes *lanes, int64_t now)
{
	if (!lanes->is_connected)
		lanes->since = now;
	lanes->is_connected = true;
}

void lanes_learn(struct lanes *lanes, int64_t elapsed, bool new_connection)
{
	lanes->is_answered = true;
	if (new_connection || elapsed <= 0)
		return;
	if (lanes->answers < ENOUGH)
		lanes->answers++;
	lanes->recent += (elapsed - lanes->recent) / (int64_t)lanes->answers;
	if (lanes->distance == 0 || elapsed < lanes->distance)
		lanes->distance = elapsed;
}
