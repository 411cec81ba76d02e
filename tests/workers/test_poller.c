#include <curl/curl.h>
#include <sys/epoll.h>
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

static void send_byte(const struct pair *pair)
{
	assert_int_equal(write(pair->far, "x", 1), 1);
}

/* What is ready now on the near end; 0: nothing. */
static unsigned poll_now(struct pair *pair)
{
	struct poller_event events[POLLER_MAX_EVENTS];
	int count = poller_wait(&pair->poller, events, 0);

	assert_in_range(count, 0, 1);
	if (count == 1)
		assert_int_equal(events[0].socket, pair->near);
	return count ? events[0].ready : 0;
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
		assert_int_equal(poll_now(&pair), 0);
		poller_want(&pair.poller, pair.near, POLLER_WRITE);
		assert_int_equal(poll_now(&pair), POLLER_WRITE);
		poller_want(&pair.poller, pair.near, POLLER_READ);
		assert_int_equal(poll_now(&pair), 0);
		send_byte(&pair);
		assert_int_equal(poll_now(&pair), POLLER_READ);
		assert_int_equal(read(pair.near, &byte, 1), 1);
		poller_want(&pair.poller, pair.near, 0);
		assert_int_equal(poll_now(&pair), 0);
		poller_want(&pair.poller, pair.near, POLLER_READ | POLLER_WRITE);
		assert_int_equal(poll_now(&pair), POLLER_WRITE);
		poller_release(&pair.poller, pair.near);
		close_pair(&pair);
	}
}

/* Between two transfers an adopted socket stays registered, and is reported as soon as it is wanted again. */
static void test_wanted_again(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair);
	poller_adopt(&pair.poller, pair.near);
	for (int i = 0; i < 3; i++) {
		char byte;

		poller_want(&pair.poller, pair.near, POLLER_READ);
		assert_int_equal(poll_now(&pair), 0);
		send_byte(&pair);
		assert_int_equal(poll_now(&pair), POLLER_READ);
		assert_int_equal(read(pair.near, &byte, 1), 1);
		poller_want(&pair.poller, pair.near, 0);
	}
	close_pair(&pair);
}

/* Bytes that no transfer wants end the connection, in a wait and in poller_end_unwanted. */
static void test_unwanted_bytes_end_it(void **state)
{
	struct pair pair;

	(void)state;
	for (int by_waiting = 0; by_waiting < 2; by_waiting++) {
		open_pair(&pair);
		poller_adopt(&pair.poller, pair.near);
		poller_want(&pair.poller, pair.near, POLLER_READ);
		poller_end_unwanted(&pair.poller);
		poller_want(&pair.poller, pair.near, 0);
		send_byte(&pair);
		if (by_waiting)
			assert_int_equal(poll_now(&pair), 0);
		else
			poller_end_unwanted(&pair.poller);
		poller_want(&pair.poller, pair.near, POLLER_READ);
		assert_true(poll_now(&pair) & POLLER_ERROR);
		close_pair(&pair);
	}
}

/* Bytes that a transfer waits for do not end the connection. */
static void test_wanted_bytes_stay(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair);
	poller_adopt(&pair.poller, pair.near);
	poller_want(&pair.poller, pair.near, POLLER_READ);
	send_byte(&pair);
	poller_end_unwanted(&pair.poller);
	assert_int_equal(poll_now(&pair), POLLER_READ);
	close_pair(&pair);
}

/* The end of an idle connection is not reported, and its socket leaves the kernel's set. */
static void test_unwanted_is_unregistered(void **state)
{
	struct epoll_event event;
	struct pair pair;

	(void)state;
	open_pair(&pair);
	poller_adopt(&pair.poller, pair.near);
	poller_want(&pair.poller, pair.near, POLLER_READ);
	poller_want(&pair.poller, pair.near, 0);
	shutdown(pair.far, SHUT_RDWR);
	assert_int_equal(poll_now(&pair), 0);
	assert_int_equal(epoll_wait(pair.poller.descriptor, &event, 1, 0), 0);
	poller_want(&pair.poller, pair.near, POLLER_READ);
	assert_true(poll_now(&pair) & POLLER_READ);
	close_pair(&pair);
}

/* The kernel gives a closed socket's descriptor to another one: the state of the old one does not apply. */
static void test_same_descriptor(void **state)
{
	struct pair pair;

	(void)state;
	for (int released = 0; released < 2; released++) {
		int ends[2];

		open_pair(&pair);
		poller_adopt(&pair.poller, pair.near);
		poller_want(&pair.poller, pair.near, POLLER_READ);
		poller_want(&pair.poller, pair.near, 0);
		if (released)
			poller_release(&pair.poller, pair.near);
		close(pair.far);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		assert_int_equal(dup2(ends[0], pair.near), pair.near);
		close(ends[0]);
		pair.far = ends[1];
		poller_adopt(&pair.poller, pair.near);
		poller_want(&pair.poller, pair.near, POLLER_READ);
		send_byte(&pair);
		assert_int_equal(poll_now(&pair), POLLER_READ);
		close_pair(&pair);
	}
}

/* The idle ones end, as many as are too many; what a transfer uses stays. */
static void test_idle_ones_end(void **state)
{
	struct poller poller;
	int ends[6][2];
	size_t ended = 0;

	(void)state;
	assert_int_equal(poller_open(&poller), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends[i]), 0);
		poller_adopt(&poller, ends[i][0]);
		poller_want(&poller, ends[i][0], POLLER_READ);
		if (i >= 2)
			poller_want(&poller, ends[i][0], 0);
	}
	poller_end_idle(&poller, 6);
	poller_end_idle(&poller, 4);
	for (int i = 0; i < 6; i++) {
		char byte;
		bool is_ended = read(ends[i][1], &byte, 1) == 0;

		ended += is_ended;
		assert_false(is_ended && i < 2);
	}
	assert_int_equal(ended, 2);
	poller_end_idle(&poller, 0); /* those that are in use remain */
	for (int i = 0; i < 6; i++) {
		char byte;

		assert_true((read(ends[i][1], &byte, 1) == 0) == (i >= 2));
		close(ends[i][0]);
		close(ends[i][1]);
	}
	poller_close(&poller);
}

static void test_bits_of_libcurl(void **state)
{
	(void)state;
	assert_int_equal(poller_interest_of(CURL_POLL_NONE), 0);
	assert_int_equal(poller_interest_of(CURL_POLL_IN), POLLER_READ);
	assert_int_equal(poller_interest_of(CURL_POLL_OUT), POLLER_WRITE);
	assert_int_equal(poller_interest_of(CURL_POLL_INOUT), POLLER_READ | POLLER_WRITE);
	assert_int_equal(poller_interest_of(CURL_POLL_REMOVE), 0);
	assert_int_equal(poller_action(POLLER_READ), CURL_CSELECT_IN);
	assert_int_equal(poller_action(POLLER_READ | POLLER_WRITE), CURL_CSELECT_IN | CURL_CSELECT_OUT);
	assert_int_equal(poller_action(POLLER_ERROR), CURL_CSELECT_ERR);
	assert_int_equal(poller_action(POLLER_READ | POLLER_ERROR), CURL_CSELECT_IN | CURL_CSELECT_ERR);
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
	poller_want(&pair.poller, pair.near, POLLER_READ);
	send_byte(&pair);
	assert_int_equal(poll_now(&pair), POLLER_READ);
	close_pair(&pair);
}

/* A full batch may hide further ready sockets, also when idle connections are left out of it. */
static void test_full_batch(void **state)
{
	enum { PAIRS = POLLER_MAX_EVENTS };
	struct poller_event events[POLLER_MAX_EVENTS];
	struct poller poller;
	int ends[PAIRS][2];

	(void)state;
	assert_int_equal(poller_open(&poller), 0);
	for (int i = 0; i < PAIRS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
		poller_adopt(&poller, ends[i][0]);
		poller_want(&poller, ends[i][0], POLLER_READ);
		assert_int_equal(write(ends[i][1], "x", 1), 1);
	}
	poller_want(&poller, ends[0][0], 0);
	assert_int_equal(poller_wait(&poller, events, 0), PAIRS - 1);
	assert_true(poller.may_have_more);
	assert_int_equal(poller_wait(&poller, events, 0), PAIRS - 1);
	assert_false(poller.may_have_more);
	poller_close(&poller);
	for (int i = 0; i < PAIRS; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_is_wanted),
		cmocka_unit_test(test_wanted_again),
		cmocka_unit_test(test_unwanted_bytes_end_it),
		cmocka_unit_test(test_wanted_bytes_stay),
		cmocka_unit_test(test_unwanted_is_unregistered),
		cmocka_unit_test(test_same_descriptor),
		cmocka_unit_test(test_idle_ones_end),
		cmocka_unit_test(test_bits_of_libcurl),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_full_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
