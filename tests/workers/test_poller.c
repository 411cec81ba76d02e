#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit.h"
#include "workers/poller.h"

struct pair {
	struct poller poller;
	int near, far;
};

static void open_pair(struct pair *pair)
{
	int ends[2];

	assert_int_equal(poller_open(&pair->poller), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pair->near = ends[0];
	pair->far = ends[1];
}

static void close_pair(struct pair *pair)
{
	poller_close(&pair->poller);
	close(pair->near);
	close(pair->far);
}

static void say(const struct pair *pair)
{
	assert_int_equal(write(pair->far, "x", 1), 1);
}

/* What is heard within no time; 0: nothing. */
static uint32_t hear(struct pair *pair)
{
	struct epoll_event events[4];
	int count = poller_wait(&pair->poller, events, 4, 0);

	assert_in_range(count, 0, 1);
	if (count == 1)
		assert_int_equal(events[0].data.fd, pair->near);
	return count ? events[0].events : 0;
}

static void test_only_what_is_wanted(void **state)
{
	struct pair pair;

	(void)state;
	for (int adopted = 0; adopted < 2; adopted++) {
		char byte;

		open_pair(&pair);
		if (adopted)
			poller_adopt(&pair.poller, pair.near);
		assert_int_equal(hear(&pair), 0);
		poller_want(&pair.poller, pair.near, EPOLLOUT);
		assert_int_equal(hear(&pair), EPOLLOUT);
		poller_want(&pair.poller, pair.near, EPOLLIN);
		assert_int_equal(hear(&pair), 0);
		say(&pair);
		assert_int_equal(hear(&pair), EPOLLIN);
		assert_int_equal(read(pair.near, &byte, 1), 1);
		poller_want(&pair.poller, pair.near, 0);
		assert_int_equal(hear(&pair), 0);
		poller_want(&pair.poller, pair.near, EPOLLIN | EPOLLOUT);
		assert_int_equal(hear(&pair), EPOLLOUT);
		poller_release(&pair.poller, pair.near);
		close_pair(&pair);
	}
}

/* Between two transfers an adopted socket stays where it is, and is heard at once when it is wanted again. */
static void test_wanted_again(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair);
	poller_adopt(&pair.poller, pair.near);
	for (int i = 0; i < 3; i++) {
		char byte;

		poller_want(&pair.poller, pair.near, EPOLLIN);
		assert_int_equal(hear(&pair), 0);
		say(&pair);
		assert_int_equal(hear(&pair), EPOLLIN);
		assert_int_equal(read(pair.near, &byte, 1), 1);
		poller_want(&pair.poller, pair.near, 0);
	}
	close_pair(&pair);
}

/* Bytes that no transfer wants end the connection, by either way of looking. */
static void test_unwanted_bytes_end_it(void **state)
{
	struct pair pair;

	(void)state;
	for (int by_waiting = 0; by_waiting < 2; by_waiting++) {
		open_pair(&pair);
		poller_adopt(&pair.poller, pair.near);
		poller_want(&pair.poller, pair.near, EPOLLIN);
		poller_end_unwanted(&pair.poller);
		poller_want(&pair.poller, pair.near, 0);
		say(&pair);
		if (by_waiting)
			assert_int_equal(hear(&pair), 0);
		else
			poller_end_unwanted(&pair.poller);
		poller_want(&pair.poller, pair.near, EPOLLIN);
		assert_true(hear(&pair) & EPOLLHUP);
		close_pair(&pair);
	}
}

/* What a transfer waits for is left alone. */
static void test_wanted_bytes_stay(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair);
	poller_adopt(&pair.poller, pair.near);
	poller_want(&pair.poller, pair.near, EPOLLIN);
	say(&pair);
	poller_end_unwanted(&pair.poller);
	assert_int_equal(hear(&pair), EPOLLIN);
	close_pair(&pair);
}

/* A server that closes an idle connection is heard neither once nor for ever. */
static void test_unwanted_is_taken_out(void **state)
{
	struct epoll_event event;
	struct pair pair;

	(void)state;
	open_pair(&pair);
	poller_adopt(&pair.poller, pair.near);
	poller_want(&pair.poller, pair.near, EPOLLIN);
	poller_want(&pair.poller, pair.near, 0);
	shutdown(pair.far, SHUT_RDWR);
	assert_int_equal(poller_wait(&pair.poller, &event, 1, 0), 0);
	assert_int_equal(epoll_wait(pair.poller.epoll, &event, 1, 0), 0);
	poller_want(&pair.poller, pair.near, EPOLLIN);
	assert_true(hear(&pair) & EPOLLIN);
	close_pair(&pair);
}

/* The descriptor is another socket's now: what was known of the old one counts no more. */
static void test_same_descriptor(void **state)
{
	struct pair pair;

	(void)state;
	for (int released = 0; released < 2; released++) {
		int ends[2];

		open_pair(&pair);
		poller_adopt(&pair.poller, pair.near);
		poller_want(&pair.poller, pair.near, EPOLLIN);
		poller_want(&pair.poller, pair.near, 0);
		if (released)
			poller_release(&pair.poller, pair.near);
		close(pair.far);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		assert_int_equal(dup2(ends[0], pair.near), pair.near);
		close(ends[0]);
		pair.far = ends[1];
		poller_adopt(&pair.poller, pair.near);
		poller_want(&pair.poller, pair.near, EPOLLIN);
		say(&pair);
		assert_int_equal(hear(&pair), EPOLLIN);
		close_pair(&pair);
	}
}

static void test_words_of_libcurl(void **state)
{
	(void)state;
	assert_int_equal(poller_events(CURL_POLL_NONE), 0);
	assert_int_equal(poller_events(CURL_POLL_IN), EPOLLIN);
	assert_int_equal(poller_events(CURL_POLL_OUT), EPOLLOUT);
	assert_int_equal(poller_events(CURL_POLL_INOUT), EPOLLIN | EPOLLOUT);
	assert_int_equal(poller_events(CURL_POLL_REMOVE), 0);
	assert_int_equal(poller_action(EPOLLIN), CURL_CSELECT_IN);
	assert_int_equal(poller_action(EPOLLIN | EPOLLOUT), CURL_CSELECT_IN | CURL_CSELECT_OUT);
	assert_int_equal(poller_action(EPOLLERR), CURL_CSELECT_ERR);
	assert_int_equal(poller_action(EPOLLIN | EPOLLHUP), CURL_CSELECT_IN | CURL_CSELECT_ERR);
}

static void test_many(void **state)
{
	struct pair pair;
	int high;

	(void)state;
	open_pair(&pair);
	high = dup2(pair.near, 900);
	assert_int_equal(high, 900);
	close(pair.near);
	pair.near = high;
	poller_adopt(&pair.poller, pair.near);
	poller_want(&pair.poller, pair.near, EPOLLIN);
	say(&pair);
	assert_int_equal(hear(&pair), EPOLLIN);
	close_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_is_wanted),   cmocka_unit_test(test_wanted_again),
		cmocka_unit_test(test_unwanted_bytes_end_it), cmocka_unit_test(test_wanted_bytes_stay),
		cmocka_unit_test(test_unwanted_is_taken_out), cmocka_unit_test(test_same_descriptor),
		cmocka_unit_test(test_words_of_libcurl),      cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
