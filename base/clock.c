#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_seconds(void)
{
	return time(NULL); /* reads the vDSO's cached seconds, without a system call */
}

int64_t clock_wall_milliseconds(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_milliseconds(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void format(int64_t seconds, const char *pattern, char *text, size_t size)
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&time, &parts) || strftime(text, size, pattern, &parts) == 0)
		text[0] = '\0';
}

void clock_format_day(int64_t seconds, char text[static CLOCK_DAY_SIZE])
{
	format(seconds, "%Y-%m-%d", text, CLOCK_DAY_SIZE);
}

void clock_format_iso(int64_t seconds, char text[static CLOCK_ISO_SIZE])
{
	format(seconds, "%Y-%m-%dT%H:%M:%SZ", text, CLOCK_ISO_SIZE);
}

void clock_format_amz(int64_t seconds, char text[static CLOCK_AMZ_SIZE])
{
	format(seconds, "%Y%m%dT%H%M%SZ", text, CLOCK_AMZ_SIZE);
}

/* Reads exactly `digits` decimal digits from the front. */
static bool take_number(struct span *text, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++) {
		if (text->length == 0 || *text->at < '0' || *text->at > '9')
			return false;
		*number = *number * 10 + (*text->at - '0');
		text->at++;
		text->length--;
	}
	return true;
}

static bool take_literal(struct span *text, const char *literal)
{
	size_t length = strlen(literal);

	if (!span_starts_with(*text, literal))
		return false;
	text->at += length;
	text->length -= length;
	return true;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 1 && leap);
}

/* `parts` as in struct tm: months count from 0, years from 1900. */
static bool to_seconds(struct tm *parts, int64_t *seconds)
{
	if (parts->tm_mon < 0 || parts->tm_mon > 11 || parts->tm_mday < 1 ||
	    parts->tm_mday > days_of_month(parts->tm_year + 1900, parts->tm_mon) || parts->tm_hour > 23 ||
	    parts->tm_min > 59 || parts->tm_sec > 60)
		return false;
	*seconds = (int64_t)timegm(parts);
	return true;
}

bool clock_parse_amz(struct span text, int64_t *seconds)
{
	struct tm parts = {0};

	if (!take_number(&text, 4, &parts.tm_year) || !take_number(&text, 2, &parts.tm_mon) ||
	    !take_number(&text, 2, &parts.tm_mday) || !take_literal(&text, "T") ||
	    !take_number(&text, 2, &parts.tm_hour) || !take_number(&text, 2, &parts.tm_min) ||
	    !take_number(&text, 2, &parts.tm_sec) || !span_equals(text, "Z"))
		return false;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	return to_seconds(&parts, seconds);
}

static bool take_date(struct span *text, struct tm *parts)
{
	if (!take_number(text, 4, &parts->tm_year) || !take_literal(text, "-") ||
	    !take_number(text, 2, &parts->tm_mon) || !take_literal(text, "-") ||
	    !take_number(text, 2, &parts->tm_mday))
		return false;
	parts->tm_year -= 1900;
	parts->tm_mon -= 1;
	return true;
}

/* "02:00", "02:00:00" or "02:00:00.123"; the fraction is dropped. */
static bool take_time(struct span *text, struct tm *parts)
{
	size_t digits = 0;

	if (!take_number(text, 2, &parts->tm_hour) || !take_literal(text, ":") ||
	    !take_number(text, 2, &parts->tm_min))
		return false;
	if (!take_literal(text, ":"))
		return true;
	if (!take_number(text, 2, &parts->tm_sec))
		return false;
	if (!take_literal(text, ".") && !take_literal(text, ","))
		return true;
	while (digits < text->length && text->at[digits] >= '0' && text->at[digits] <= '9')
		digits++;
	text->at += digits;
	text->length -= digits;
	return digits > 0;
}

/* "Z", "+05:30", "+0530", "+05", "UTC". False: no zone. */
static bool take_zone(struct span *text, int64_t *seconds_east)
{
	bool west;
	int hours, minutes = 0;

	*seconds_east = 0;
	take_literal(text, " ");
	if (take_literal(text, "Z") || take_literal(text, "z") || take_literal(text, "UTC"))
		return true;
	west = take_literal(text, "-");
	if ((!west && !take_literal(text, "+")) || !take_number(text, 2, &hours))
		return false;
	if ((take_literal(text, ":") || text->length > 0) && !take_number(text, 2, &minutes))
		return false;
	*seconds_east = (west ? -1 : 1) * (hours * INT64_C(3600) + minutes * INT64_C(60));
	return hours <= 23 && minutes <= 59;
}

bool clock_parse_iso(struct span text, int64_t *seconds)
{
	struct tm parts = {0};
	int64_t seconds_east;

	if (!take_date(&text, &parts) ||
	    (!take_literal(&text, "T") && !take_literal(&text, "t") && !take_literal(&text, " ")) ||
	    !take_time(&text, &parts) || !take_zone(&text, &seconds_east) || text.length > 0 ||
	    !to_seconds(&parts, seconds))
		return false;
	*seconds -= seconds_east;
	return true;
}

bool clock_parse_http(struct span text, int64_t *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm parts = {0};
	const char *month;

	if (text.length != 29 || text.at[3] != ',')
		return false;
	text.at += 4;
	text.length -= 4;
	if (!take_literal(&text, " ") || !take_number(&text, 2, &parts.tm_mday) || !take_literal(&text, " "))
		return false;
	month = memmem(months, sizeof months - 1, text.at, 3);
	if (!month || (month - months) % 3 != 0)
		return false;
	parts.tm_mon = (int)(month - months) / 3;
	text.at += 3;
	text.length -= 3;
	if (!take_literal(&text, " ") || !take_number(&text, 4, &parts.tm_year) || !take_literal(&text, " ") ||
	    !take_number(&text, 2, &parts.tm_hour) || !take_literal(&text, ":") ||
	    !take_number(&text, 2, &parts.tm_min) || !take_literal(&text, ":") ||
	    !take_number(&text, 2, &parts.tm_sec) || !span_equals(text, " GMT"))
		return false;
	parts.tm_year -= 1900;
	return to_seconds(&parts, seconds);
}

void clock_format_duration(int64_t milliseconds, char text[static CLOCK_DURATION_SIZE])
{
	long long seconds = milliseconds / 1000, tenths = milliseconds / 100;

	if (seconds < 10 && milliseconds % 1000 != 0)
		snprintf(text, CLOCK_DURATION_SIZE, "%lld.%lld s", tenths / 10, tenths % 10);
	else if (seconds < 60)
		snprintf(text, CLOCK_DURATION_SIZE, "%lld s", seconds);
	else if (seconds < 3600)
		snprintf(text, CLOCK_DURATION_SIZE, "%lld min %lld s", seconds / 60, seconds % 60);
	else
		snprintf(text, CLOCK_DURATION_SIZE, "%lld h %lld min", seconds / 3600, seconds / 60 % 60);
}

void clock_format_seconds(int64_t seconds, char text[static CLOCK_DURATION_SIZE])
{
	if (seconds == 0)
		snprintf(text, CLOCK_DURATION_SIZE, "under 1 s");
	else
		clock_format_duration(seconds * 1000, text);
}
