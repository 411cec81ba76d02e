#include "base/clock.h"
#include "scanner/aws/session.h"
#include "tests/unit.h"

static struct session *session_of(int64_t seconds)
{
	return session_new(span_of("ASIA"), span_of("secret"), span_of("token"),
			   seconds ? clock_wall_seconds() + seconds : 0);
}

static void test_keys_that_do_not_end(void **state)
{
	struct session *session = session_of(0);

	(void)state;
	assert_false(session_is_due(session, INT64_MAX));
	session_free(session);
}

/* Due five minutes before the end of an hour, or in the last quarter of a short session. */
static void test_renewed_before_the_end(void **state)
{
	struct session *hour = session_of(3600), *minute = session_of(60);

	(void)state;
	assert_false(session_is_due(hour, hour->obtained + 3600 - 302));
	assert_true(session_is_due(hour, hour->obtained + 3600 - 299));
	assert_false(session_is_due(minute, minute->obtained + 43));
	assert_true(session_is_due(minute, minute->obtained + 46));
	session_free(hour);
	session_free(minute);
}

/* Clocks differ, so a session may have expired when it is created. */
static void test_over_before_it_began(void **state)
{
	struct session *session = session_of(-100);

	(void)state;
	assert_true(session_is_due(session, clock_wall_seconds()));
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_that_do_not_end),
		cmocka_unit_test(test_renewed_before_the_end),
		cmocka_unit_test(test_over_before_it_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
