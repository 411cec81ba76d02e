/* arena.c and buffer.c */
#include "base/arena.h"
#include "base/buffer.h"
#include "tests/unit.h"

static void test_arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t size = 1; size < 5000; size = size * 3 + 1) {
		unsigned char *taken = arena_take(&arena, size);

		assert_non_null(taken);
		assert_int_equal((uintptr_t)taken % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(taken[i], 0);
		memset(taken, 0xff, size);
	}
	arena_reset(&arena);
	assert_int_equal(*(unsigned char *)arena_take(&arena, 100), 0);
	arena_deinit(&arena);
}

static void test_arena_refuses_the_impossible(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_null(arena_take(&arena, SIZE_MAX / 2));
	assert_true(arena.failed);
	arena_deinit(&arena);
	assert_false(arena.failed);
}

static void test_arena_copies(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_null(arena_copy(&arena, NULL));
	assert_null(arena_copy_span(&arena, (struct span){NULL, 0}));
	assert_string_equal(arena_copy_span(&arena, (struct span){"abcdef", 3}), "abc");
	assert_string_equal(arena_format(&arena, "%s-%d", "x", 7), "x-7");
	arena_deinit(&arena);
}

static void test_arena_adopts(void **state)
{
	struct arena into = {0}, from = {0}, empty = {0};
	const char *mine, *theirs;

	(void)state;
	mine = arena_copy(&into, "mine");
	theirs = arena_copy(&from, "theirs");
	arena_take(&from, 100000);
	arena_adopt(&into, &from);
	arena_adopt(&into, &empty);
	assert_null(from.blocks);
	assert_string_equal(mine, "mine");
	assert_string_equal(theirs, "theirs");
	assert_string_equal(arena_copy(&from, "again"), "again");
	arena_adopt(&empty, &from);
	arena_deinit(&into);
	arena_deinit(&empty);
}

static void test_buffer_grows_and_ends_in_nul(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	assert_span_equal(buffer_span(&buffer), "");
	for (int i = 0; i < 1000; i++)
		buffer_print(&buffer, "%d,", i);
	assert_int_equal(strlen(buffer.at), buffer.length);
	assert_memory_equal(buffer.at, "0,1,2,3,", 8);
	buffer_clear(&buffer);
	buffer_text(&buffer, "x");
	assert_string_equal(buffer.at, "x");
	buffer_deinit(&buffer);
}

static void test_buffer_texts_and_room(void **state)
{
	struct buffer buffer = {0};
	char *end;

	(void)state;
	buffer_texts(&buffer, "a", "", "bc", NULL);
	assert_string_equal(buffer.at, "abc");
	end = buffer_extend(&buffer, 300); /* more than the free space */
	memset(end, 'x', 300);
	assert_int_equal(buffer.length, 303);
	assert_int_equal(strlen(buffer.at), 303);
	buffer.failed = true;
	assert_null(buffer_extend(&buffer, 1));
	buffer_texts(&buffer, "more", NULL);
	assert_int_equal(buffer.length, 303);
	buffer_deinit(&buffer);
}

static void test_buffer_stays_as_it_was_when_it_fails(void **state)
{
	struct buffer buffer = {0};
	volatile size_t impossible =
		SIZE_MAX / 2; /* volatile, because the compiler would reject the constant size */

	(void)state;
	buffer_text(&buffer, "kept");
	buffer_append(&buffer, "", impossible);
	assert_true(buffer.failed);
	buffer_text(&buffer, "lost");
	assert_string_equal(buffer.at, "kept");
	buffer_deinit(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(test_arena_refuses_the_impossible),
		cmocka_unit_test(test_arena_copies),
		cmocka_unit_test(test_arena_adopts),
		cmocka_unit_test(test_buffer_grows_and_ends_in_nul),
		cmocka_unit_test(test_buffer_texts_and_room),
		cmocka_unit_test(test_buffer_stays_as_it_was_when_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
