/* Which paths name an object of S3, and in which bucket. */
#include "config/object_url.h"
#include "tests/unit.h"

static void test_paths(void **state)
{
	static const struct {
		const char *path, *bucket, *key; /* NULL: refused */
	} rows[] = {
		{"s3://runs/a", "runs", "a"},
		{"s3://our.runs-1/a/b c/%41/../ü", "our.runs-1", "a/b c/%41/../ü"},
		{"s3://runs//a", "runs", "/a"},
		{"s3://a23456789b123456789c123456789d123456789e123456789f123456789g123/k",
		 "a23456789b123456789c123456789d123456789e123456789f123456789g123", "k"},
		{"s3://a23456789b123456789c123456789d123456789e123456789f123456789g1234/k", NULL, NULL},
		{"s3://", NULL, NULL},
		{"s3:///key", NULL, NULL},
		{"s3://ab/key", NULL, NULL},
		{"s3://runs", NULL, NULL},
		{"s3://runs/", NULL, NULL},
		{"s3://runs/folder/", NULL, NULL},
		{"s3://Runs/key", NULL, NULL},
		{"s3://runs.-x./key", NULL, NULL},
		{"s3://.runs/key", NULL, NULL},
		{"s3://ru..ns/key", NULL, NULL},
		{"s3://ru_ns/key", NULL, NULL},
		{"s3://runs@host/key", NULL, NULL},
		{"s3://runs:80/key", NULL, NULL},
		{"s3://runs/a\nb", NULL, NULL},
		{"s3://runs/a\x7f", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct object_url url;

		assert_true(object_url_is(rows[i].path));
		if ((object_url_parse(rows[i].path, &url) == NULL) != (rows[i].bucket != NULL))
			fail_msg("%s", rows[i].path);
		if (!rows[i].bucket)
			continue;
		assert_true(span_equals(url.bucket, rows[i].bucket));
		assert_true(span_equals(url.key, rows[i].key));
	}
}

static void test_files(void **state)
{
	static const char *const files[] = {
		"s3:/runs/key", "S3://runs/key", "./s3://runs/key", "none", "-", ""};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		assert_false(object_url_is(files[i]));
	assert_false(object_url_is(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths), cmocka_unit_test(test_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
