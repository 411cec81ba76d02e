#include "workers/lanes.h"

enum {
	PATIENCE = 25000,
	HURRY = 5000, /* where more work begins with the answers */
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

/* Quick once, or never surely slow: then it was this machine that took its time. */
static bool is_near(const struct lanes *lanes)
{
	return lanes->distance > 0 && (lanes->distance < FAR || lanes->proven < FAR);
}

static int64_t patience_with(const struct lanes *lanes, const struct lanes_queue *queue)
{
	if (queue->unblocks_work)
		return HURRY;
	return is_near(lanes) && queue->backlog > PATIENCE ? queue->backlog : PATIENCE;
}

size_t lanes_wanted(const struct lanes *lanes, const struct lanes_queue *queue, int64_t now)
{
	int64_t distance = lanes->distance > 0 ? lanes->distance : guess(lanes, now);
	int64_t patience = patience_with(lanes, queue);
	size_t wanted = (size_t)((int64_t)queue->length * distance / (patience + distance / 2));

	if (is_near(lanes) && lanes->answers < ENOUGH)
		return 1;
	return wanted > 0 ? wanted : 1;
}

size_t lanes_for_pace(const struct lanes *lanes, double pace)
{
	if (pace <= 0 || lanes->answers < ENOUGH || lanes->distance >= FAR)
		return 0;
	return 1 + (size_t)(pace * (double)lanes->occupied / 1e6);
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

void lanes_learn(struct lanes *lanes, const struct lanes_answer *answer)
{
	lanes->is_answered = true;
	if (answer->at_least > lanes->proven)
		lanes->proven = answer->at_least;
	if (answer->new_connection || answer->at_most <= 0)
		return;
	if (lanes->answers < ENOUGH)
		lanes->answers++;
	lanes->occupied += (answer->occupied - lanes->occupied) / (int64_t)lanes->answers;
	if (lanes->distance == 0 || answer->at_most < lanes->distance)
		lanes->distance = answer->at_most;
}
