/*
 * span.c, text.c, suggestion.c, clock.c, ulid.c, log.c
 */
#include "base/arn.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "base/text.h"
#include "base/ulid.h"
#include "base/utf8.h"
#include "tests/unit.h"

/* The edges of RFC 3629's table of well-formed sequences, and the sequences just beyond. */
static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		uint32_t code;
	} characters[] = {
		{"", 1, 0},
		{"a", 1, 'a'},
		{"\x7f", 1, 0x7f},
		{"\xc2\x80", 2, 0x80},
		{"\xdf\xbf", 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xee\x80\x80", 3, 0xe000},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	};
	static const char *const malformed[] = {
		"\x80", /* starts with a continuation byte */
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc3(",
		"\xe2\x82(", /* incomplete */
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff", /* above U+10FFFF */
	};
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
		size_t length = characters[i].length;

		assert_int_equal(utf8_read(characters[i].text, UTF8_MAX_BYTES, &code), length);
		assert_int_equal(code, characters[i].code);
		assert_int_equal(utf8_read(characters[i].text, length, &code), length);
		assert_int_equal(utf8_read(characters[i].text, length - 1, &code), 0);
	}
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
		assert_int_equal(utf8_read(malformed[i], UTF8_MAX_BYTES, &code), 0);
}

static void test_split(void **state)
{
	struct span rest = span_of("a,,b"), part;

	(void)state;
	assert_true(span_split(&rest, ',', &part));
	assert_span_equal(part, "a");
	assert_true(span_split(&rest, ',', &part));
	assert_span_equal(part, "");
	assert_true(span_split(&rest, ',', &part));
	assert_span_equal(part, "b");
	assert_false(span_split(&rest, ',', &part));
}

static void test_absent_is_not_empty(void **state)
{
	struct span absent = {NULL, 0};

	(void)state;
	assert_false(span_equals(absent, ""));
	assert_true(span_equals(span_of(""), ""));
	assert_false(span_starts_with(absent, ""));
	assert_int_equal(span_trim(span_of(" \t\r\n ")).length, 0);
	assert_true(span_equals_ignoring_case(span_of("Date"), "dATE"));
}

static void test_texts_in_arrays(void **state)
{
	char text[8];

	(void)state;
	assert_true(text_join(text, sizeof text, "abc", "", "def", "g", NULL));
	assert_string_equal(text, "abcdefg");
	assert_false(text_join(text, sizeof text, "abc", "defgh", "i", NULL));
	assert_string_equal(text, "abcdefg");
	assert_false(text_join(text, sizeof text, "abcdefg", "h", NULL));
	assert_string_equal(text, "abcdefg");
	assert_true(text_join(text, sizeof text, NULL));
	assert_string_equal(text, "");
	assert_true(text_copy(text, sizeof text, (struct span){"abcdefgh", 7}));
	assert_string_equal(text, "abcdefg");
	assert_false(text_copy(text, 3, span_of("xyz")));
	assert_string_equal(text, "xy");
	assert_true(text_copy(text, 1, (struct span){NULL, 0}));
	assert_string_equal(text, "");
}

static void test_nearest(void **state)
{
	struct suggestion nearest = suggestion_for("regoin");

	(void)state;
	suggestion_consider(&nearest, "profile");
	assert_null(nearest.name);
	suggestion_consider(&nearest, "region");
	assert_string_equal(nearest.name, "region");
	nearest = suggestion_for("x");
	suggestion_consider(&nearest,
			    "a-name-that-is-far-longer-than-the-sixty-four-letters-which-are-compared-at-most");
	assert_null(nearest.name);

	/* A matching prefix counts more than a small edit distance. */
	nearest = suggestion_for("neptune-encryption");
	suggestion_consider(&nearest, "neptune-key-rotation");
	suggestion_consider(&nearest, "neptune-encryption-at-rest");
	suggestion_consider(&nearest, "neptune-encryption-in-transit");
	assert_string_equal(nearest.name, "neptune-encryption-at-rest");

	/* Three letters are a prefix; a longer one may have a wrong letter, but less so than a whole name. */
	nearest = suggestion_for("rol");
	suggestion_consider(&nearest, "role-name");
	assert_string_equal(nearest.name, "role-name");
	nearest = suggestion_for("ro");
	suggestion_consider(&nearest, "role-name");
	assert_null(nearest.name);
	nearest = suggestion_for("roles");
	suggestion_consider(&nearest, "role-name");
	assert_string_equal(nearest.name, "role-name");
	suggestion_consider(&nearest, "rules");
	assert_string_equal(nearest.name, "rules");
	nearest = suggestion_for("abc");
	suggestion_consider(&nearest, "abd-name");
	assert_null(nearest.name);
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} http[] =
		{
			{"Tue, 24 Nov 2026 04:46:22 GMT", 1795495582}, {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
			{"Tue, 24 Nov 2026 04:46:22 UTC", -1},         {"Tue, 24 Nov 2026 04:46:2 GMT", -1},
			{"Tue, 24 Nox 2026 04:46:22 GMT", -1},         {"Tue, 24 ovD 2026 04:46:22 GMT", -1},
			{"Tue, 99 Nov 2026 04:46:22 GMT", -1},         {"", -1},
		},
	  iso[] = {
		  {"2026-11-24T04:46:22Z", 1795495582},
		  {"2026-11-24T04:46:22.944925Z", 1795495582},
		  {"2026-11-24T04:46:22+00:00", 1795495582},
		  {"2026-11-24T05:46:22+01:00", 1795495582},
		  {"2026-11-23T23:46:22-05:00", 1795495582},
		  {"2026-11-24T10:16:22+0530", 1795495582},
		  {"2026-11-24T06:46:22.123+02:00", 1795495582},
		  {"2026-11-24T06:46:22,5+02", 1795495582},
		  {"2026-11-24 04:46:22Z", 1795495582},
		  {"2026-11-24t04:46:22z", 1795495582},
		  {"2026-11-24T04:46:22UTC", 1795495582},
		  {"2026-11-24 04:46:22 +0000", 1795495582},
		  {"2026-11-24T04:46Z", 1795495560},
		  {"2028-02-29T00:00:00Z", 1835395200},
		  {"2026-12-31T23:59:60Z", 1798761600},
		  {"2026-02-29T00:00:00Z", -1},
		  {"2026-04-31T00:00:00Z", -1},
		  {"2026-13-24T04:46:22Z", -1},
		  {"2026-00-24T04:46:22Z", -1},
		  {"2026-11-24T04:46:22", -1},
		  {"2026-11-24T04:46:22.Z", -1},
		  {"2026-11-24T04:46:22+", -1},
		  {"2026-11-24T04:46:22+5", -1},
		  {"2026-11-24T04:46:22+05:", -1},
		  {"2026-11-24T04:46:22+053", -1},
		  {"2026-11-24T04:46:22+24:00", -1},
		  {"2026-11-24T04:46:22+05:60", -1},
		  {"2026-11-24T04:46:22Z ", -1},
		  {"2026-11-24T04:46:22ZZ", -1},
		  {"2026-11-24T04:46:22\n", -1},
		  {"2026-11-24", -1},
		  {"", -1},
	  };
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof http / sizeof http[0]; i++) {
		assert_int_equal(clock_parse_http(span_of(http[i].text), &seconds), http[i].seconds >= 0);
		if (http[i].seconds >= 0)
			assert_int_equal(seconds, http[i].seconds);
	}
	for (size_t i = 0; i < sizeof iso / sizeof iso[0]; i++) {
		assert_int_equal(clock_parse_iso(span_of(iso[i].text), &seconds), iso[i].seconds >= 0);
		if (iso[i].seconds >= 0)
			assert_int_equal(seconds, iso[i].seconds);
	}
}

static void test_dates_go_round(void **state)
{
	char iso[CLOCK_ISO_SIZE], amz[CLOCK_AMZ_SIZE];
	int64_t seconds;

	(void)state;
	clock_format_iso(1795495582, iso);
	assert_string_equal(iso, "2026-11-24T04:46:22Z");
	clock_format_amz(1795495582, amz);
	assert_string_equal(amz, "20261124T044622Z");
	assert_true(clock_parse_amz(span_of(amz), &seconds));
	assert_int_equal(seconds, 1795495582);
	assert_false(clock_parse_amz(span_of("20261124T044622"), &seconds));
}

static void test_ulid(void **state)
{
	uint8_t random[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1};
	char first[ULID_SIZE], second[ULID_SIZE];

	(void)state;
	/* The example of the ULID specification: 1469918176385 is 01ARYZ6S41. */
	ulid_format(1469918176385, random, first);
	assert_string_equal(first, "01ARYZ6S41ZZZZZZZZ00000001");
	ulid_format(1469918176386, random, second);
	assert_true(strcmp(first, second) < 0);
}

static void test_log(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct log log = {.stream = stream, .level = LOG_INFO};

	(void)state;
	log_line(&log, LOG_DETAIL, "not.said", "nothing");
	log_line(&log, LOG_WARNING, "said", "name \033[31m%s", "red");
	log.json = true;
	log_line(&log, LOG_ERROR, "said.too", "quote \" and \\ and \t");
	fclose(stream);
	assert_contains(text, "neptune-scan: warning: name \\x1b[31mred\n");
	assert_contains(
		text, "\"level\":\"error\",\"event\":\"said.too\",\"text\":\"quote \\\" and \\\\ and \\t\"}\n");
	assert_null(strstr(text, "nothing"));
	free(text);
}

static void test_arn(void **state)
{
	static const char *const others[] = {"",
					     "arn",
					     "arn:aws:iam",
					     "arn:aws:iam::111111111111",
					     "urn:aws:iam::111111111111:role/x",
					     "alias/aws/rds"};
	struct arn arn;

	(void)state;
	assert_true(arn_split(span_of("arn:aws-cn:rds:cn-north-1:111111111111:cluster:a:b"), &arn));
	assert_true(span_equals(arn.partition, "aws-cn") && span_equals(arn.service, "rds") &&
		    span_equals(arn.region, "cn-north-1") && span_equals(arn.account, "111111111111") &&
		    span_equals(arn.resource, "cluster:a:b"));
	assert_true(arn_split(span_of("arn:aws:iam::111111111111:role/x"), &arn));
	assert_true(span_equals(arn.region, "") && span_equals(arn.resource, "role/x"));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		assert_false(arn_split(span_of(others[i]), &arn));
		assert_null(arn.partition.at);
		assert_null(arn.region.at);
	}
	assert_false(arn_split((struct span){NULL, 0}, &arn));
}

/* Truncation never splits a character. */
static void test_cuts(void **state)
{
	static const char word[] = "a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"; /* of 1, 2, 3 and 4 bytes */
	static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};

	(void)state;
	for (size_t max_bytes = 0; max_bytes < sizeof whole / sizeof whole[0]; max_bytes++) {
		char copied[16], printed[16];

		assert_int_equal(text_cut(span_of(word), max_bytes), whole[max_bytes]);
		assert_int_equal(text_copy(copied, max_bytes + 1, span_of(word)), max_bytes >= 10);
		assert_int_equal(strlen(copied), whole[max_bytes]);
		assert_int_equal(text_print(printed, max_bytes + 1, "%s", word), max_bytes >= 10);
		assert_string_equal(printed, copied);
	}
	assert_string_equal(text_brief(word, 10).text, word);
	assert_string_equal(text_brief(word, 9).text, "a\xc3\xa9\xe6\xbc\xa2...");
	assert_string_equal(text_brief("abcdefgh", 6).text, "abc...");
	assert_string_equal(text_brief(NULL, 9).text, "");
}

/* Malformed text before truncation. */
static void test_cuts_of_malformed(void **state)
{
	char text[8];

	(void)state;
	assert_false(text_print(text, 5, "%s", "abc\xff\xff\xff"));
	assert_false(text_print(text, 5, "%s", "\x80\x80\x80\x80\x80\x80"));
	assert_false(text_print(text, 5, "%s", "ab\xf0\x9f\x98\x80"));
	assert_string_equal(text, "ab");
	assert_false(text_print(text, 1, "%s", "ab"));
	assert_string_equal(text, "");
}

static void test_repair(void **state)
{
	char text[] = "caf\xe9 \xc3\xa9 \xe6\xbc";

	(void)state;
	assert_string_equal(text_repair(text), "caf? \xc3\xa9 ??");
	assert_null(text_repair(NULL));
	for (size_t at = 0; at < 20; at++) {
		char bytes[20], expected[20];

		memset(bytes, 'a', sizeof bytes);
		bytes[(at + 5) % 20] = '\0';
		memcpy(expected, bytes, sizeof bytes);
		bytes[at] = '\xe9';
		expected[at] = '?';
		text_repair_bytes(bytes, sizeof bytes);
		assert_memory_equal(bytes, expected, sizeof bytes);
	}
}

static void test_same_but_for_words(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} cases[] = {
		{"", "", true},
		{"denied", "denied", true},
		{"denied", "denies", false},
		{"denied", "denied again", false},
		{"in eu-west-1 of 111", "in us-east-2 of 222", true},
		{"in eu-west-1", "in eu-west-1", true},
		{"in eu-west-1", "in us-east-1", false},
		{"in us-east-2", "in eu-west-1", false}, /* each text has its own */
		{"eu-west-1eu-west-1", "us-east-2us-east-2", true},
		{"eu-west-1", "us-east-2eu-west-1", false},
		{"of 111 in eu-west-1: no", "of 222 in us-east-2: yes", false},
	};
	const struct span words[][2] = {{span_of("eu-west-1"), span_of("us-east-2")},
					{span_of(""), span_of("x")},
					{span_of("111"), span_of("222")}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (text_is_same_but_for(cases[i].a, cases[i].b, words, 3) != cases[i].is_same)
			fail_msg("%s, %s", cases[i].a, cases[i].b);
}

static void test_plural(void **state)
{
	(void)state;
	assert_string_equal(text_plural(0), "s");
	assert_string_equal(text_plural(1), "");
	assert_string_equal(text_plural(2), "s");
}

static void test_for_people(void **state)
{
	static const struct {
		int64_t milliseconds;
		const char *text;
	} durations[] = {{0, "0 s"},
			 {40, "0.0 s"},
			 {430, "0.4 s"},
			 {3000, "3 s"},
			 {9990, "9.9 s"},
			 {12345, "12 s"},
			 {190000, "3 min 10 s"},
			 {3600000, "1 h 0 min"},
			 {7500000, "2 h 5 min"}};
	char text[CLOCK_DURATION_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
		clock_format_duration(durations[i].milliseconds, text);
		assert_string_equal(text, durations[i].text);
		if (durations[i].milliseconds >= 1000 && durations[i].milliseconds % 1000 == 0) {
			clock_format_seconds(durations[i].milliseconds / 1000, text);
			assert_string_equal(text, durations[i].text);
		}
	}
	assert_string_equal(text_count(0).text, "0");
	assert_string_equal(text_count(9999).text, "9999");
	assert_string_equal(text_count(10000).text, "10,000");
	assert_string_equal(text_count(1234567).text, "1,234,567");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_but_for_words),
		cmocka_unit_test(test_plural),
		cmocka_unit_test(test_for_people),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_cuts_of_malformed),
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_absent_is_not_empty),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_ulid),
		cmocka_unit_test(test_dates_go_round),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_arn),
		cmocka_unit_test(test_texts_in_arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
